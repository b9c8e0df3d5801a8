// <reveal-page> is what the visit was for: the painter, the painting beside the photo, why, the ticket, and all other paintings;
// those that are still being painted appear when they are done, and a stand-in gives way to the artist's own.

import { Element, useStyle } from "../../shared/element.js";
import { html, render } from "../../shared/dom.js";
import { inLanguage, language } from "../../shared/words.js";
import "../artist-canvas/artist-canvas.js";
import "../compare-slider/compare-slider.js";
import "../erase-button/erase-button.js";
import "../painting-dialog/painting-dialog.js";
import "../picture-actions/picture-actions.js";
import "../public-choice/public-choice.js";
import "../ticket-stub/ticket-stub.js";
import { lettering } from "../lettering.js";
import { isUnderWay, planned } from "../painting-plan.js";
import { TimeLeft } from "../time-left.js";
import { say } from "../words.js";

useStyle(import.meta.url);

class RevealPage extends Element {
  #timeLeft = new TimeLeft();

  start() {
    const { view, matched } = this.visit;
    const artist = this.visit.booth.artist(matched.artist_id);
    render(this, html`${this.#hero(artist, matched)}${this.#why(artist, view.match)}<div class="stub"></div>
      ${this.#others()}<painting-dialog></painting-dialog>
      <div class="end"><public-choice></public-choice><p>${say("expires", { when: when(view.expires_at) })}</p><erase-button></erase-button>
      <button type="button" class="quiet" data-start-again>${say("again")}</button></div>`);
    for (const part of this.querySelectorAll("painting-dialog, erase-button, public-choice")) part.visit = this.visit;
    this.#place(".stub", "ticket-stub");
    this.#place(".actions", "picture-actions", { artist: matched.artist_id });
    this.#paintings().forEach((painting) => this.#update(painting));
    this.#tellStandIns();
    this.#sayDue();
    this.listen(this.visit, "painting", ({ detail }) => this.#update(detail));
    this.listen(this.visit, "repainted", ({ detail }) => this.#repainted(detail));
    this.onClick("[data-look]", (button) => this.querySelector("painting-dialog").open(button.dataset.look));
    if (this.before !== "welcome") this.querySelector("compare-slider").unveil();
    this.clock = setInterval(() => this.#sayDue(), 1000);
  }

  stop() {
    clearInterval(this.clock);
  }

  #hero(artist, painting) {
    const name = inLanguage(artist.name);
    return html`<img class="glow" src="${painting.url}&size=thumb" alt="">
      <h1 tabindex="-1"><span class="yours">${say("yours")}</span> <span class="name ${lettering(name)}">${name}</span></h1>
      <p class="title">${inLanguage(artist.title)}</p>
      <compare-slider photo="${this.visit.photoUrl}" painting="${painting.url}&size=screen" name="${name}"></compare-slider>
      <p class="understudy of-hero" hidden>${say("understudy")}</p><div class="actions"></div>`;
  }

  #why(artist, match) {
    return html`<div class="why"><p class="because">${inLanguage(match.because)}</p><p>${inLanguage(artist.text)}</p></div>`;
  }

  #others() {
    const other = ({ artist_id: id }) => html`<li data-artist="${id}"><artist-canvas artist="${id}"></artist-canvas>
      <button type="button" data-look="${id}" hidden><span class="visually-hidden">${say("look_at", { name: inLanguage(this.visit.booth.artist(id).name) })}</span></button></li>`;
    const paintings = this.#paintings();
    if (!paintings.length) return this.visit.view.paintings.length > 1 && html`<p class="alone">${say("alone")}</p>`;
    return html`<section class="others"><h2 class="${lettering(say("others"))}">${say("others")}</h2><p class="due" hidden></p><p class="understudy of-others" hidden>${say("understudies")}</p><ul>${paintings.map(other)}</ul></section>`;
  }

  #paintings() {
    return planned(this.visit).filter((one) => one.artist_id !== this.visit.view.match.artist_id);
  }

  #update(painting) {
    this.#tellStandIns();
    const item = this.querySelector(`.others [data-artist="${painting.artist_id}"]`);
    if (!item) return;
    if (painting.state === "skipped") return void item.remove();
    const canvas = item.querySelector("artist-canvas");
    canvas.visit = this.visit;
    canvas.update(painting);
    item.querySelector("button").hidden = painting.state !== "done";
  }

  // The artist's own painting has come: the picture turns into it under the visitor's eyes.
  #repainted(painting) {
    this.#tellStandIns();
    this.app.announce(say("repainted", { name: inLanguage(this.visit.booth.artist(painting.artist_id).name) }));
    if (painting.artist_id !== this.visit.view.match.artist_id) return;
    this.querySelector(":scope > compare-slider").repaint(`${painting.url}&size=screen`);
    this.querySelector(".glow").src = `${painting.url}&size=thumb`;
    this.querySelector(":scope > .actions picture-actions").aim();
  }

  // One line for all stand-ins among the others; each canvas says which ones they are.
  #tellStandIns() {
    const isStandIn = (one) => one?.state === "done" && one.is_fallback;
    this.querySelector(".of-hero").hidden = !isStandIn(this.visit.matched);
    const line = this.querySelector(".of-others");
    if (line) line.hidden = !this.#paintings().some(isStandIn);
  }

  #sayDue() {
    const due = this.querySelector(".due");
    if (!due) return;
    const text = this.#timeLeft.ofTheRest(this.#paintings().filter(isUnderWay)) ?? "";
    if (due.textContent !== text) due.textContent = text;
    due.hidden = !text;
  }

  // An element that needs the visit when it starts.
  #place(selector, name, attributes = {}) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.visit = this.visit;
    this.querySelector(selector).append(element);
  }
}

const when = (iso) =>
  new Intl.DateTimeFormat(navigator.languages.find((one) => one.startsWith(language())) ?? language(), { month: "long", day: "numeric", hour: "numeric", minute: "2-digit" }).format(new Date(iso));

customElements.define("reveal-page", RevealPage);
