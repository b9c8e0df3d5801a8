// <visitor-token> stands for a visitor: the thumbnail of the photo or, without the visitor's yes, a neutral head in a pigment of
// its own. `update(show)`; a show that loses its pictures loses the thumbnail at once.

import { html, render } from "../../shared/dom.js";
import { Element, useStyle } from "../../shared/element.js";
import { pigment, PIGMENTS, sized } from "../telling.js";

useStyle(import.meta.url);

class VisitorToken extends Element {
  update(show) {
    if (!this.firstChild) {
      render(this, html`<svg viewBox="0 0 40 40" aria-hidden="true"><circle cx="20" cy="15.5" r="7.5"></circle><path d="M5.5 40c0-9 6.5-13.5 14.5-13.5S34.5 31 34.500 40z"></path></svg>`);
      this.style.setProperty("--pigment", pigment(numberOf(show.ref) % PIGMENTS.length));
    }
    const url = sized(show.photo_url, "thumb");
    const picture = this.querySelector("img");
    if (url === (picture?.getAttribute("src") ?? null)) return;
    picture?.remove();
    if (!url) return;
    const next = new Image();
    next.alt = "";
    next.onerror = () => next.remove();
    next.src = url;
    this.append(next);
  }
}

const numberOf = (ref) => [...ref].reduce((sum, sign) => (sum * 31 + sign.codePointAt(0)) % 9973, 7);

customElements.define("visitor-token", VisitorToken);
