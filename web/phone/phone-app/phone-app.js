// <phone-app> shows the page where the visit is, moves the focus to its heading, speaks the visitor's language.

import { COVERED } from "../../shared/display.js";
import { prefersStillness } from "../../shared/dom.js";
import { Element, stylesReady } from "../../shared/element.js";
import { language, speak } from "../../shared/words.js";
import { kept } from "../keeping.js";
import { placeOf } from "../places.js";
import { Steps } from "../steps.js";
import { Visit } from "../visit.js";
import { say } from "../words.js";

class PhoneApp extends Element {
  visit = new Visit();
  #place = "welcome";
  #isAtStart = false; // the visitor went back to the start page, though a visit is under way

  async start() {
    this.stage = this.querySelector(".stage");
    this.welcome = this.querySelector("welcome-page");
    this.steps = new Steps(this.visit, (isAtStart) => { this.#isAtStart = isAtStart; this.show(); });
    speak(language());
    this.#speak();
    this.#listen();
    this.loaded = this.visit.load();
    this.welcome.meet(this);
    await Promise.all([this.loaded, stylesReady(), this.#goOn()]);
    this.listen(this.visit, "place", () => this.show());
    this.welcome.offer();
    this.show();
  }

  async begin(file) {
    this.#isAtStart = false;
    document.fonts.load('1em "Articket Display"', COVERED).catch(() => {}); // what the start page did not need; no network, no letters
    await Promise.all([this.loaded, stylesReady()]);
    this.steps.begin();
    await this.visit.begin(file);
  }

  // What this phone was at, or the visit whose address was opened. A finished one is offered on the start page, not forced.
  async #goOn() {
    const { id, isAnswered } = kept();
    const opened = location.pathname.match(/^\/v\/([\w-]+)$/)?.[1];
    if (!opened && (!id || isAnswered)) return;
    await this.loaded;
    await this.visit.open(opened ?? id);
    if (this.visit.view) this.steps.settle();
  }

  #listen() {
    this.listen(this.visit, "begun", () => this.steps.nameVisit());
    this.listen(this.visit, "announce", (event) => this.announce(say(event.detail)));
    this.listen(globalThis, "offline", () => this.#network());
    this.listen(globalThis, "online", () => this.#network());
    this.onClick(".language", () => { speak(language() === "ko" ? "en" : "ko"); this.#speak(); this.show({ isAnew: true }); });
    this.onClick("[data-start-again]", () => this.startAgain());
    this.#network();
  }

  show({ isAnew = false } = {}) {
    const place = this.#isAtStart ? "welcome" : placeOf(this.visit);
    if (place === "reveal" && this.#place === "finale" && !isAnew) return;
    if (place === this.#place && !isAnew) return;
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
