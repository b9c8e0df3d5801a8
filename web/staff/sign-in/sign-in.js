// <sign-in> takes the PIN, from the pad or the keyboard. After too many tries it counts down to the next.

import { html } from "../../shared/dom.js";
import { useStyle } from "../../shared/element.js";
import { language } from "../../shared/words.js";
import { friendly } from "../friendly.js";
import { BACKSPACE } from "../icons.js";
import { Panel } from "../panel.js";
import { countdown } from "../telling.js";
import { say } from "../words.js";

useStyle(import.meta.url);

const LONGEST = 12;
const OTHERWISE_S = 30; // where the booth does not say how long
const PAD = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];

class SignIn extends Panel {
  #problem = null;
  #isBusy = false;
  #lockedUntil = 0;
  #ticking = 0;

  start() {
    super.start();
    this.field = this.querySelector("input");
    this.listen(this.desk, "session", () => this.draw());
    this.listen(this, "input", () => { this.field.value = this.field.value.replace(/\D/g, ""); this.#problem = null; this.draw(); });
    this.listen(this, "submit", (event) => { event.preventDefault(); this.#enter(); });
    this.listen(document, "keydown", (event) => this.#typed(event));
    this.field.focus();
  }

  stop() {
    clearInterval(this.#ticking);
  }

  get #isLocked() { return this.#lockedUntil > Date.now(); }

  markup() {
    const isOff = this.#isLocked || this.#isBusy;
    const key = (digit) => html`<button type="button" data-run="press" data-of="${digit}" aria-disabled="${isOff}">${digit}</button>`;
    return html`<main><button type="button" class="bare language" lang="${language() === "ko" ? "en" : "ko"}" data-run="turnLanguage" data-of="">${say("other_language")}</button>
      <div class="card"><p class="wordmark" aria-hidden="true">Articket</p>
      <h1>${say("sign_in")}<small>${this.app.boothName}</small></h1>
      <p class="lead">${this.desk.hasExpired ? say("expired") : say("sign_in_lead")}</p>
      <form novalidate><label class="visually-hidden" for="pin">${say("pin")}</label>
        <input id="pin" type="password" inputmode="none" autocomplete="current-password" maxlength="${LONGEST}" aria-describedby="pin-trouble">
        <div class="standing"><p id="pin-trouble" role="alert">${this.#trouble()}</p>
        ${this.#isLocked && html`<p class="lock" data-key="lock" role="timer"><span>${say("locked_again")}</span> <b>${countdown(this.#lockedUntil - Date.now())}</b></p>`}</div>
        <div class="pad" data-key="pad" role="group" aria-label="${say("pin_pad")}">${PAD.map(key)}
          <button type="button" class="side" data-run="back" data-of="" aria-label="${say("digit_back")}" aria-disabled="${isOff}">${BACKSPACE}</button>${key("0")}
          <button type="submit" class="go ${this.#isBusy ? "busy" : ""}" aria-disabled="${isOff}">${this.#isBusy ? html`<span class="turning"></span><span class="visually-hidden">${say("signing_in")}</span>` : say("sign_in")}</button></div>
      </form></div></main>`;
  }

  press(digit) {
    this.#problem = null;
    if (this.field.value.length < LONGEST) this.field.value += digit;
    this.draw();
  }

  back() {
    this.field.value = this.field.value.slice(0, -1);
  }

  turnLanguage() {
    this.app.turnLanguage();
  }

  #trouble() {
    if (this.#isLocked) return say("locked");
    if (this.#problem) return friendly(this.#problem);
    return this.desk.lost && this.desk.isSignedIn === null ? say("no_connection_yet") : "";
  }

  // A digit typed while a button of the pad has the focus.
  #typed(event) {
    if (event.target === this.field || event.ctrlKey || event.metaKey || event.altKey || this.#isLocked || this.#isBusy) return;
    if (/^\d$/.test(event.key)) this.press(event.key);
    else if (event.key === "Backspace") this.back();
  }

  async #enter() {
    if (this.#isBusy || this.#isLocked || !this.field.value) return;
    this.#isBusy = true;
    this.#problem = null;
    this.draw();
    try {
      await this.desk.signIn(this.field.value);
      return; // the desk takes this element's place
    } catch (problem) {
      this.#problem = problem;
    }
    this.#isBusy = false;
    this.field.value = "";
    if (this.#problem.reason === "pin_tries") this.#lock(this.#problem.retryAfter ?? OTHERWISE_S);
    this.draw();
    this.field.focus();
  }

  #lock(seconds) {
    this.#lockedUntil = Date.now() + seconds * 1000;
    this.#problem = null;
    clearInterval(this.#ticking);
    this.#ticking = setInterval(() => { if (!this.#isLocked) clearInterval(this.#ticking); this.draw(); }, 250);
  }
}

customElements.define("sign-in", SignIn);
