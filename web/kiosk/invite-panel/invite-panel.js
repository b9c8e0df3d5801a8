// <invite-panel> never leaves: the code to begin with, very large while nobody is at the monitor, small in its corner while somebody
// is, with the other visitors above it. Paused intake and a printer that needs a hand are told here. Set `app` first.

import { html, render } from "../../shared/dom.js";
import { Element, useStyle } from "../../shared/element.js";
import "../qr-card/qr-card.js";
import { inLanguage, language, lettering, say } from "../speaking.js";
import { printerTrouble } from "../telling.js";
import { secondsUntil, tick } from "../timing.js";
import "../visitor-card/visitor-card.js";

useStyle(import.meta.url);

const MOST_CARDS = { wide: 4, tall: 3 };

class InvitePanel extends Element {
  #drawn = "";

  start() {
    this.setAttribute("role", "complementary");
    tick(this.gone, 1000, () => this.#greet());
  }

  // scene: what the stage shows; others: shows that are not on it
  update(scene, others) {
    const { kiosk } = this.app.booth;
    const size = scene === "idle" ? "large" : "small";
    if (this.#drawn !== `${size} ${language()}`) this.#draw(size);
    this.querySelector("qr-card").show(kiosk.invitation);
    this.#pause(kiosk.intake);
    this.#say(".trouble", printerTrouble(kiosk.printing) ?? "");
    this.#say(".address", new URL(kiosk.invitation.url).host);
    this.#others(others);
    this.#greet();
  }

  #draw(size) {
    this.#drawn = `${size} ${language()}`;
    this.dataset.size = size;
    this.setAttribute("aria-label", say("scan"));
    const time = this.app.dataset[`retention${language() === "ko" ? "Ko" : "En"}`];
    const steps = ["step_photo", "step_quiz", "step_painter"].map((key) => html`<li>${say(key)}</li>`);
    const call = say(size === "large" ? "scan" : "next_visitor");
    const code = this.querySelector("qr-card"); // it keeps its picture while it moves
    render(this, html`<p class="wordmark">Articket</p><ul class="others" aria-label="${say("others")}"></ul><p class="beside" role="status" hidden></p>
      <p class="trouble" role="status"></p><div class="code"><qr-card></qr-card><p class="address"></p></div>
      <div class="call"><h2 class="${lettering(call)}">${call}</h2><p class="lead">${say(size === "large" ? "scan_lead" : "next_scan")}</p></div>
      <ol class="steps">${steps}</ol><p class="consent">${say("consent", { time })}</p>`);
    if (code) this.querySelector("qr-card").replaceWith(code);
  }

  #pause(intake) {
    this.toggleAttribute("data-paused", intake.is_paused);
    const isLarge = this.dataset.size === "large";
    const call = say(intake.is_paused ? "paused" : isLarge ? "scan" : "next_visitor");
    const heading = this.querySelector("h2");
    this.#say("h2", call);
    heading.className = lettering(call);
    const message = inLanguage(intake.message) || say("paused_lead");
    this.#say(".lead", intake.is_paused ? message : say(isLarge ? "scan_lead" : "next_scan"));
    this.querySelector("qr-card").veil(intake.is_paused ? (isLarge ? message : say("paused")) : null);
  }

  #others(shows) {
    const list = this.querySelector(".others");
    this.toggleAttribute("data-alone", !shows.length);
    const most = MOST_CARDS[innerWidth > innerHeight ? "wide" : "tall"];
    const known = new Map([...list.querySelectorAll("li[data-ref]")].map((item) => [item.dataset.ref, item]));
    const seen = shows.slice(0, shows.length > most + 1 ? most : most + 1);
    for (const [ref, item] of known) if (!seen.some((show) => show.ref === ref)) item.remove();
    seen.forEach((show, index) => {
      const item = known.get(show.ref) ?? document.createElement("li");
      if (!item.firstChild) { item.dataset.ref = show.ref; item.append(document.createElement("visitor-card")); }
      if (list.children[index] !== item) list.insertBefore(item, list.children[index] ?? null);
      item.firstChild.update(show, (id) => this.app.booth.artist(id));
    });
    list.querySelector(".more")?.remove();
    const rest = shows.length - seen.length;
    if (rest > 0) list.insertAdjacentHTML("beforeend", `<li class="more">${say("more", { n: rest })}</li>`);
  }

  // Somebody has scanned while the monitor is another's.
  #greet() {
    const greeting = this.app?.booth.kiosk?.greeting;
    const beside = this.querySelector(".beside");
    if (!beside) return;
    beside.hidden = !(greeting && this.app.scene === "quiz" && secondsUntil(greeting.until) > 0);
    this.#say(".beside", beside.hidden ? "" : say("hello_beside"));
  }

  #say(selector, text) {
    const place = this.querySelector(selector);
    if (place.textContent !== text) place.textContent = text;
  }
}

customElements.define("invite-panel", InvitePanel);
