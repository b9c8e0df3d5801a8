// <kiosk-app> shows what the monitor is for at this moment: the scene on the stage, the invitation beside it, a small honest sign while
// the booth cannot be reached, and discreet buttons for the one who sets it up.

import { html, prefersStillness, render } from "../../shared/dom.js";
import { Element, stylesReady } from "../../shared/element.js";
import { language as browserLanguage } from "../../shared/words.js";
import { Booth } from "../booth.js";
import { choose } from "../choosing.js";
import { language, otherLanguage, say, speak } from "../speaking.js";
import { stay, toggleFullScreen } from "../staying.js";
import { boothNow, tick } from "../timing.js";

const SIGN_AFTER_MS = 4_000; // shorter cuts nobody needs to know about

class KioskApp extends Element {
  booth = new Booth();
  scene = "";
  #chosen = null;
  #isTurning = false;
  #sign = 0;

  async start() {
    stay(this.gone);
    speak(browserLanguage());
    this.onClick("[data-full]", () => toggleFullScreen());
    this.onClick("[data-language]", () => this.booth.change({ lang: otherLanguage() }).catch(() => {})); // the sign tells when the booth is away
    for (const type of ["kiosk", "show", "gone", "catalogue"]) this.listen(this.booth, type, () => this.show());
    for (const type of ["lost", "found"]) this.listen(this.booth, type, () => this.#tellLost());
    this.listen(this.booth, "unpaired", () => this.show());
    await stylesReady();
    this.#controls();
    await this.booth.begin();
    this.show();
    tick(this.gone, 1000, () => this.show({ isOnlyTime: true })); // greetings, reveals and stopped visits end by the clock
  }

  show({ isOnlyTime = false } = {}) {
    if (!this.isConnected) return;
    const { kiosk } = this.booth;
    if (!kiosk) { if (!this.booth.isLost) this.#turnTo({ scene: "pairing", ref: null, others: [] }); return; }
    if (kiosk.lang !== language() || !this.querySelector("[data-language]")) { speak(kiosk.lang); this.#controls(); }
    const chosen = choose(this.booth, boothNow(), this.#chosen);
    const isSame = chosen.scene === this.#chosen?.scene && chosen.ref === this.#chosen?.ref;
    if (!isSame) this.#turnTo(chosen);
    else if (!isOnlyTime || chosen.others.length !== this.#chosen.others.length) { this.#chosen = chosen; this.#update(); }
  }

  #update() {
    if (this.#isTurning) return; // what is drawn next is drawn from the newest
    this.querySelector("main").firstElementChild?.update();
    this.#invite();
  }

  #turnTo(chosen) {
    const before = this.scene;
    if (chosen.scene === "pairing" && before === "pairing") return;
    this.#chosen = chosen;
    this.scene = chosen.scene;
    if (this.#isTurning) return;
    const isGentle = before && document.startViewTransition && !prefersStillness() && !document.hidden;
    if (!isGentle) { this.#draw(); return; }
    this.#isTurning = true;
    const turning = document.startViewTransition(() => this.#draw());
    turning.ready.catch(() => {});
    turning.finished.catch(() => {});
    turning.updateCallbackDone.catch(() => {}).finally(() => { this.#isTurning = false; });
  }

  #draw() {
    this.#isTurning = false;
    const { scene, ref } = this.#chosen;
    this.dataset.scene = scene;
    const element = document.createElement(scene === "pairing" ? "pairing-page" : `${scene}-scene`);
    Object.assign(element, { app: this, ref });
    this.querySelector("main").replaceChildren(element);
    this.#invite();
  }

  #invite() {
    const panel = this.querySelector("invite-panel");
    panel.app = this;
    panel.hidden = this.scene === "pairing";
    if (!panel.hidden) panel.update(this.scene, this.#chosen.others);
  }

  #tellLost() {
    clearTimeout(this.#sign);
    const sign = this.querySelector(".lost");
    if (!this.booth.isLost) { sign.hidden = true; sign.textContent = ""; return; }
    this.#sign = setTimeout(() => { sign.hidden = false; sign.textContent = say("lost"); }, SIGN_AFTER_MS);
  }

  #controls() {
    const place = this.querySelector(".controls");
    place.hidden = false;
    place.setAttribute("aria-label", say("settings"));
    const other = this.booth.kiosk && html`<button type="button" class="language" data-language lang="${otherLanguage()}">${say("other_language")}</button>`;
    render(place, html`${other}<button type="button" data-full aria-label="${say("full_screen")}"><svg viewBox="0 0 24 24" aria-hidden="true"><path d="M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5"></path></svg></button>`);
  }
}

customElements.define("kiosk-app", KioskApp);
