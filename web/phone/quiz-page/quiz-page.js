// <quiz-page> asks one question after the other, each on its own pigment; the next one floods the screen from where the thumb was.
// With a monitor the question stands there and the phone is the controller: a glance up, large choices, the question small.

import { Element, useStyle } from "../../shared/element.js";
import { html, prefersStillness, render } from "../../shared/dom.js";
import { inLanguage } from "../../shared/words.js";
import "../erase-button/erase-button.js";
import "../studio-strip/studio-strip.js";
import { lettering } from "../lettering.js";
import { say } from "../words.js";

useStyle(import.meta.url);

const PIGMENTS = ["sky", "rose", "mint", "tangerine", "lilac", "lemon", "sunflower"];
const FLOOD_MS = 420;

class QuizPage extends Element {
  start() {
    render(this, html`<studio-strip></studio-strip><p class="note"></p><div class="question"></div><div class="foot"></div>`);
    this.querySelector("studio-strip").visit = this.visit;
    this.shownAt = this.visit.at;
    this.#ask();
    this.#offerErasing();
    this.listen(this.visit, "place", () => this.#turn());
    this.listen(this.visit, "monitor", () => this.#aim());
    this.listen(this.visit, "begun", () => this.#offerErasing());
    this.onClick("[data-choice]", (button) => this.#choose(button, button.dataset.choice));
    this.onClick("[data-skip]", (button) => this.#choose(button, null));
    this.onClick("[data-back]", () => this.steps.back());
    this.visit.standing.open();
  }

  stop() {
    this.visit.standing.close();
    document.documentElement.style.removeProperty("--pigment");
  }

  async #choose(button, choice) {
    const { at, booth: { quiz } } = this.visit;
    if (this.isTurning || !quiz.questions[at]) return; // a second tap while the screen floods answers nothing
    this.isTurning = true;
    button.classList.add("chosen");
    this.visit.answer(quiz.questions[at].id, choice); // the monitor turns while this screen floods
    if (this.visit.at < quiz.questions.length) this.steps.forward();
    await this.#flood(button, at + 1);
    this.isTurning = false;
    if (!this.isConnected) return;
    this.#turn();
    this.app.show();
  }

  // Draws the question again when it is another one: answered here, gone back, or answered in another tab.
  #turn() {
    if (this.isTurning || this.visit.at === this.shownAt || !this.visit.booth.quiz.questions[this.visit.at]) return;
    const isBack = this.visit.at < this.shownAt;
    this.shownAt = this.visit.at;
    this.#ask(isBack ? "from-left" : "from-right");
    scrollTo({ top: 0, behavior: "instant" });
    this.querySelector("h1").focus({ preventScroll: true });
  }

  #ask(entrance = "") {
    const { at, answers } = this.visit;
    const { questions } = this.visit.booth.quiz;
    const question = questions[at];
    if (!question) return;
    document.documentElement.style.setProperty("--pigment", pigment(at));
    const text = inLanguage(question.text).replaceAll("…", "..."); // which the display font lacks
    const choice = (one) => html`<li><button type="button" data-choice="${one.id}" aria-pressed="${answers[question.id] === one.id}">${inLanguage(one.text)}</button></li>`;
    render(this.querySelector(".question"), html`<div class="card ${entrance}">
      <div class="dabs" aria-hidden="true">${questions.map((_, index) => html`<span class="${index < at ? "full" : index === at ? "now" : ""}"></span>`)}</div>
      <p class="look" hidden>${EYES}<span><b>${say("look_up")}</b> ${say("look_up_lead")}</span></p>
      <h1 tabindex="-1" class="${lettering(text)}"><span class="visually-hidden">${say("question", { n: at + 1, all: questions.length })}. </span>${text}</h1>
      <ul class="choices">${question.choices.map(choice)}</ul>
      <div class="turns">${at > 0 ? html`<button type="button" class="bare" data-back aria-label="${say("one_back")}">← ${say("back")}</button>` : html`<span></span>`}
        <button type="button" class="bare" data-skip>${say("skip")}</button></div></div>`);
    this.#aim();
  }

  // Where the question stands: on the monitor, or here, because it has none or somebody else has it.
  #aim() {
    const { kiosk } = this.visit.view ?? {};
    const hasMonitor = Boolean(kiosk?.has_monitor);
    this.querySelector(".look").hidden = !hasMonitor;
    this.querySelector(".note").textContent = kiosk && !hasMonitor ? say("monitor_busy") : "";
    if (kiosk && this.hasMonitor !== hasMonitor) this.app.announce(say(hasMonitor ? "monitor_yours" : "monitor_busy"));
    this.hasMonitor = hasMonitor;
    this.classList.toggle("controller", hasMonitor);
  }

  #offerErasing() {
    if (!this.visit.id || this.querySelector("erase-button")) return;
    render(this.querySelector(".foot"), html`<erase-button></erase-button>`);
    this.querySelector("erase-button").visit = this.visit;
  }

  #flood(button, next) {
    if (prefersStillness()) return null;
    const box = button.getBoundingClientRect();
    const flood = document.createElement("div");
    flood.className = "flood";
    flood.style.setProperty("--x", `${box.left + box.width / 2}px`);
    flood.style.setProperty("--y", `${box.top + box.height / 2}px`);
    flood.style.setProperty("--colour", next < this.visit.booth.quiz.questions.length ? pigment(next) : "var(--ink)");
    document.body.append(flood);
    setTimeout(() => flood.remove(), FLOOD_MS + 80);
    return new Promise((resolve) => setTimeout(resolve, FLOOD_MS));
  }
}

const eye = (x) => html`<ellipse cx="${x}" cy="18" rx="14" ry="17"/><circle class="pupil" cx="${x}" cy="22" r="7.5"/>`;
const EYES = html`<svg viewBox="0 0 64 36" aria-hidden="true">${eye(16)}${eye(48)}</svg>`;

const pigment = (at) => `var(--${PIGMENTS[at % PIGMENTS.length]})`;

customElements.define("quiz-page", QuizPage);
