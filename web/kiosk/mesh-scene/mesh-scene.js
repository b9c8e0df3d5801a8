// <mesh-scene> shows one visitor's photo on its way, and tells somebody who passes by what is going on. Set `app` and `ref` first.

import { html, render } from "../../shared/dom.js";
import { Element, useStyle } from "../../shared/element.js";
import "../mesh-map/mesh-map.js";
import { language, lettering, say } from "../speaking.js";
import { narration, spokenSeconds } from "../telling.js";
import { boothNow, tick } from "../timing.js";

useStyle(import.meta.url);

class MeshScene extends Element {
  #drawn = "";

  start() {
    this.update();
    tick(this.gone, 1000, () => this.#since());
  }

  update() {
    const show = this.app.booth.shows.get(this.ref);
    if (!show) return;
    if (this.#drawn !== language()) this.#draw();
    this.querySelector("mesh-map").update(show, this.app.booth);
    this.#narrate(show);
    this.#since();
  }

  #draw() {
    this.#drawn = language();
    const title = say("mesh");
    render(this, html`<header><h1 class="${lettering(title)}">${title}</h1><p class="since figures"></p></header><mesh-map></mesh-map><div class="narrator" role="status"></div>`);
  }

  #narrate(show) {
    const [key, values] = narration(show);
    const text = say(key, values) + (show.photo_url || key !== "tell_done" ? "" : ` ${say("no_pictures")}`);
    const place = this.querySelector(".narrator");
    if (place.dataset.text === text) return;
    place.dataset.text = text;
    render(place, html`<p>${text}</p>`);
  }

  #since() {
    const show = this.app.booth.shows.get(this.ref);
    const place = this.querySelector(".since");
    if (!show || !place) return;
    const since = Math.max(0, Math.round((boothNow() - Date.parse(show.began_at)) / 1000));
    place.textContent = show.number ? `${say("ticket_number")} ${show.number}` : say("since", { n: since < 120 ? say("seconds", { n: since }) : spokenSeconds(since) });
  }
}

customElements.define("mesh-scene", MeshScene);
