// <visit-card> is one visit: its ticket's number, how far it is, its paintings and prints, and everything that can be done about
// it with one tap. `show(visit)`.

import { html } from "../../shared/dom.js";
import { useStyle } from "../../shared/element.js";
import { inLanguage, language } from "../../shared/words.js";
import * as api from "../api.js";
import { actionButton } from "../buttons.js";
import { BIN, CLOSE, EYE, EYE_OFF, PAGE, PRINTER, RETRY, TICKET } from "../icons.js";
import { Panel } from "../panel.js";
import { hasTicket, hasTrouble, isHeld, isPrinted, isToPrint, openPrints } from "../sorting.js";
import { clock } from "../telling.js";
import { reasonWords } from "../troubles.js";
import { say, sayOr } from "../words.js";

useStyle(import.meta.url);

class VisitCard extends Panel {
  #visit = null;
  #drawn = "";
  #isAsking = false; // whether to erase

  show(visit) {
    this.#visit = visit ?? this.#visit;
    this.draw();
  }

  // Only when something of it has changed: there are many, and they are looked at every two seconds.
  draw() {
    if (!this.#visit || !this.acting) return;
    const { booth } = this.desk;
    const standing = this.#keys().map((key) => this.acting.of(key)?.state);
    const names = booth?.artists.map(({ artist_id: id }) => id);
    const now = JSON.stringify([this.#visit, standing, this.#isAsking, language(), Boolean(booth?.printing?.sinks.length), Boolean(booth), booth?.paint, names]);
    if (now === this.#drawn) return;
    this.#drawn = now;
    super.draw();
  }

  markup() {
    const visit = this.#visit;
    const kind = hasTrouble(visit) ? "trouble" : isToPrint(visit) ? "ready" : isPrinted(visit) ? "printed" : "under-way";
    return html`<article class="${kind}" aria-labelledby="name-${visit.ref}">${this.#stub(visit)}
      <div class="body"><p class="who"><b>${visit.artist_id ? this.#name(visit.artist_id) : say(visit.error ? "no_match" : "not_matched")}</b><span class="state">${this.#state(visit)}</span></p>
        <ul class="thumbs" aria-label="${say("paintings")}">${visit.paintings.map((one) => this.#thumb(one))}</ul>
        <p class="screen">${visit.is_hidden ? EYE_OFF : ""}${say(visit.is_hidden ? "hidden" : visit.is_public ? "on_screen" : "private")}</p></div>
      <div class="notes">${this.#standIns(visit)}${this.#prints(visit)}${this.#troubles(visit)}<div class="failures" role="alert">${this.failures(`${visit.ref}-`)}</div></div>
      ${this.#isAsking ? this.#question() : this.#tools(visit)}</article>`;
  }

  // Where the match decides who paints, nothing is painted before the quiz is answered.
  #state({ state, artist_id: artist, paintings }) {
    const isLeftToQuiz = (this.desk.booth?.paint ?? "all") !== "all" && !artist && ["photo_received", "captioned"].includes(state) && paintings.every((one) => one.state === "queued");
    return isLeftToQuiz ? say("paints_after_quiz") : sayOr(`state_${state}`, state);
  }

  #stub({ ref, number, created_at: at }) {
    return html`<div class="stub"><h3 id="name-${ref}">${number ? html`<small>${say("number")}</small> <b>${number}</b>` : html`<span class="visually-hidden">${say("visit_of", { time: clock(at) })}, </span><span class="awaits">${say("no_number")}</span>`}</h3><time datetime="${at}">${clock(at)}</time></div>`;
  }

  #thumb({ artist_id: id, state, thumb_url: picture, attempts, is_fallback: isFallback }) {
    const text = [sayOr(`painting_${state}`, state, { name: this.#name(id) }), attempts > 1 && say("tries", { n: attempts }), isFallback && say("stand_in")].filter(Boolean).join(", ");
    return html`<li data-key="${id}" class="${state} ${id === this.#visit.artist_id ? "matched" : ""} ${isFallback ? "stand-in" : ""}" title="${text}">${state === "done" && picture ? html`<img src="${picture}" alt="${text}" width="48" height="48" loading="lazy">`
      : html`<span class="sign" aria-hidden="true">${state === "failed" && CLOSE}</span><span class="visually-hidden">${text}</span>`}</li>`;
  }

  // What the fallback engine has made; it is made again when another pod is back and the visitor still looks.
  #standIns({ paintings }) {
    const names = paintings.filter((one) => one.is_fallback && one.state === "done").map((one) => this.#name(one.artist_id));
    return names.length > 0 && html`<p class="stand-ins" data-key="stand-ins">${say("stand_ins", { names: names.join(", ") })}</p>`;
  }

  #prints(visit) {
    const printed = visit.prints.filter(({ state }) => state === "printed");
    const open = visit.prints.filter(({ state }) => state !== "printed" && state !== "cancelled");
    const last = printed.map(({ asked_at: at }) => at).sort().at(-1);
    const before = printed.length > 1 ? say("printed_times", { n: printed.length, time: clock(last) }) : printed.length ? say("printed_once", { time: clock(last) }) : !open.length && hasTicket(visit) ? say("not_printed") : "";
    return html`${open.map((one) => this.#print(one))}${before && html`<p class="print before" data-key="before">${before}</p>`}`;
  }

  #print(one) {
    const { id, sink, copies, reason, asked_by: by } = one;
    const state = isHeld(one) ? "held" : one.state;
    const why = reason && state !== "printing" ? `: ${reasonWords(reason, this.#kindOf(sink)).title}` : "";
    return html`<p class="print ${state}" data-key="print-${id}"><span>${sayOr(`print_${state}`, state)}${why} <small>${sink} · ${sayOr(`by_${by}`, by)}${copies > 1 && ` · ${say("copies", { n: copies })}`}</small></span>
      ${["waiting", "held"].includes(state) && actionButton(this.acting.of(`${this.#visit.ref}-cancel-${id}`), { run: "cancelPrint", of: id, label: say("cancel"), long: say("cancel_print"), busy: say("cancelling"), look: "quiet small" })}</p>`;
  }

  #troubles({ paintings, error }) {
    const why = (reason) => sayOr(`why_${reason}`, reason ?? "");
    const failed = paintings.filter(({ state }) => state === "failed");
    const reasons = [...new Set(failed.map(({ reason }) => reason))];
    const again = ({ artist_id: id }) => actionButton(this.acting.of(`${this.#visit.ref}-retry-${id}`), { run: "retry", of: id, label: this.#name(id), long: say("retry", { name: this.#name(id) }), busy: say("retrying"), icon: RETRY, look: "quiet small" });
    return html`${error && html`<p class="trouble" data-key="error">${sayOr(`why_${error.reason}`, error.detail)}</p>`}${reasons.map((reason) => html`<div class="unpainted" data-key="failed-${reason}"><p class="trouble">${say("failed_artists", { why: why(reason) })}</p>
      <div class="again">${failed.filter((one) => one.reason === reason).map(again)}</div></div>`)}`;
  }

  #tools(visit) {
    const { ref, number, is_hidden: isHidden, ticket_png_url: picture, ticket_pdf_url: pdf } = visit;
    const off = this.#whyNotPrint(visit);
    const left = off ?? (visit.copies_left === 1 ? say("copies_left_one") : say("copies_left", { n: visit.copies_left }));
    const isMore = isPrinted(visit) || openPrints(visit).length > 0;
    const label = say(isMore ? "print_again" : "print");
    const hide = isHidden ? { label: say("show"), long: say("show_long", { ticket: this.#called }), busy: say("showing"), done: say("hid"), icon: EYE }
      : { label: say("hide"), long: say("hide_long", { ticket: this.#called }), busy: say("hiding"), done: say("shown"), icon: EYE_OFF };
    return html`<div class="tools" data-key="tools" role="group" aria-label="${say("more_actions", { ticket: this.#called })}">
      <div class="main">${actionButton(this.acting.of(`${ref}-print`), { run: "print", label, long: `${label}: ${this.#called}`, busy: say("printing_now"), done: say("print_sent"), icon: PRINTER, look: isMore ? "quiet" : "", isOff: Boolean(off), describedBy: `left-${ref}` })}
        <span class="left" id="left-${ref}">${left}</span></div>
      ${picture && html`<button type="button" class="tool" data-key="ticket" data-run="ticket" data-of="" aria-label="${say("ticket_long", { number })}">${TICKET}<span class="label">${say("ticket")}</span></button>`}
      ${pdf && html`<a class="button tool" data-key="pdf" href="${pdf}" target="_blank" rel="noopener" aria-label="${say("pdf_long", { number })}">${PAGE}<span class="label">${say("pdf")}</span></a>`}
      ${actionButton(this.acting.of(`${ref}-hide`), { run: "hide", look: "tool", ...hide })}
      <button type="button" class="tool" data-key="erase" data-run="ask" data-of="" aria-label="${say("erase_long", { ticket: this.#called })}">${BIN}<span class="label">${say("erase")}</span></button></div>`;
  }

  #question() {
    const { ref } = this.#visit;
    return html`<div class="question" data-key="question" role="group" aria-labelledby="sure-${ref}" aria-describedby="sure-lead-${ref}"><p id="sure-${ref}"><b>${say("erase_sure", { ticket: this.#called })}</b></p><p id="sure-lead-${ref}">${say("erase_lead")}</p>
      <div class="ways"><button type="button" class="quiet" data-run="keep" data-of="">${say("keep")}</button>
      ${actionButton(this.acting.of(`${ref}-erase`), { run: "erase", label: say("erase_yes"), busy: say("erasing"), done: say("erased"), icon: BIN, look: "grave" })}</div></div>`;
  }

  get #called() {
    const { number, created_at: at } = this.#visit;
    return number ? say("this_ticket", { number }) : say("this_visit", { time: clock(at) });
  }

  #name(id) { return inLanguage(this.desk.artist(id)); }

  #kindOf(name) { return this.desk.booth?.printing?.sinks.find((sink) => sink.name === name)?.kind; }

  #whyNotPrint(visit) {
    if (!hasTicket(visit)) return say("why_no_ticket");
    if (this.desk.booth && !this.desk.booth.printing?.sinks.length) return say("why_no_sink");
    return visit.copies_left < 1 ? say("why_used_up") : null;
  }

  #keys() {
    const { ref, paintings, prints } = this.#visit;
    return [...["print", "hide", "erase"], ...paintings.map((one) => `retry-${one.artist_id}`), ...prints.map((one) => `cancel-${one.id}`)].map((what) => `${ref}-${what}`);
  }

  print() { this.#act("print", () => api.print(this.#visit.ref), say("print_sent")); }
  cancelPrint(id) { this.#act(`cancel-${id}`, () => api.cancelPrint(id), say("cancelled")); }
  retry(artist) { this.#act(`retry-${artist}`, () => api.retry(this.#visit.ref, artist), say("retried", { name: this.#name(artist) })); }
  hide() {
    const { ref, is_hidden: isHidden } = this.#visit;
    this.#act("hide", () => api.hide(ref, !isHidden), say(isHidden ? "shown" : "hid"));
  }

  ticket() { this.closest("desk-page").lookAt(this.#visit); }

  ask() {
    this.#isAsking = true;
    this.draw();
    this.querySelector("[data-run=keep]").focus();
  }

  keep() {
    this.#isAsking = false;
    this.acting.clear(`${this.#visit.ref}-erase`);
    this.draw();
    this.querySelector("[data-run=ask]").focus();
  }

  erase() {
    this.#act("erase", async () => {
      await api.erase(this.#visit.ref);
      this.closest("visits-panel")?.leave(this);
    }, say("erased"));
  }

  #act(what, work, done) { return this.desk.act(`${this.#visit.ref}-${what}`, work, done); }
}

customElements.define("visit-card", VisitCard);
