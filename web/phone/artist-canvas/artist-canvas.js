// <artist-canvas artist="renoir" [small]> is one artist's canvas: a pencil sketch of the photo, the layers of paint as they come,
// the painting. `update(painting)` tells it what is new. Set `visit` first.

import { Element, useStyle } from "../../shared/element.js";
import { html, render } from "../../shared/dom.js";
import { inLanguage } from "../../shared/words.js";
import { comesLater } from "../painting-plan.js";
import { say } from "../words.js";

useStyle(import.meta.url);

class ArtistCanvas extends Element {
  #wanted = null;
  #shown = null;
  #isLoading = false;

  update(painting) {
    if (!this.firstChild) this.#draw();
    this.painting = painting;
    this.dataset.state = painting.state;
    this.toggleAttribute("data-stand-in", painting.state === "done" && painting.is_fallback);
    const share = painting.state === "done" ? 1 : painting.steps ? painting.step / painting.steps : 0;
    this.style.setProperty("--share", share);
    this.querySelector("progress").value = share;
    const note = this.querySelector("small");
    const text = comesLater(this.visit, painting) ? say("later") : noteOf(painting);
    if (note.textContent !== text) note.textContent = text;
    const isLast = painting.steps > 0 && painting.step >= painting.steps; // its canvas gives way to the painting any moment
    this.#want(painting.url ? `${painting.url}&size=${this.hasAttribute("small") ? "thumb" : "screen"}` : isLast ? null : painting.preview_url);
  }

  #draw() {
    const name = inLanguage(this.visit.booth.artist(this.getAttribute("artist")).name);
    render(this, html`<figure><div class="ground"><img class="sketch" alt=""><progress max="1" aria-label="${name}"></progress></div>
      <figcaption><b>${name}</b><small></small></figcaption></figure>`);
    const sketch = this.querySelector(".sketch");
    sketch.onerror = () => { sketch.hidden = true; };
    if (this.visit.photoUrl) sketch.src = this.visit.photoUrl;
    else sketch.hidden = true;
  }

  // The newest picture is shown once it is decoded, laid over the one before; those that come meanwhile are passed over.
  async #want(url) {
    this.#wanted = url ?? this.#wanted;
    if (this.#isLoading || !this.#wanted || this.#wanted === this.#shown) return;
    this.#isLoading = true;
    const next = this.#wanted;
    const picture = new Image();
    picture.alt = "";
    picture.className = "paint";
    picture.src = next;
    try {
      await picture.decode();
      this.#lay(picture);
    } catch {
      // a preview that is gone again: the next one comes
    }
    this.#shown = next;
    this.#isLoading = false;
    this.#want();
  }

  #lay(picture) {
    const before = this.querySelectorAll(".paint");
    this.querySelector(".sketch").after(picture);
    if (before.length) before[before.length - 1].after(picture);
    setTimeout(() => before.forEach((one) => one.remove()), 700);
  }
}

// What is going on, truthfully: also that a try has failed, or that the stand-in paints.
function noteOf({ state, position, step, attempts, pod, reason, is_fallback: isFallback }) {
  const isAgain = attempts > 1 || (state === "queued" && attempts > 0 && reason); // `attempts` counts the present one
  if (isFallback && (state === "painting" || state === "done")) return say(state === "done" ? "done_by_stand_in" : "stand_in");
  if (isAgain && (state === "queued" || state === "painting")) return say("once_more");
  if (state === "queued" && pod) return say("primed");
  if (state === "queued" && position === null) return say("queued_somewhere");
  if (state === "queued") return position ? say("queued", { n: position }) : say("next");
  if (state === "painting" && !step) return say("primed");
  return say(state);
}

customElements.define("artist-canvas", ArtistCanvas);
