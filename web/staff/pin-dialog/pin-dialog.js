// <pin-dialog> changes the staff PIN. `open()`.

import { html, render } from "../../shared/dom.js";
import { Element, useStyle } from "../../shared/element.js";
import * as api from "../api.js";
import { friendly } from "../friendly.js";
import { countdown } from "../telling.js";
import { say } from "../words.js";

useStyle(import.meta.url);

const FITS = /^\d{6,12}$/;
const FIELDS = [["pin-now", "pin_now", "current-password"], ["pin-new", "pin_new", "new-password"], ["pin-again", "pin_again", "new-password"]];

class PinDialog extends Element {
  open() {
    const field = ([id, key, kind]) => html`<div><label for="${id}">${say(key)}${id === "pin-new" && html` <small>${say("pin_new_hint")}</small>`}</label>
      <input id="${id}" type="password" inputmode="numeric" autocomplete="${kind}" maxlength="12" aria-describedby="pin-change-trouble"></div>`;
    render(this, html`<dialog aria-labelledby="change-pin"><form novalidate><h2 id="change-pin">${say("change_pin")}</h2><p>${say("pin_lead")}</p>
      ${FIELDS.map(field)}<p id="pin-change-trouble" class="trouble" role="alert"></p>
      <div class="ways"><button type="button" class="quiet" data-close>${say("cancel")}</button><button type="submit">${say("pin_save")}</button></div></form></dialog>`);
    this.dialog = this.querySelector("dialog");
    this.dialog.addEventListener("close", () => this.replaceChildren());
    this.dialog.addEventListener("click", (event) => (event.target === this.dialog || event.target.closest("[data-close]")) && this.dialog.close());
    this.querySelector("form").addEventListener("submit", (event) => { event.preventDefault(); this.#change(); });
    this.dialog.showModal();
  }

  async #change() {
    const [now, next, again] = FIELDS.map(([id]) => this.querySelector(`#${id}`));
    if (this.isBusy || !now.value) return now.focus();
    if (!FITS.test(next.value)) return this.#refuse(say("pin_short"), next);
    if (next.value !== again.value) return this.#refuse(say("pin_differs"), again);
    return this.#send(now, next);
  }

  async #send(now, next) {
    const button = this.querySelector("[type=submit]");
    const app = this.closest("staff-app");
    this.isBusy = true;
    button.setAttribute("aria-disabled", "true");
    button.textContent = say("pin_saving");
    try {
      await api.changePin(now.value, next.value);
      this.dialog.close();
      app.announce(say("pin_done"));
      this.#tell(say("pin_done"));
    } catch (problem) {
      button.setAttribute("aria-disabled", "false");
      button.textContent = say("pin_save");
      const wait = problem.retryAfter ? ` ${say("locked_again")} ${countdown(problem.retryAfter * 1000)}.` : "";
      const isAway = problem.status === 0;
      this.#refuse(isAway ? say("problem_busy") : friendly(problem) + wait, problem.reason === "pin_wrong" ? now : next);
      if (problem.reason === "not_signed_in") app.desk.look();
    } finally {
      this.isBusy = false;
    }
  }

  #refuse(words, field) {
    this.querySelector(".trouble").textContent = words;
    field.setAttribute("aria-invalid", "true");
    field.addEventListener("input", () => field.removeAttribute("aria-invalid"), { once: true });
    field.focus();
    field.select();
  }

  // Seen for a moment, by those who cannot hear the announcement.
  #tell(words) {
    const note = document.createElement("p");
    note.className = "note";
    note.setAttribute("aria-hidden", "true");
    note.textContent = words;
    this.append(note);
    setTimeout(() => note.remove(), 4000);
  }
}

customElements.define("pin-dialog", PinDialog);
