// <painting-dialog> shows one of the other paintings large, beside the photo. Set `visit`; `open(artist_id)`.

import { Element, useStyle } from "../../shared/element.js";
import { html, render } from "../../shared/dom.js";
import { inLanguage } from "../../shared/words.js";
import "../compare-slider/compare-slider.js";
import "../picture-actions/picture-actions.js";
import { lettering } from "../lettering.js";
import { say } from "../words.js";

useStyle(import.meta.url);

class PaintingDialog extends Element {
  open(id) {
    const { view, photoUrl } = this.visit;
    const artist = this.visit.booth.artist(id);
    const name = inLanguage(artist.name);
    const painting = view.paintings.find((one) => one.artist_id === id);
    render(this, html`<dialog aria-labelledby="painting-of"><button type="button" class="close" data-close aria-label="${say("close")}">×</button>
      <compare-slider photo="${photoUrl}" painting="${painting.url}&size=screen" name="${name}"></compare-slider>
      <h2 id="painting-of" class="${lettering(name)}">${name}</h2><p>${inLanguage(artist.title)}</p><div class="actions"></div></dialog>`);
    const actions = document.createElement("picture-actions");
    actions.setAttribute("artist", id);
    actions.visit = this.visit;
    this.querySelector(".actions").append(actions);
    this.dialog = this.querySelector("dialog");
    const closed = new AbortController();
    this.visit.addEventListener("repainted", ({ detail }) => detail.artist_id === id && this.#repainted(detail), { signal: closed.signal });
    this.dialog.addEventListener("close", () => { closed.abort(); this.replaceChildren(); });
    this.dialog.addEventListener("click", (event) => (event.target === this.dialog || event.target.closest("[data-close]")) && this.dialog.close());
    this.dialog.showModal();
    this.querySelector("compare-slider").unveil();
  }

  #repainted({ url }) {
    this.querySelector("compare-slider").repaint(`${url}&size=screen`);
    this.querySelector("picture-actions").aim();
  }
}

customElements.define("painting-dialog", PaintingDialog);
