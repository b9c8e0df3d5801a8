// <visits-panel> lists the visits of today, newest first: searched and filtered on the spot, live, and never moved away under a
// finger. While somebody is at the list, what is new waits behind the filter's button, and nothing changes place.

import { html } from "../../shared/dom.js";
import { useStyle } from "../../shared/element.js";
import { CLOSE, SEARCH, UP } from "../icons.js";
import { Panel } from "../panel.js";
import { goTo, place } from "../places.js";
import { matching, SHOWN_BY } from "../sorting.js";
import { say } from "../words.js";
import "../visit-card/visit-card.js";

useStyle(import.meta.url);

const QUIET_MS = 2500;
const ENOUGH = 10; // hits of a filter, before older visits are looked through unasked
const FURTHER = 4; // pages that are

class VisitsPanel extends Panel {
  #shown = []; // refs, as they stand on the page
  #wanted = []; // visits, as they would stand if nobody were at the list
  #busyAt = -Infinity;
  #isLoading = false;

  start() {
    super.start();
    this.field = this.querySelector("#find");
    this.field.value = place().find;
    this.desk.find(this.field.value);
    for (const type of ["pointerdown", "pointermove", "keydown", "wheel", "touchmove"]) {
      this.addEventListener(type, () => { this.#busyAt = performance.now(); }, { passive: true, signal: this.gone });
    }
    this.listen(this.field, "input", () => this.#type());
    this.listen(this, "submit", (event) => event.preventDefault());
  }

  draw({ isAnew = false } = {}) {
    const { find, show } = place();
    this.#wanted = find ? this.#hits(find) : this.desk.visits.filter(SHOWN_BY[show]);
    this.#choose(isAnew || Boolean(find));
    super.draw();
    const known = new Map([...this.desk.visits, ...this.#wanted].map((visit) => [visit.ref, visit]));
    for (const card of this.querySelectorAll("visit-card")) card.show(known.get(card.dataset.key));
  }

  markup() {
    const { show, find } = place();
    const shown = new Set(this.#shown);
    const fresh = this.#wanted.filter(({ ref }) => !shown.has(ref)).length;
    return html`<h2 class="visually-hidden" tabindex="-1">${say("tickets")}</h2>
      <form class="tools" role="search"><div class="find"><label class="visually-hidden" for="find">${say("find")}</label>${SEARCH}
        <input id="find" type="text" inputmode="numeric" autocomplete="off" enterkeyhint="search" maxlength="8" placeholder="${say("find")}">
        <button type="button" class="clear" data-run="clear" data-of="" aria-label="${say("find_clear")}" ${find ? "" : html`hidden`}>${CLOSE}</button></div>
        <div class="filters" role="group" aria-label="${say("filter")}">${Object.keys(SHOWN_BY).map((name) => this.#filter(name, name === (find ? "all" : show), fresh))}</div></form>
      <div class="list" aria-busy="${!this.desk.pages.isLoaded}">${this.#shown.map((ref) => html`<visit-card data-key="${ref}"></visit-card>`)}</div>
      <div class="end">${this.#end(find, show)}</div>`;
  }

  #filter(name, isChosen, fresh) {
    const count = name === "all" ? 0 : this.desk.visits.filter(SHOWN_BY[name]).length;
    return html`<button type="button" class="chip ${name}" data-run="filter" data-of="${name}" aria-pressed="${isChosen}">${say(`show_${name}`)}${count > 0 && html` <span class="count">${count}</span>`}
      ${isChosen && fresh > 0 && html`<span class="fresh" data-key="fresh">${UP}<span aria-hidden="true">${fresh}</span><span class="visually-hidden">, ${say("fresh", { n: fresh })}</span></span>`}</button>`;
  }

  #end(find, show) {
    const { visits, pages } = this.desk;
    if (!pages.isLoaded) return html`<div class="awaited" data-key="awaited"></div>`;
    if (find && !this.desk.found(find) && !this.#shown.length) return html`<p role="status">${say("looking_for", { n: find })}</p>`;
    const kind = find ? "find" : show;
    const empty = this.#shown.length === 0 && html`<div class="nothing" data-key="nothing"><h3>${say(`empty_${kind}`, { n: find })}</h3><p>${say(`empty_${kind}_lead`)}</p></div>`;
    if (find) return empty || "";
    const reached = show !== "all" && pages.hasMore && html`<p>${say("looked_through", { n: visits.length })}</p>`;
    if (pages.hasMore) return html`${empty}${reached}<button type="button" class="quiet" data-key="more" data-run="more" data-of="" aria-disabled="${this.#isLoading}">${say(this.#isLoading ? "looking_for_more" : show === "all" ? "more" : "look_further")}</button>`;
    return empty || html`<p>${say("list_end")}</p>`;
  }

  filter(show) {
    this.field.value = "";
    this.desk.find("");
    goTo({ show, find: "" });
    this.draw({ isAnew: true });
    if (this.querySelector(".list").getBoundingClientRect().top < 0) this.scrollIntoView({ block: "start", behavior: "instant" });
    if (show !== "all") this.#lookFurther(show);
  }

  clear() {
    this.field.value = "";
    this.#type();
    this.field.focus();
  }

  async more() {
    this.#isLoading = true;
    this.draw();
    await this.desk.more();
    this.#isLoading = false;
    if (this.isConnected) this.draw();
  }

  // A card is about to go with the focus in it: its neighbour gets it.
  leave(card) {
    if (!card.contains(document.activeElement)) return;
    const next = card.nextElementSibling ?? card.previousElementSibling;
    (next?.querySelector("button") ?? this.querySelector("h2")).focus({ preventScroll: true });
  }

  #type() {
    const digits = this.field.value.replace(/\D/g, "");
    if (digits !== this.field.value) this.field.value = digits;
    goTo({ find: digits });
    this.desk.find(digits);
    this.draw({ isAnew: true });
  }

  // A search looks everywhere, whatever the filter: who reads out a number wants that ticket.
  #hits(digits) {
    const found = this.desk.found(digits) ?? [];
    const known = new Set(found.map(({ ref }) => ref));
    return matching([...found, ...this.desk.visits.filter(({ ref }) => !known.has(ref))], digits);
  }

  #choose(isAnew) {
    const refs = this.#wanted.map(({ ref }) => ref);
    if (isAnew || !this.#shown.length || this.#isQuiet) {
      this.#shown = refs;
      return;
    }
    const there = new Set(this.desk.visits.map(({ ref }) => ref));
    const last = refs.indexOf(this.#shown.findLast((ref) => refs.includes(ref)));
    const known = new Set(this.#shown);
    this.#shown = [...this.#shown.filter((ref) => there.has(ref)), ...refs.slice(last + 1).filter((ref) => last >= 0 && !known.has(ref))];
  }

  get #isQuiet() {
    const list = this.querySelector(".list");
    if (!list || performance.now() - this.#busyAt < QUIET_MS) return !list;
    return !list.querySelector(".question, :focus-visible") && list.getBoundingClientRect().top > 0; // its head is in sight
  }

  async #lookFurther(show) {
    const hits = () => this.desk.visits.filter(SHOWN_BY[show]).length;
    for (let page = 0; page < FURTHER && hits() < ENOUGH && this.desk.pages.hasMore && place().show === show && this.isConnected; page++) await this.more();
  }
}

customElements.define("visits-panel", VisitsPanel);
