// <erase-button> deletes everything of the visit after one question. Set `visit`.

import { Element, useStyle } from "../../shared/element.js";
import { html, render } from "../../shared/dom.js";
import { friendly } from "../../shared/problems.js";
import { language } from "../../shared/words.js";
import { say } from "../words.js";

useStyle(import.meta.url);

class EraseButton extends Element {
  start() {
    render(this, html`<button type="button" class="bare" data-ask>${say("erase")}</button>
      <dialog aria-labelledby="erase-sure"><h2 id="erase-sure">${say("erase_sure")}</h2><p>${say("erase_lead")}</p><p class="trouble" role="alert"></p>
        <button type="button" data-yes>${say("erase_yes")}</button><button type="button" class="quiet" data-no autofocus>${say("erase_no")}</button></dialog>`);
    this.dialog = this.querySelector("dialog");
    this.onClick("[data-ask]", () => this.dialog.showModal());
    this.onClick("[data-no]", () => this.dialog.close());
    this.onClick("[data-yes]", (button) => this.#erase(button));
    this.listen(this.dialog, "click", (event) => event.target === this.dialog && this.dialog.close());
  }

  async #erase(button) {
    button.disabled = true;
    button.textContent = say("erasing");
    try {
      await this.visit.erase();
    } catch (problem) {
      const { title, next } = friendly(problem, language());
      this.querySelector(".trouble").textContent = `${title}. ${next}`;
      button.disabled = false;
      button.textContent = say("try_again");
    }
  }
}

customElements.define("erase-button", EraseButton);
