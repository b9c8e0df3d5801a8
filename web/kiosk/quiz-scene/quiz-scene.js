// <quiz-scene> is the question on the monitor, moved by the phone: each on the pigment that it has on the phone, the next one
// flooding the stage. The photo's way through the mesh goes on below. Set `app` first.

import { html, prefersStillness, render } from "../../shared/dom.js";
import { Element, useStyle } from "../../shared/element.js";
import { inLanguage, language, lettering, say } from "../speaking.js";
import { pigment } from "../telling.js";
import { secondsUntil, tick } from "../timing.js";
import "../show-track/show-track.js";

useStyle(import.meta.url);

const SHORT_SECONDS = 25; // a phone that is there is heard every 15 s, so its 45 s never run down to this
const FLOOD_MS = 520;

class QuizScene extends Element {
  #shown = "";
  #at = -1;

  start() {
    render(this, html`<div class="ground" aria-hidden="true"></div><div class="ask"></div>
      <p class="held" role="status" hidden><span class="left" aria-hidden="true"><i></i></span><span class="figures"></span></p><show-track></show-track>`);
    this.update();
    tick(this.gone, 1000, () => this.#hold());
  }

  update() {
    const { kiosk, quiz, shows } = this.app.booth;
    const { session } = kiosk;
    const question = quiz?.questions[session.at];
    const key = [session.ref, session.at, language(), session.lang, question?.id].join();
    if (question && key !== this.#shown) this.#ask(question, session);
    this.#shown = key;
    this.#hold();
    this.querySelector("show-track").update(shows.get(session.ref) ?? null, session, this.app.booth);
  }

  #ask(question, { at, count, lang }) {
    const isOther = lang !== language();
    const plain = (text) => text.replaceAll("…", "..."); // which the display font lacks
    const text = plain(inLanguage(question.text));
    const other = (words) => isOther && html`<span class="other both" lang="${lang}">${words[lang]}</span>`;
    const choice = ({ text: words }) => html`<li><span>${inLanguage(words)}</span>${other(words)}</li>`;
    this.toggleAttribute("data-bilingual", isOther);
    this.dataset.entrance = at < this.#at ? "left" : "right";
    this.#paint(at);
    const long = text.length > (language() === "ko" ? 16 : 24) ? "long" : "";
    render(this.querySelector(".ask"), html`<div class="top"><div class="dabs" aria-hidden="true">${Array.from({ length: count }, (_, index) => html`<i class="${index < at ? "full" : index === at ? "now" : ""}"></i>`)}</div>
      <p class="figures">${say("question", { n: at + 1, all: count })}</p></div>
      <div class="question"><h1 class="${lettering(text)} ${long}">${text}</h1>${isOther && html`<p class="other both" lang="${lang}">${question.text[lang]}</p>`}</div>
      <ul class="choices" data-count="${question.choices.length}">${question.choices.map(choice)}</ul><p class="how">${say("answer_on_phone")}</p>`);
    this.querySelector(".ask").scrollTop = 0;
  }

  // The words change at once; the pigment follows from below, where the phone is.
  #paint(at) {
    const ground = this.querySelector(".ground");
    const colour = pigment(at);
    const isFirst = this.#at < 0;
    this.#at = at;
    for (const flood of ground.querySelectorAll("i")) flood.remove();
    if (isFirst || prefersStillness()) { ground.style.background = colour; return; }
    const flood = document.createElement("i");
    flood.style.background = colour;
    ground.append(flood);
    flood.animate({ transform: ["scale(0)", "scale(4.2)"] }, { duration: FLOOD_MS, easing: "cubic-bezier(0.5, 0, 0.2, 1)", fill: "forwards" })
      .onfinish = () => { if (flood.isConnected) { ground.style.background = colour; flood.remove(); } };
  }

  #hold() {
    const { session } = this.app.booth.kiosk ?? {};
    if (!session) return;
    const left = Math.max(0, secondsUntil(session.held_until));
    const held = this.querySelector(".held");
    held.hidden = left > SHORT_SECONDS;
    this.toggleAttribute("data-short", !held.hidden);
    if (held.hidden) return;
    held.querySelector("i").style.transform = `scaleX(${left / SHORT_SECONDS})`;
    held.querySelector(".figures").textContent = say("held", { n: Math.ceil(left) });
  }
}

customElements.define("quiz-scene", QuizScene);
