// <show-track> is one visitor's way through the mesh as a line of stops, below the quiz: every canvas grows, every stop is lit by the
// real event and keeps its real time. `update(show, session, booth)`; before the photo is there, it says so.

import { html, render } from "../../shared/dom.js";
import { Element, useStyle } from "../../shared/element.js";
import { artistOf, hopOf, paintingsOf } from "../choosing.js";
import "../growing-canvas/growing-canvas.js";
import { inLanguage, language, say } from "../speaking.js";
import { paintingRemark, paintingStatus, pigment, secondsOf, spokenSeconds, stationStatus } from "../telling.js";
import { tick } from "../timing.js";
import "../visitor-token/visitor-token.js";

useStyle(import.meta.url);

const MANY = 5; // more painters than this have no room for their words

class ShowTrack extends Element {
  #drawn = "";
  #show = null;

  start() {
    tick(this.gone, 200, () => this.#count());
  }

  update(show, session, booth) {
    this.#show = show;
    const names = show?.hops.map((hop) => hop.name).join() ?? (session.is_photo_there ? "coming" : "");
    const key = [names, language(), booth.artists.length].join("|");
    if (key !== this.#drawn) this.#draw(show, booth, key);
    if (show) this.#tell(show);
  }

  #draw(show, booth, key) {
    this.#drawn = key;
    if (!show?.hops.length) {
      render(this, html`<p class="coming"><b>${say("photo_coming")}</b> ${say("photo_coming_lead")}</p>`);
      return;
    }
    const station = (name) => hopOf(show, name) && html`<li class="stop" data-hop="${name}"><i class="light" aria-hidden="true"></i><b>${say(name)}</b><small></small><small class="seconds figures"></small></li>`;
    const canvas = (hop) => html`<li class="painter" data-hop="${hop.name}"><growing-canvas></growing-canvas><span class="seconds figures"></span><b>${inLanguage(booth.artist(artistOf(hop)).name)}</b><small></small></li>`;
    render(this, html`<h2 class="visually-hidden">${say("meanwhile")}</h2><visitor-token></visitor-token><ol>${["gateway", "caption"].map(station)}${paintingsOf(show).map(canvas)}${station("ticket")}</ol>`);
    this.querySelectorAll("growing-canvas").forEach((one, index) => one.style.setProperty("--pigment", pigment(index)));
    this.style.setProperty("--painters", paintingsOf(show).length);
    this.toggleAttribute("data-many", paintingsOf(show).length > MANY);
  }

  #tell(show) {
    this.querySelector("visitor-token")?.update(show);
    for (const hop of show.hops) {
      const item = this.querySelector(`[data-hop="${hop.name}"]`);
      if (!item) continue;
      item.dataset.state = hop.state;
      const isPainting = hop.name.startsWith("paint:");
      if (isPainting) item.querySelector("growing-canvas").update(hop, show.photo_url, "thumb");
      const text = isPainting ? paintingRemark(hop) || paintingStatus(hop) : stationStatus(hop);
      const note = item.querySelector("small");
      if (note.textContent !== text) note.textContent = text;
    }
    this.#count();
  }

  #count() {
    for (const hop of this.#show?.hops ?? []) {
      const place = this.querySelector(`[data-hop="${hop.name}"] .seconds`);
      const text = spokenSeconds(secondsOf(hop));
      if (place && place.textContent !== text) place.textContent = text;
    }
  }
}

customElements.define("show-track", ShowTrack);
