// <waiting-page> is the studio: every canvas growing, the place in the queue, the time that is left. `finale()` lets a spotlight
// wander over the canvases until it rests on the visitor's painter.

import { Element, useStyle } from "../../shared/element.js";
import { html, prefersStillness, render } from "../../shared/dom.js";
import { inLanguage } from "../../shared/words.js";
import "../artist-canvas/artist-canvas.js";
import "../erase-button/erase-button.js";
import "../public-choice/public-choice.js";
import "../studio-strip/studio-strip.js";
import { Estimate, inWords } from "../estimating.js";
import { lettering } from "../lettering.js";
import { say } from "../words.js";

useStyle(import.meta.url);

const HOPS_MS = [110, 110, 120, 130, 150, 180, 220, 280, 360];
const REST_MS = 850;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

class WaitingPage extends Element {
  #estimate = new Estimate();
  #told = new Set();

  start() {
    render(this, html`<h1 tabindex="-1"></h1><p class="lead"></p><div class="sending"></div><div class="another"></div><ul class="canvases"></ul><div class="choice"></div><div class="foot"></div>`);
    this.#draw();
    this.listen(this.visit, "place", () => this.#draw());
    this.listen(this.visit, "painting", ({ detail }) => this.#update(detail));
    this.clock = setInterval(() => this.#sayLead(), 1000);
  }

  stop() {
    clearInterval(this.clock);
  }

  async finale() {
    if (prefersStillness()) return;
    this.classList.add("finale");
    this.#title(say("choosing"));
    this.querySelector(".lead").textContent = "";
    await pause(300);
    const canvases = [...this.querySelectorAll(".canvases li")];
    const winner = canvases.findIndex((one) => one.dataset.artist === this.visit.view.match.artist_id);
    const hops = canvases.length > 1 ? HOPS_MS : [];
    for (const [index, ms] of hops.entries()) {
      const lit = (winner + index + 1 - hops.length + canvases.length * hops.length) % canvases.length;
      canvases.forEach((one, place) => one.classList.toggle("lit", place === lit));
      await pause(ms);
    }
    canvases.forEach((one, place) => one.classList.toggle("lit", place === winner));
    canvases[winner]?.classList.add("winner");
    navigator.vibrate?.([20, 60, 40]);
    await pause(REST_MS);
  }

  #draw() {
    const { view, sending, matched } = this.visit;
    const isLost = Boolean(view) && view.state === "failed" && !view.paintings.some((one) => one.state === "done");
    if (!this.classList.contains("finale")) {
      this.#title(say(isLost ? "no_painting" : !view?.paintings.length && sending ? "still_sending" : matched && matched.state !== "done" ? "almost" : "waiting"));
    }
    this.#toggle(".sending", sending, html`<studio-strip></studio-strip>`);
    this.#toggle(".another", isLost, html`<button type="button" class="light" data-start-again>${say("another")}</button>`);
    this.querySelector(".canvases").hidden = isLost;
    this.#toggle(".choice", view?.photo_url && !isLost, html`<public-choice></public-choice>`);
    this.#toggle(".foot", view?.photo_url, html`<erase-button></erase-button>`);
    if (view && !this.querySelector(".canvases").children.length) this.#drawCanvases();
    this.#sayLead();
  }

  #drawCanvases() {
    render(this.querySelector(".canvases"), html`${this.visit.view.paintings.map((one) => html`<li data-artist="${one.artist_id}"><artist-canvas artist="${one.artist_id}"></artist-canvas></li>`)}`);
    for (const painting of this.visit.view.paintings) {
      if (painting.state === "done") this.#told.add(painting.artist_id);
      this.#update(painting);
    }
  }

  #update(painting) {
    this.#estimate.note(painting, performance.now());
    const canvas = this.querySelector(`artist-canvas[artist="${painting.artist_id}"]`);
    if (!canvas) return;
    canvas.visit = this.visit;
    canvas.update(painting);
    if (painting.state !== "done" || this.#told.has(painting.artist_id)) return;
    this.#told.add(painting.artist_id);
    this.app.announce(say("has_finished", { name: inLanguage(this.visit.booth.artist(painting.artist_id).name) }));
  }

  // Draws a part when it is called for, takes it away when not, and leaves it alone in between.
  #toggle(selector, isThere, markup) {
    const part = this.querySelector(selector);
    if (Boolean(isThere) === Boolean(part.firstElementChild)) return;
    render(part, isThere ? markup : "");
    if (part.firstElementChild) part.firstElementChild.visit = this.visit;
  }

  #title(text) {
    const title = this.querySelector("h1");
    if (title.textContent === text) return;
    title.textContent = text;
    title.className = lettering(text);
  }

  #sayLead() {
    const { view } = this.visit;
    if (!view || this.classList.contains("finale")) return;
    const lead = this.querySelector(".lead");
    const left = this.#estimate.left(view.paintings, performance.now());
    const text = this.querySelector(".another button") ? say("no_painting_lead") : left === null ? say("waiting_lead") : say(...inWords(left));
    if (lead.textContent !== text) lead.textContent = text;
  }
}

customElements.define("waiting-page", WaitingPage);
