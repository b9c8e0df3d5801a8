// <studio-strip> goes along above the quiz: the photo on its way, then every artist's canvas in small, growing; where the match
// decides who paints, the photo waits with a word.

import { Element, useStyle } from "../../shared/element.js";
import { html, render } from "../../shared/dom.js";
import "../artist-canvas/artist-canvas.js";
import { isDecided, planned } from "../painting-plan.js";
import { say } from "../words.js";

useStyle(import.meta.url);

class StudioStrip extends Element {
  start() {
    queueMicrotask(() => this.#draw()); // `visit` is set right after it is drawn
  }

  #draw() {
    this.listen(this.visit, "sending", () => this.#showSending());
    this.listen(this.visit, "place", () => this.#choose());
    this.listen(this.visit, "painting", ({ detail }) => this.querySelector(`artist-canvas[artist="${detail.artist_id}"]`)?.update(detail));
    this.#choose();
  }

  #choose() {
    const kind = this.visit.sending ? "sending" : !this.visit.view?.paintings.length ? "" : isDecided(this.visit) ? "canvases" : "resting";
    if (kind === this.kind) return;
    this.kind = kind;
    if (kind === "sending") this.#drawSending();
    if (kind === "canvases") this.#drawCanvases();
    if (kind === "resting") this.#drawPhoto(html`<p>${say("begins_after_quiz")}</p>`);
    if (kind === "") this.replaceChildren();
  }

  #drawSending() {
    this.#drawPhoto(html`<p id="sending-text">${say("shrinking")}</p><progress max="1" aria-labelledby="sending-text"></progress>`);
    this.#showSending();
  }

  // The photo in small, and something beside it.
  #drawPhoto(beside) {
    this.classList.remove("troubled");
    render(this, html`<div class="sending"><img alt=""><div>${beside}</div></div>`);
    const photo = this.querySelector("img");
    photo.onerror = () => { photo.hidden = true; }; // HEIC that this browser cannot read
    if (this.visit.photoUrl) photo.src = this.visit.photoUrl;
    else photo.hidden = true;
  }

  #showSending() {
    const { sending } = this.visit;
    if (!sending || this.kind !== "sending") return;
    const trouble = sending.trouble && say(sending.trouble === "offline" ? "waiting_for_network" : "waiting_for_booth");
    const text = trouble || `${say("sending")} · ${say("sent_share", { n: Math.round(sending.share * 100) })}`;
    this.querySelector("p").textContent = text;
    this.querySelector("progress").value = sending.share;
    this.classList.toggle("troubled", Boolean(sending.trouble));
  }

  #drawCanvases() {
    render(this, html`<ul class="canvases" aria-label="${say("strip")}">${planned(this.visit).map((one) => html`<li><artist-canvas artist="${one.artist_id}" small></artist-canvas></li>`)}</ul>`);
    for (const painting of planned(this.visit)) {
      const canvas = this.querySelector(`artist-canvas[artist="${painting.artist_id}"]`);
      canvas.visit = this.visit;
      canvas.update(painting);
    }
  }
}

customElements.define("studio-strip", StudioStrip);
