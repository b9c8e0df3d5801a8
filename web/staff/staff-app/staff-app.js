// <staff-app> asks for the PIN, then shows the desk; after a session that expired, where one was. Events: "speak".

import { COVERED } from "../../shared/display.js";
import { Element, stylesReady } from "../../shared/element.js";
import { language, speak } from "../../shared/words.js";
import { Desk } from "../desk.js";
import { say } from "../words.js";

class StaffApp extends Element {
  desk = new Desk();
  #scroll = 0;

  async start() {
    this.announcer = document.createElement("div");
    this.announcer.className = "visually-hidden";
    this.announcer.setAttribute("role", "status");
    this.speak(language());
    this.listen(this.desk, "session", () => this.#show());
    this.listen(this.desk, "change", () => this.#settle());
    this.listen(this.desk, "announce", (event) => this.announce(event.detail));
    document.fonts.load('1em "Articket Display"', COVERED).catch(() => {});
    await stylesReady();
    this.append(this.announcer);
    await this.desk.open();
  }

  get boothName() { return this.getAttribute("booth-name"); }

  speak(lang) {
    speak(lang);
    document.title = say("page_title");
    this.dispatchEvent(new CustomEvent("speak"));
  }

  turnLanguage() {
    this.speak(language() === "ko" ? "en" : "ko");
  }

  // Emptied first: the same words twice are read twice.
  announce(text) {
    this.announcer.textContent = "";
    requestAnimationFrame(() => { this.announcer.textContent = text; });
  }

  #show() {
    const name = this.desk.isSignedIn ? "desk-page" : "sign-in";
    if (this.firstElementChild.localName === name) return;
    if (this.desk.hasExpired) this.#scroll = scrollY;
    else if (!this.desk.isSignedIn) this.#scroll = 0;
    this.firstElementChild.replaceWith(document.createElement(name));
    scrollTo({ top: 0, behavior: "instant" });
  }

  // The visits are back: so is the place in their list.
  #settle() {
    if (!this.#scroll || !this.desk.pages.isLoaded) return;
    const top = this.#scroll;
    this.#scroll = 0;
    requestAnimationFrame(() => scrollTo({ top, behavior: "instant" })); // when the list has been drawn, too
  }
}

customElements.define("staff-app", StaffApp);
