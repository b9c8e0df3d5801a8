// <growing-canvas> is one painter's canvas: a pencil sketch of the photo, the layers of paint as they come, the painting. Without
// pictures (the visitor has not said yes) five strokes of the painter's pigment grow instead. `update(hop, photoUrl, size)`.

import { html, render } from "../../shared/dom.js";
import { Element, useStyle } from "../../shared/element.js";
import { shareOf, sized } from "../telling.js";

useStyle(import.meta.url);

const LAID_MS = 700;

class GrowingCanvas extends Element {
  #wanted = null;
  #shown = null;
  #isLoading = false;

  start() {
    if (this.firstChild) return;
    render(this, html`<div class="strokes" aria-hidden="true"><i></i><i></i><i></i><i></i><i></i></div>
      <div class="pictures"></div><div class="bar" aria-hidden="true"><i></i></div>`);
  }

  update(hop, photoUrl, size = "screen") {
    this.start();
    this.dataset.state = hop.state;
    this.style.setProperty("--share", shareOf(hop));
    this.toggleAttribute("data-private", !photoUrl && !hop.preview_url && !hop.picture_url);
    this.#sketch(photoUrl);
    this.#wanted = hop.picture_url ? sized(hop.picture_url, size) : hop.preview_url;
    if (this.#wanted) this.#load();
    else this.#clear();
  }

  #sketch(photoUrl) {
    const sketch = this.querySelector(".sketch");
    if (!photoUrl) return sketch?.remove();
    if (sketch) return undefined;
    const picture = new Image();
    picture.alt = "";
    picture.className = "sketch";
    picture.onerror = () => picture.remove();
    picture.src = sized(photoUrl, "thumb");
    return this.querySelector(".pictures").prepend(picture);
  }

  // A visitor who takes the yes back is seen no longer.
  #clear() {
    this.#shown = null;
    for (const one of this.querySelectorAll(".paint")) one.remove();
  }

  // The newest picture is shown once it is decoded, laid over the one before; those that come meanwhile are passed over.
  async #load() {
    if (this.#isLoading || this.#wanted === this.#shown) return;
    this.#isLoading = true;
    const next = this.#wanted;
    const picture = new Image();
    picture.alt = "";
    picture.className = "paint";
    picture.src = next;
    const isThere = await picture.decode().then(() => true, () => false); // a preview may be gone again: the next one comes
    this.#isLoading = false;
    if (!this.#wanted) return;
    this.#shown = next;
    if (isThere) this.#lay(picture);
    this.#load();
  }

  #lay(picture) {
    const before = this.querySelectorAll(".paint");
    this.querySelector(".pictures").append(picture);
    setTimeout(() => before.forEach((one) => one.remove()), LAID_MS);
  }
}

customElements.define("growing-canvas", GrowingCanvas);
