// <state-band> says whether the booth is open, and why not; pauses it and opens it again.

import { html } from "../../shared/dom.js";
import { useStyle } from "../../shared/element.js";
import { inLanguage } from "../../shared/words.js";
import * as api from "../api.js";
import { actionButton } from "../buttons.js";
import { PAUSE, PLAY } from "../icons.js";
import { Panel } from "../panel.js";
import "../pause-panel/pause-panel.js";
import { clockWithSeconds, count } from "../telling.js";
import { say, sayOr } from "../words.js";

useStyle(import.meta.url);

class StateBand extends Panel {
  #isPausing = false;

  markup() {
    const { booth, lost } = this.desk;
    const { kind, title, why } = this.#standing();
    return html`<div class="band ${kind}"><div class="words"><div role="status"><h2><span class="sign"></span>${title}</h2>${why && html`<p class="why">${why}</p>`}</div>
        <p class="summary">${booth && html`<span>${say("summary_today", { n: count(booth.tickets.today) })}</span> <span>${say("summary_hour", { n: count(booth.tickets.last_hour) })}</span> <span>${say("summary_open", { n: count(booth.visits.open) })}</span>`}</p></div>
      <div class="actions">${booth && !lost && this.#buttons()}</div></div>
      <div class="failures" role="alert">${this.failures("intake")}</div>
      ${this.#isPausing && html`<pause-panel data-key="pause"></pause-panel>`}`;
  }

  #standing() {
    const { booth, lost, seenAt } = this.desk;
    if (lost) return { kind: "bad", title: say("no_connection"), why: seenAt ? say("as_of", { time: clockWithSeconds(seenAt) }) : say("no_connection_yet") };
    if (!booth) return { kind: "looking", title: say("looking") };
    const services = booth.missing.map((name) => sayOr(`service_${name}`, name)).join(", ");
    const missing = services && say("missing", { services });
    const { is_paused: isPaused, message } = booth.intake;
    if (isPaused) {
      const text = message ? html`${say("paused_with")} <q>${inLanguage(message)}</q>` : say("paused_silent");
      return { kind: missing ? "bad" : "paused", title: say("paused"), why: html`${text} ${missing}` };
    }
    return missing ? { kind: "bad", title: say("not_ready"), why: missing } : { kind: "open", title: say("open") };
  }

  #buttons() {
    const standing = this.acting.of("intake");
    if (!this.desk.booth.intake.is_paused) {
      return html`<button type="button" data-key="pause" data-run="pause" data-of="" aria-expanded="${this.#isPausing}">${PAUSE}<span>${say("pause")}</span></button>`;
    }
    return html`<button type="button" class="quiet" data-key="edit" data-run="pause" data-of="" aria-expanded="${this.#isPausing}">${say("edit_message")}</button>
      ${actionButton(standing, { run: "resume", label: say("resume"), icon: PLAY })}`;
  }

  pause() {
    this.#isPausing = !this.#isPausing;
    this.draw();
    this.querySelector("pause-panel h3")?.focus();
  }

  closePause() {
    this.#isPausing = false;
    this.draw();
    this.querySelector(".actions button")?.focus();
  }

  resume() {
    this.#isPausing = false;
    this.desk.act("intake", () => api.intake(false, null), say("resumed"));
  }
}

customElements.define("state-band", StateBand);
