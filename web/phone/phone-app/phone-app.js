// <phone-app> shows the page where the visit is, moves the focus to its heading, speaks the visitor's language.

import { offline } from "../../shared/api.js";
import { prefersStillness } from "../../shared/dom.js";
import { Element, stylesReady } from "../../shared/element.js";
import { language, speak } from "../../shared/words.js";
import { kept } from "../keeping.js";
import { placeOf } from "../places.js";
import { persistently } from "../sending.js";
import { Steps } from "../steps.js";
import { Visit } from "../visit.js";
import { say } from "../words.js";

const TOUCHES = ["pointerdown", "keydown"];
const IDLE_MS = 8000; // who only reads gets the other pages by then

class PhoneApp extends Element {
  visit = new Visit();
  #place = "welcome";
  #pages = null; // the promise of the visit's pages
  #hasPages = false;
  #isAtStart = false; // the visitor went back to the start page, though a visit is under way

  async start() {
    this.stage = this.querySelector(".stage");
    this.welcome = this.querySelector("welcome-page");
    this.steps = new Steps(this.visit, (isAtStart) => { this.#isAtStart = isAtStart; this.show(); });
    speak(language());
    this.#speak();
    this.#listen();
    this.cameByCode = this.visit.pass.enter();
    this.loaded = this.visit.booth.load();
    this.welcome.meet(this);
    await Promise.all([this.loaded, stylesReady(), this.#goOn()]);
    this.listen(this.visit, "place", () => this.show());
    this.welcome.offer();
    this.show();
  }

  async begin(file, choices) {
    this.#isAtStart = false;
    this.prepare();
    await this.loaded;
    this.steps.begin();
    await this.visit.begin(file, choices);
    await this.prepare();
  }

  // Loads the visit's pages, which the start page does not need.
  prepare() {
    const load = () => import("../pages.js").catch(() => { throw offline(); });
    this.#pages ??= persistently(load).then(stylesReady).then(() => { this.#hasPages = true; this.show(); });
    return this.#pages;
  }

  // The photo that the booth has not taken is given up.
  async giveUp() {
    await this.visit.giveUp();
    this.startAgain();
  }

  // What this phone was at, or the visit whose address was opened. A finished one is offered on the start page, not forced.
  async #goOn() {
    const { id, isAnswered, isPending } = kept();
    const opened = location.pathname.match(/^\/v\/([\w-]+)$/)?.[1];
    if (!opened && !isPending && (!id || isAnswered || this.cameByCode)) return;
    this.prepare();
    await this.loaded;
    if (opened || id) await this.visit.open(opened ?? id);
    else await this.visit.goOnBeginning();
    if (this.visit.view || this.visit.sending) this.steps.settle();
  }

  #listen() {
    this.listen(this.visit, "begun", () => this.steps.nameVisit());
    this.listen(this.visit, "problem", () => this.welcome.offer());
    this.listen(this.visit, "announce", (event) => this.announce(say(event.detail)));
    this.listen(globalThis, "offline", () => this.#network());
    this.listen(globalThis, "online", () => this.#network());
    this.onClick(".language", () => { speak(language() === "ko" ? "en" : "ko"); this.#speak(); this.show({ isAnew: true }); });
    this.onClick("[data-start-again]", () => this.startAgain());
    for (const touch of TOUCHES) addEventListener(touch, () => this.prepare(), { once: true, passive: true, signal: this.gone });
    setTimeout(() => this.prepare(), IDLE_MS);
    this.#network();
  }

  show({ isAnew = false } = {}) {
    if (this.stage.firstElementChild?.isTurning) return; // it calls again when it has turned
    const place = this.#isAtStart ? "welcome" : placeOf(this.visit);
    if (place === "reveal" && this.#place === "finale" && !isAnew) return;
    if (place === this.#place && !isAnew) return;
    if (place !== "welcome" && !this.#hasPages) return void this.prepare(); // it calls again when they are there
    const before = this.#place;
    if (place === "reveal" && !isAnew && (before === "quiz" || before === "waiting")) this.#finale();
    else this.#turnTo(place, before, isAnew);
  }

  // The one moment that is not skipped: the spotlight finds the painter, then the page changes.
  async #finale() {
    if (this.#place !== "waiting") this.#turnTo("waiting", this.#place);
    this.#place = "finale";
    await this.stage.firstElementChild.finale();
    if (this.#place !== "finale") return; // deleted meanwhile, or gone back
    this.#place = "waiting";
    if (placeOf(this.visit) !== "reveal") return this.show();
    const turn = () => this.#turnTo("reveal", "waiting");
    if (document.startViewTransition && !prefersStillness()) document.startViewTransition(turn);
    else turn();
  }

  #turnTo(place, before, isAnew) {
    this.#place = place;
    this.welcome.hidden = place !== "welcome";
    this.welcome.offer();
    if (place === "waiting" || place === "reveal") this.steps.unwind();
    this.#tint(place);
    this.stage.replaceChildren();
    if (place !== "welcome") {
      const page = document.createElement(`${place}-page`);
      Object.assign(page, { visit: this.visit, app: this, steps: this.steps, before });
      this.stage.append(page);
    }
    if (!isAnew) this.#focus();
  }

  startAgain() {
    this.visit.ended = null;
    this.steps.leave();
    this.#isAtStart = true;
    this.show();
  }

  announce(text) {
    this.querySelector(".announcer").textContent = text;
  }

  #focus() {
    scrollTo({ top: 0, behavior: "instant" });
    this.querySelector("welcome-page:not([hidden]) h1, .stage h1")?.focus({ preventScroll: true });
  }

  #network() {
    const bar = this.querySelector(".offline");
    const text = navigator.onLine ? "" : say("offline");
    if (bar.textContent && !text) this.announce(say("online"));
    bar.hidden = !text;
    bar.textContent = text;
  }

  #speak() {
    document.title = say("page_title");
    const button = this.querySelector(".language");
    button.textContent = say("other_language");
    button.lang = language() === "ko" ? "en" : "ko";
    this.#network();
  }

  // The browser's own bars take the page's colour.
  #tint(place) {
    document.documentElement.dataset.place = place;
    const colour = getComputedStyle(document.documentElement).backgroundColor;
    document.querySelector("meta[name=theme-color]").content = colour;
  }
}

customElements.define("phone-app", PhoneApp);
