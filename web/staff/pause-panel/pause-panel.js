// <pause-panel> pauses new visits with a message in both languages: a ready-made one, changed or not, or none.

import { html } from "../../shared/dom.js";
import { useStyle } from "../../shared/element.js";
import { inLanguage } from "../../shared/words.js";
import * as api from "../api.js";
import { actionButton } from "../buttons.js";
import { PAUSE } from "../icons.js";
import { Panel } from "../panel.js";
import { SUGGESTIONS } from "../suggestions.js";
import { say } from "../words.js";

useStyle(import.meta.url);

const LONGEST = 280;

class PausePanel extends Panel {
  start() {
    super.start();
    const { is_paused: isPaused, message } = this.desk.booth.intake;
    this.#fill(isPaused ? message ?? { ko: "", en: "" } : SUGGESTIONS[0].message);
    this.listen(this, "input", () => this.draw());
    this.listen(this, "keydown", (event) => event.key === "Escape" && this.close());
  }

  markup() {
    const isPaused = this.desk.booth?.intake.is_paused;
    const field = (lang) => html`<label for="message-${lang}">${say(`message_${lang}`)}</label><textarea id="message-${lang}" class="both" lang="${lang}" rows="2" maxlength="${LONGEST}"></textarea>`;
    return html`<section aria-labelledby="pause-title"><h3 id="pause-title" tabindex="-1">${say(isPaused ? "edit_message" : "pause_title")}</h3><p>${say("pause_lead")}</p>
      <div class="suggestions" role="group" aria-label="${say("suggestions")}">${SUGGESTIONS.map((one) => html`<button type="button" class="chip" data-run="suggest" data-of="${one.id}" aria-pressed="${this.#isChosen(one)}">${inLanguage(one.label)}</button>`)}</div>
      <div class="fields"><div>${field("ko")}</div><div>${field("en")}</div></div>
      <div class="ways"><button type="button" class="quiet" data-run="close" data-of="">${say("cancel")}</button>
        ${actionButton(this.acting.of("intake"), { run: "pause", label: say(isPaused ? "message_save" : "pause_now"), busy: say("pausing"), icon: isPaused ? null : PAUSE })}</div></section>`;
  }

  suggest(id) {
    this.#fill(SUGGESTIONS.find((one) => one.id === id).message);
    this.draw();
  }

  close() {
    this.closest("state-band").closePause();
  }

  async pause() {
    const [ko, en] = ["ko", "en"].map((lang) => this.#field(lang).value.trim());
    const message = ko || en ? { ko: ko || en, en: en || ko } : null; // what is said in one language is better than nothing in the other
    if (await this.desk.act("intake", () => api.intake(true, message), say("paused_done")) && this.isConnected) this.close();
  }

  #field(lang) {
    return this.querySelector(`#message-${lang}`);
  }

  #fill(message) {
    for (const lang of ["ko", "en"]) this.#field(lang).value = message[lang];
    this.draw();
  }

  #isChosen({ message }) {
    return ["ko", "en"].every((lang) => this.#field(lang)?.value === message[lang]);
  }
}

customElements.define("pause-panel", PausePanel);
