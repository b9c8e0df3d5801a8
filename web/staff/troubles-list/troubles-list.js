// <troubles-list> says what to go and mend, and mends with a tap what a tap can mend.

import { html } from "../../shared/dom.js";
import { useStyle } from "../../shared/element.js";
import * as api from "../api.js";
import { actionButton } from "../buttons.js";
import { ALERT, PLAY } from "../icons.js";
import { Panel } from "../panel.js";
import { troublesOf } from "../troubles.js";
import { say } from "../words.js";

useStyle(import.meta.url);

class TroublesList extends Panel {
  markup() {
    const troubles = this.desk.booth ? troublesOf(this.desk.booth) : [];
    return html`<div role="status" class="visually-hidden">${troubles.map(({ title, where }) => html`<p data-key="${title}${where}">${title} ${where}</p>`)}</div>
      ${troubles.length > 0 && html`<h2 class="visually-hidden" data-key="heading">${say("mend")}</h2><ul data-key="list">${troubles.map((one) => this.#trouble(one))}</ul>`}`;
  }

  #trouble({ key, title, where, next, isMild, run }) {
    return html`<li data-key="${key}" class="${isMild ? "mild" : ""}">${ALERT}<div><p class="what"><b>${title}</b>${where && html` <span>${where}</span>`}</p><p>${next}</p></div>
      ${run && actionButton(this.acting.of("printing"), { run, label: say("go_on_printing"), icon: PLAY })}</li>`;
  }

  goOnPrinting() {
    this.desk.act("printing", () => api.printing({ is_automatic: this.desk.booth.printing.is_automatic, is_paused: false }), say("changed"));
  }
}

customElements.define("troubles-list", TroublesList);
