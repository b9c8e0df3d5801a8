// <public-choice> is the visitor's word on whether the booth's screens may show the pictures. It may be changed at any time; a "no"
// without network is sent as soon as it can be. Set `visit`.

import { Element, useStyle } from "../../shared/element.js";
import { html, render } from "../../shared/dom.js";
import { friendly } from "../../shared/problems.js";
import { language } from "../../shared/words.js";
import { say } from "../words.js";

useStyle(import.meta.url);

class PublicChoice extends Element {
  #isSending = false;

  start() {
    queueMicrotask(() => this.#draw()); // `visit` is set right after it is drawn
  }

  #draw() {
    render(this, html`<label class="tick"><input type="checkbox" autocomplete="off"><span>${say("public")}</span></label><p class="trouble" role="status"></p>`);
    this.box = this.querySelector("input");
    this.box.checked = this.visit.isPublic;
    this.listen(this.box, "change", () => this.#send());
    this.listen(this.visit, "place", () => { if (!this.#isSending) this.box.checked = this.visit.isPublic; });
  }

  // One after the other, so that the last word is the one that counts.
  async #send() {
    this.#say("");
    if (this.#isSending) return;
    this.#isSending = true;
    try {
      while (this.box.checked !== this.visit.isPublic) await this.visit.allowScreens(this.box.checked, () => this.#say(say("public_later")));
      this.#say("");
    } catch (problem) {
      this.box.checked = this.visit.isPublic;
      this.#say(friendly(problem, language()).title);
    }
    this.#isSending = false;
  }

  #say(text) {
    this.querySelector(".trouble").textContent = text;
  }
}

customElements.define("public-choice", PublicChoice);
