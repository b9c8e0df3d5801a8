// <pairing-page> asks once for the staff PIN or a pairing code, what this monitor is called and which language the venue speaks; by
// touch or by keyboard. Set `app` first.

import { html, render } from "../../shared/dom.js";
import { Element, useStyle } from "../../shared/element.js";
import { knows, language, lettering, say, speak } from "../speaking.js";

useStyle(import.meta.url);

const LEAST_DIGITS = 6;
const MOST_DIGITS = 12;

class PairingPage extends Element {
  #waitsUntil = 0;
  #problem = null;
  #isBusy = false;

  start() {
    this.#draw();
    this.onClick("[data-digit]", (button) => this.#type(button.dataset.digit));
    this.onClick("[data-erase]", () => this.#set(this.pin.value.slice(0, -1)));
    this.listen(this, "input", (event) => event.target === this.pin && this.#set(this.pin.value));
    this.listen(this, "change", (event) => event.target.name === "lang" && this.#speak(event.target.value));
    this.listen(this, "submit", (event) => { event.preventDefault(); this.#pair(); });
    this.listen(document, "keydown", (event) => this.#key(event));
    const watch = setInterval(() => this.#tell(), 1000);
    this.gone.addEventListener("abort", () => clearInterval(watch));
  }

  update() {}

  get pin() { return this.querySelector("[name=pin]"); }

  #draw(kept = { pin: "", name: "" }) {
    const title = say("pair");
    const digit = (n) => html`<button type="button" data-digit="${n}">${n}</button>`;
    const lang = (code, text) => html`<input type="radio" name="lang" id="lang-${code}" value="${code}"${language() === code && html` checked`}><label for="lang-${code}" lang="${code}" class="language">${text}</label>`;
    render(this, html`<form novalidate><div class="left"><p class="wordmark">Articket</p><h1 class="${lettering(title)}">${title}</h1><p class="lead">${say("pair_lead")}</p>
      <label class="name" for="kiosk-name">${say("name")}</label><input id="kiosk-name" name="name" maxlength="40" autocomplete="off" spellcheck="false" value="${kept.name || say("name_example")}">
      <fieldset><legend>${say("venue_language")}</legend>${lang("ko", "한국어")}${lang("en", "English")}</fieldset></div>
      <div class="right"><label for="kiosk-pin">${say("pin")}</label><input id="kiosk-pin" name="pin" type="password" inputmode="none" autocomplete="off" maxlength="${MOST_DIGITS}" aria-describedby="pair-problem" value="${kept.pin}">
      <div class="pad">${[1, 2, 3, 4, 5, 6, 7, 8, 9].map(digit)}<button type="button" data-erase aria-label="${say("erase_digit")}">⌫</button>${digit(0)}<button class="go">${say("pair_go")}</button></div>
      <p class="problem" id="pair-problem" role="alert"></p></div></form>`);
    this.#tell();
  }

  // A keyboard types into the PIN from anywhere but the name.
  #key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.target.matches("input:not([type=radio]), button")) return;
    if (/^\d$/.test(event.key)) this.#type(event.key);
    else if (event.key === "Backspace") this.#set(this.pin.value.slice(0, -1));
    else if (event.key === "Enter") this.#pair();
  }

  #type(digit) {
    this.#set(this.pin.value + digit);
  }

  #set(value) {
    this.pin.value = value.replace(/\D/g, "").slice(0, MOST_DIGITS);
    this.#problem = null;
    this.#tell();
  }

  #speak(lang) {
    const { pin, name } = Object.fromEntries(new FormData(this.querySelector("form")));
    const isExample = name === say("name_example");
    speak(lang);
    this.#draw({ pin, name: isExample ? "" : name });
    this.querySelector(`#lang-${lang}`).focus();
  }

  async #pair() {
    const { pin, name } = Object.fromEntries(new FormData(this.querySelector("form")));
    if (this.#isBusy || Date.now() < this.#waitsUntil) return;
    this.#problem = !name.trim() ? "name_missing" : pin.length < LEAST_DIGITS ? "pin_short" : null;
    if (this.#problem) return this.#tell();
    this.#busy(true);
    try {
      await this.app.booth.pair(pin, name.trim(), language());
    } catch (problem) {
      this.#problem = knows(problem.reason) ? problem.reason : "pair_failed";
      if (problem.status === 429) { this.#problem = "pin_tries"; this.#waitsUntil = Date.now() + 1000 * (problem.retryAfter ?? 60); }
      if (this.isConnected) { this.pin.value = ""; this.pin.focus(); }
    }
    return this.#busy(false);
  }

  #busy(isBusy) {
    this.#isBusy = isBusy;
    this.querySelector(".go")?.toggleAttribute("disabled", isBusy);
    this.#tell();
  }

  #tell() {
    const left = Math.ceil((this.#waitsUntil - Date.now()) / 1000);
    if (this.#problem === "pin_tries" && left <= 0) this.#problem = null;
    const time = left >= 90 ? say("minutes", { n: Math.ceil(left / 60) }) : say("seconds", { n: left });
    const text = this.#isBusy ? say("pairing") : this.#problem ? say(this.#problem, { time }) : "";
    const place = this.querySelector(".problem");
    if (place.textContent !== text) place.textContent = text;
    place.toggleAttribute("data-busy", this.#isBusy);
    for (const button of this.querySelectorAll(".pad button")) button.disabled = this.#isBusy || left > 0;
  }
}

customElements.define("pairing-page", PairingPage);
