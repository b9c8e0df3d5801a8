// <reveal-scene> is the moment: the photo turns into the painting strip by strip, the painter's name lands, why it is that one, the
// ticket's number; the other canvases go on below. Set `app` and `ref` first.

import { html, render } from "../../shared/dom.js";
import { Element, useStyle } from "../../shared/element.js";
import { artistOf, hopOf, matchedHop, paintingsOf } from "../choosing.js";
import "../growing-canvas/growing-canvas.js";
import { inLanguage, language, lettering, say } from "../speaking.js";
import { paintingStatus, pigment, sized, ticketPrintStatus } from "../telling.js";

useStyle(import.meta.url);

class RevealScene extends Element {
  #drawn = "";
  #picture = null;

  start() {
    this.update();
  }

  update() {
    const show = this.app.booth.shows.get(this.ref);
    if (!show?.match) return;
    const key = [language(), show.match.artist_id, paintingsOf(show).length, this.app.booth.artists.length].join();
    if (key !== this.#drawn) this.#draw(show, key);
    this.#unveil(show);
    this.#stub(show);
    for (const hop of paintingsOf(show)) {
      const item = this.querySelector(`[data-hop="${hop.name}"]`);
      if (!item) continue;
      item.querySelector("growing-canvas").update(hop, show.photo_url, "thumb");
      const text = hop.state === "done" ? "" : paintingStatus(hop);
      if (item.querySelector("small").textContent !== text) item.querySelector("small").textContent = text;
      item.hidden = hop.state === "skipped" || Boolean(hop.waits_for); // whom nobody has asked
    }
    const also = this.querySelector(".also");
    if (also) also.hidden = !also.querySelector("li:not([hidden])");
  }

  #draw(show, key) {
    this.#drawn = key;
    this.#picture = undefined;
    const artist = this.app.booth.artist(show.match.artist_id);
    const name = inLanguage(artist.name);
    const others = paintingsOf(show).filter((hop) => hop !== matchedHop(show));
    const other = (hop) => html`<li data-hop="${hop.name}"><growing-canvas></growing-canvas><div><b>${inLanguage(this.app.booth.artist(artistOf(hop)).name)}</b><small></small></div></li>`;
    this.style.setProperty("--longest", widestWord(name));
    render(this, html`<div class="frame"></div><div class="words"><h1><span class="yours">${say("yours")}</span> <span class="name ${lettering(name)}">${name}</span></h1>
      <p class="title">${inLanguage(artist.title)}</p><p class="because">${inLanguage(show.match.because)}</p><div class="stub"></div>
      ${others.length > 0 && html`<section class="also"><h2>${say("also")}</h2><ul>${others.map(other)}</ul></section>`}</div>`);
    const order = paintingsOf(show).map((hop) => hop.name);
    for (const item of this.querySelectorAll("[data-hop]")) item.style.setProperty("--pigment", pigment(order.indexOf(item.dataset.hop)));
  }

  // Pictures come with the visitor's yes and go with it.
  async #unveil(show) {
    const url = sized(matchedHop(show).picture_url, "screen");
    if (url === this.#picture) return;
    this.#picture = url;
    const frame = this.querySelector(".frame");
    const name = inLanguage(this.app.booth.artist(show.match.artist_id).name);
    frame.style.setProperty("--pigment", pigment(paintingsOf(show).indexOf(matchedHop(show))));
    if (!url) return render(frame, html`<div class="private"><i></i><i></i><i></i><i></i><i></i></div><p>${say("only_on_phone")}</p>`);
    const probe = new Image();
    probe.src = url;
    await probe.decode().catch(() => {});
    if (this.#picture !== url) return undefined;
    if (frame.querySelector(".strips")) return this.#paintOver(frame, url);
    const strip = html`<i><img src="${url}" alt=""></i>`;
    return render(frame, html`<div class="picture" role="img" aria-label="${say("painting_of", { name })}">${show.photo_url && html`<img class="photo" src="${sized(show.photo_url, "screen")}" alt="">`}<div class="strips">${[strip, strip, strip, strip, strip]}</div></div>`);
  }

  // The artist's own painting has come after a stand-in's: one turns into the other.
  #paintOver(frame, url) {
    const picture = new Image();
    Object.assign(picture, { alt: "", className: "anew", src: url });
    frame.querySelector(".picture").append(picture);
  }

  #stub(show) {
    const isTicketLost = hopOf(show, "ticket")?.state === "failed";
    const text = isTicketLost ? say("ticket_failed") : show.number ? ticketPrintStatus(show.ticket_print) : say("ticket_soon");
    const stub = this.querySelector(".stub");
    const key = `${show.number} ${text}`;
    if (stub.dataset.key === key) return;
    stub.dataset.key = key;
    stub.toggleAttribute("data-ready", Boolean(show.number));
    render(stub, html`<p class="number figures"><span>${show.number ? say("ticket_number") : say("your_ticket")}</span> ${show.number && html`<b>${show.number}</b>`}</p><p class="print">${text}</p>`);
  }
}

// How wide the longest word is, in letters' heights: the name is set as large as it fits.
const widestWord = (text) => Math.max(...text.split(/\s/).map((word) => [...word].reduce((sum, sign) => sum + (sign > "\u1100" ? 0.95 : 0.64), 0)));

customElements.define("reveal-scene", RevealScene);
