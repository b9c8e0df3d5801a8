// <visitor-card> is another visitor's way through the mesh in small: who, a light for every stop, where it is. `update(show, artist)`.

import { html, render } from "../../shared/dom.js";
import { Element, useStyle } from "../../shared/element.js";
import { isRevealed, matchedHop } from "../choosing.js";
import { say } from "../speaking.js";
import { sized, summaryOf } from "../telling.js";
import "../visitor-token/visitor-token.js";

useStyle(import.meta.url);

class VisitorCard extends Element {
  update(show, artist) {
    if (!this.firstChild) render(this, html`<visitor-token></visitor-token><p class="summary"></p><p class="number figures"></p><div class="lights" aria-hidden="true"></div>`);
    const isMatched = isRevealed(show);
    const face = isMatched && show.photo_url ? sized(matchedHop(show).picture_url, "thumb") : null; // the painting, once it is the one
    this.querySelector("visitor-token").update(face ? { ...show, photo_url: matchedHop(show).picture_url } : show);
    this.toggleAttribute("data-matched", isMatched);
    this.#say(".summary", summaryOf(show, artist));
    this.#say(".number", show.number ? `${say("ticket_number")} ${show.number}` : "");
    const lights = this.querySelector(".lights");
    while (lights.children.length > show.hops.length) lights.lastChild.remove();
    while (lights.children.length < show.hops.length) lights.append(document.createElement("i"));
    show.hops.forEach((hop, index) => { lights.children[index].dataset.state = hop.state; });
  }

  #say(selector, text) {
    const place = this.querySelector(selector);
    if (place.textContent !== text) place.textContent = text;
  }
}

customElements.define("visitor-card", VisitorCard);
