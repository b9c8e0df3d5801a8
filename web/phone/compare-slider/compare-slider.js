// <compare-slider photo="…" painting="…" name="Renoir"> lays the photo over the painting, from the left. It is drawn apart by a
// finger, a mouse or the arrow keys. `unveil()` moves from photo to painting by itself; `repaint(address)` lets the painting turn
// into another one.

import { Element, useStyle } from "../../shared/element.js";
import { html, prefersStillness, render } from "../../shared/dom.js";
import { say } from "../words.js";

useStyle(import.meta.url);

const REST = 8; // % of the photo that stays, so that one sees there is something to draw
const VEILED_MS = 700;

class CompareSlider extends Element {
  start() {
    const name = this.getAttribute("name");
    render(this, html`<img class="painting" src="${this.getAttribute("painting")}" alt="${say("painting_by", { name })}" draggable="false">
      <img class="photo" src="${this.getAttribute("photo")}" alt="${say("photo")}" draggable="false">
      <input type="range" min="0" max="100" aria-label="${say("compare")}"><span class="handle" aria-hidden="true"></span>`);
    this.range = this.querySelector("input");
    this.#show(REST);
    this.listen(this.range, "input", () => this.#show(Number(this.range.value)));
    this.listen(this, "pointerdown", (event) => this.#grab(event));
    this.listen(this, "pointermove", (event) => this.hasPointerCapture(event.pointerId) && this.#drag(event));
  }

  async unveil() {
    if (prefersStillness()) return;
    this.#show(100);
    await Promise.all([...this.querySelectorAll("img")].map((image) => image.decode().catch(() => {})));
    await new Promise((resolve) => setTimeout(resolve, VEILED_MS));
    if (this.isTouched) return;
    this.classList.add("unveiling");
    this.#show(REST);
  }

  // The new one is laid over the old one once it is decoded; one that does not come leaves the old one there.
  async repaint(address) {
    this.wanted = address;
    const below = this.querySelector(".painting");
    const above = new Image();
    Object.assign(above, { alt: "", className: "painting anew", draggable: false, src: address });
    await above.decode().catch(() => {});
    if (this.wanted !== address || !this.isConnected || !above.naturalWidth) return;
    this.querySelector(".anew")?.remove();
    below.after(above);
    await Promise.allSettled(above.getAnimations().map((one) => one.finished));
    if (this.wanted !== address) return;
    below.src = address;
    await below.decode().catch(() => {});
    above.remove();
  }

  #grab(event) {
    if (event.button > 0) return;
    this.setPointerCapture(event.pointerId);
    this.#drag(event);
  }

  #drag(event) {
    const box = this.getBoundingClientRect();
    this.isTouched = true;
    this.classList.remove("unveiling");
    this.#show(Math.max(0, Math.min(100, ((event.clientX - box.left) / box.width) * 100)));
  }

  #show(share) {
    this.range.value = share;
    this.range.setAttribute("aria-valuetext", say("compare_value", { n: Math.round(share) }));
    this.style.setProperty("--at", `${share}%`);
  }
}

customElements.define("compare-slider", CompareSlider);
