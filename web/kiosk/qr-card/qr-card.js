// <qr-card> is the code to begin with: a new one is laid over the old one when it is there, and a quiet ring tells how long it
// stays. `show(invitation)` as the booth gives it; `veil(text)` covers the code with words when it would lead nowhere.

import { html, render } from "../../shared/dom.js";
import { Element, useStyle } from "../../shared/element.js";
import { say } from "../speaking.js";
import { secondsUntil, tick } from "../timing.js";

useStyle(import.meta.url);

const STAYS_SECONDS = 60;
const GOOD_AFTER_SECONDS = 110; // an old code stays good for 120 s after it should have left

class QrCard extends Element {
  #invitation = null;
  #shown = "";
  #text = null;

  start() {
    if (!this.firstChild) render(this, html`<div class="codes"><p class="veil" hidden></p></div><svg class="ring" viewBox="0 0 100 100" aria-hidden="true">
      <rect x="1.2" y="1.2" width="97.6" height="97.6" rx="9" pathLength="100"></rect></svg>`);
    tick(this.gone, 1000, () => this.#turn());
  }

  show(invitation) {
    const isNew = invitation.code !== this.#invitation?.code;
    this.#invitation = invitation;
    if (isNew && this.isConnected) this.#load();
    this.#turn();
  }

  veil(text) {
    this.#text = text;
    this.#turn();
  }

  async #load() {
    const { qr_url: url, code } = this.#invitation;
    if (this.#shown === code) return;
    const picture = new Image();
    picture.alt = say("qr");
    picture.src = url;
    try {
      await picture.decode();
    } catch {
      return; // the booth is away; the next code comes with it
    }
    if (this.#invitation.code !== code || this.#shown === code) return;
    this.#shown = code;
    const before = this.querySelectorAll("img");
    this.querySelector(".codes").prepend(picture);
    for (const one of before) { one.alt = ""; one.className = "old"; setTimeout(() => one.remove(), 700); }
  }

  #turn() {
    if (!this.#invitation || !this.isConnected) return;
    const left = secondsUntil(this.#invitation.changes_at);
    this.querySelector("rect").style.strokeDashoffset = 100 - 100 * Math.max(0, Math.min(1, left / STAYS_SECONDS));
    if (!this.#shown || this.#shown !== this.#invitation.code) this.#load();
    const text = this.#text ?? (left < -GOOD_AFTER_SECONDS ? say("code_lost") : null);
    const veil = this.querySelector(".veil");
    if (veil.textContent !== (text ?? "")) veil.textContent = text ?? "";
    veil.hidden = text === null;
    this.toggleAttribute("data-veiled", text !== null);
  }
}

customElements.define("qr-card", QrCard);
