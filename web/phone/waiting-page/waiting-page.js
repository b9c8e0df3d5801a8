// <waiting-page> is the studio: every canvas growing, the place in the queue, the time that is left; before it is known who paints,
// one prepared canvas. `finale()` lets a spotlight wander over the canvases until it rests on the visitor's painter.

import { Element, useStyle } from "../../shared/element.js";
import { html, prefersStillness, render } from "../../shared/dom.js";
import { inLanguage } from "../../shared/words.js";
import "../artist-canvas/artist-canvas.js";
import "../erase-button/erase-button.js";
import "../public-choice/public-choice.js";
import "../studio-strip/studio-strip.js";
import { lettering } from "../lettering.js";
import { isDecided, isUnderWay, planned } from "../painting-plan.js";
import { TimeLeft } from "../time-left.js";
import { say } from "../words.js";

useStyle(import.meta.url);

const HOPS_MS = [110, 110, 120, 130, 150, 180, 220, 280, 360];
const REST_MS = 850;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

class WaitingPage extends Element {
  #timeLeft = new TimeLeft();
  #told = new Set();

  start() {
    render(this, html`<h1 tabindex="-1"></h1><p class="lead"></p><div class="sending"></div><div class="another"></div><div class="easel"></div><ul class="canvases"></ul><div class="choice"></div><div class="foot"></div>`);
    this.#draw();
    this.listen(this.visit, "place", () => this.#draw());
    this.listen(this.visit, "painting", ({ detail }) => this.#update(detail));
    this.listen(this.visit, "repainted", ({ detail }) => this.app.announce(say("repainted", { name: this.#name(detail.artist_id) })));
    this.clock = setInterval(() => this.#sayLead(), 1000);
  }

  stop() {
    clearInterval(this.clock);
  }

  async finale() {
    if (prefersStillness()) return;
    const isGuessed = this.visit.booth.paint === "all"; // else it was said who paints before the first stroke
    this.classList.add("finale");
    this.#title(say(isGuessed ? "choosing" : "painted"));
    this.querySelector(".lead").textContent = "";
    await pause(300);
    const canvases = [...this.querySelectorAll(".canvases li")];
    const winner = canvases.findIndex((one) => one.dataset.artist === this.visit.view.match.artist_id);
    const hops = isGuessed && canvases.length > 1 ? HOPS_MS : [];
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
    const { view, sending } = this.visit;
    const isLost = Boolean(view) && view.state === "failed" && !view.paintings.some((one) => one.state === "done");
    if (!this.classList.contains("finale")) this.#title(say(isLost ? "no_painting" : this.#doing()));
    this.#toggle(".sending", sending, html`<studio-strip></studio-strip>`);
    this.#toggle(".another", isLost, html`<button type="button" class="light" data-start-again>${say("another")}</button>`);
    this.querySelector(".canvases").hidden = isLost;
    this.#toggle(".easel", view?.photo_url && !isLost && !isDecided(this.visit), html`<img class="sketch" src="${this.visit.photoUrl}" alt="">`);
    const sketch = this.querySelector(".easel img");
    if (sketch) sketch.onerror = () => { sketch.hidden = true; }; // HEIC that this browser cannot read
    this.#toggle(".choice", view?.photo_url && !isLost, html`<public-choice></public-choice>`);
    this.#toggle(".foot", view?.photo_url, html`<erase-button></erase-button>`);
    if (view && !this.classList.contains("finale")) this.#hang();
    this.#sayLead();
  }

  #doing() {
    const { view, sending, matched, booth } = this.visit;
    if (!view?.paintings.length && sending) return "still_sending";
    if (!isDecided(this.visit)) return "deciding";
    if (matched && matched.state !== "done") return booth.paint === "all" ? "almost" : "yours_at_work";
    return "waiting";
  }

  // Hangs the canvases of those who paint, and takes down that of one who does not any more.
  #hang() {
    const wall = this.querySelector(".canvases");
    const hung = new Map([...wall.children].map((one) => [one.dataset.artist, one]));
    const paintings = planned(this.visit);
    for (const [id, item] of hung) if (!paintings.some((one) => one.artist_id === id)) item.remove();
    paintings.forEach((painting, place) => {
      if (hung.has(painting.artist_id)) return;
      const item = document.createElement("li");
      item.dataset.artist = painting.artist_id;
      render(item, html`<artist-canvas artist="${painting.artist_id}"></artist-canvas>`);
      wall.insertBefore(item, wall.children[place] ?? null);
      if (painting.state === "done") this.#told.add(painting.artist_id);
      this.#update(painting);
    });
  }

  #update(painting) {
    const canvas = this.querySelector(`artist-canvas[artist="${painting.artist_id}"]`);
    if (!canvas) return;
    canvas.visit = this.visit;
    canvas.update(painting);
    if (painting.state !== "done" || this.#told.has(painting.artist_id)) return;
    this.#told.add(painting.artist_id);
    this.app.announce(say("has_finished", { name: this.#name(painting.artist_id) }));
  }

  // Draws a part when it is called for, takes it away when not, and leaves it alone in between.
  #toggle(selector, isThere, markup) {
    const part = this.querySelector(selector);
    if (Boolean(isThere) === Boolean(part.firstElementChild)) return;
    render(part, isThere ? markup : "");
    if (part.firstElementChild) part.firstElementChild.visit = this.visit;
  }

  #name(id) { return inLanguage(this.visit.booth.artist(id).name); }

  #title(text) {
    const title = this.querySelector("h1");
    if (title.textContent === text) return;
    title.textContent = text;
    title.className = lettering(text);
  }

  #sayLead() {
    const { view, matched } = this.visit;
    if (!view || this.classList.contains("finale")) return;
    const lead = this.querySelector(".lead");
    const left = this.#timeLeft.spoken(planned(this.visit).filter(isUnderWay), matched);
    const text = this.querySelector(".another button") ? say("no_painting_lead") : isDecided(this.visit) ? (left ?? say("waiting_lead")) : view.paintings.length ? say("begins_now") : "";
    if (lead.textContent !== text) lead.textContent = text;
  }
}

customElements.define("waiting-page", WaitingPage);
