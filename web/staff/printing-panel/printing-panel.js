// <printing-panel> shows every place that tickets are printed to, and why one stands still; switches printing by itself and pauses it.

import { html } from "../../shared/dom.js";
import { useStyle } from "../../shared/element.js";
import * as api from "../api.js";
import { switchButton } from "../buttons.js";
import { Panel } from "../panel.js";
import { count } from "../telling.js";
import { reasonsOf, reasonWords } from "../troubles.js";
import { say, sayOr } from "../words.js";

useStyle(import.meta.url);

class PrintingPanel extends Panel {
  markup() {
    const { booth } = this.desk;
    if (!booth) return "";
    return html`<section class="panel" aria-labelledby="printing"><h2 id="printing">${say("printing")}</h2>
      ${booth.printing ? this.#all(booth.printing) : html`<p class="empty">${say("no_printing")}</p>`}
      <div class="failures" role="alert">${this.failures("printing")}</div></section>`;
  }

  #all({ is_automatic: isAutomatic, is_paused: isPaused, sinks, waiting }) {
    const standing = this.acting.of("printing");
    return html`<p class="waiting" data-key="waiting"><b>${count(waiting)}</b> <span>${say("waiting_to_print")}</span></p>
      <ul data-key="sinks">${sinks.map((sink) => this.#sink(sink))}</ul>
      <div class="switches" data-key="switches">${switchButton(standing, { run: "turnAutomatic", isOn: isAutomatic, label: say("automatic"), lead: say(isAutomatic ? "automatic_lead" : "automatic_off") })}
      ${switchButton(standing, { run: "turnPaused", isOn: isPaused, label: say("pause_printing"), lead: say(isPaused ? "pause_printing_on" : "pause_printing_off") })}</div>`;
  }

  #sink(sink) {
    const reasons = reasonsOf(sink).map((reason) => reasonWords(reason, sink.kind));
    const isBusy = sink.reasons.includes("busy");
    const state = isBusy && !reasons.length ? say("reason_busy") : sayOr(`sink_${sink.state}`, sink.state);
    return html`<li data-key="${sink.name}" class="sink ${sink.state === "stopped" ? "troubled" : sink.state}"><p class="name"><b>${sink.name}</b> <span>${sayOr(`sink_${sink.kind}`, sink.kind)}</span></p><p class="state"><span class="dot"></span>${state}</p>
      <p class="counts">${say("sink_counts", { waiting: count(sink.waiting), printed: count(sink.printed) })}</p>
      ${reasons.map(({ title, next }) => html`<p class="reason" data-key="${title}"><b>${title}.</b> ${next}</p>`)}</li>`;
  }

  turnAutomatic() {
    this.#change({ is_automatic: !this.desk.booth.printing.is_automatic });
  }

  turnPaused() {
    this.#change({ is_paused: !this.desk.booth.printing.is_paused });
  }

  #change(change) {
    const { is_automatic, is_paused } = this.desk.booth.printing;
    this.desk.act("printing", () => api.printing({ is_automatic, is_paused, ...change }), say("changed"), 0);
  }
}

customElements.define("printing-panel", PrintingPanel);
