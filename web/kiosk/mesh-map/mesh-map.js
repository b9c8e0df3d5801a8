// <mesh-map> is the live picture of the mesh: the stops of one visitor's photo, gateway → caption → every painter → ticket → printer,
// each lit by the real event with its real time. `update(show, booth)`.

import { html, render } from "../../shared/dom.js";
import { Element, useStyle } from "../../shared/element.js";
import { artistOf, hopOf, paintingsOf } from "../choosing.js";
import "../growing-canvas/growing-canvas.js";
import { inLanguage, language, say } from "../speaking.js";
import { paintingRemark, paintingStatus, pigment, placeOf, secondsOf, spokenSeconds, stationStatus } from "../telling.js";
import { boothNow, tick } from "../timing.js";
import "../visitor-token/visitor-token.js";
import { icon } from "./icons.js";
import { Journey } from "./journey.js";
import { isDense, layOut } from "./laying-out.js";

useStyle(import.meta.url);

class MeshMap extends Element {
  #drawn = "";
  #placed = ""; // the size that everything was placed for
  #show = null;
  #booth = null;
  #journey = new Journey({ rail: (kind, index) => this.#rail(kind, index), token: (show, name) => this.#token(show, name) });

  start() {
    tick(this.gone, 200, () => this.#count());
    const watch = new ResizeObserver(() => this.#size() !== this.#placed && this.#place());
    watch.observe(this);
    this.gone.addEventListener("abort", () => watch.disconnect());
  }

  update(show, booth) {
    this.#show = show;
    this.#booth = booth;
    const key = [show.hops.map((hop) => hop.name).join(), language(), booth.artists.length].join("|");
    if (key !== this.#drawn) this.#draw(key);
    for (const hop of show.hops) this.#tell(hop, show);
    this.#light(show);
    this.#count();
    if (this.#isPlaced()) this.#journey.tell(show, boothNow());
  }

  #draw(key) {
    this.#drawn = key;
    const show = this.#show;
    const station = (name) => hopOf(show, name) && html`<li class="station" data-hop="${name}"><span class="node">${icon(name)}</span>
      <div class="words"><p><b>${say(name)}</b> <span class="seconds figures"></span></p><p class="status"></p><p class="does">${say(`${name}_does`)}</p></div></li>`;
    const painter = (hop) => html`<li class="painter" data-hop="${hop.name}"><growing-canvas></growing-canvas><span class="seconds figures"></span>
      <div class="words"><b>${inLanguage(this.#booth.artist(artistOf(hop)).name)}</b><p class="status"></p><p class="remark"></p><p class="place"></p></div></li>`;
    render(this, html`<svg class="rails" aria-hidden="true"></svg><ol>${["gateway", "caption"].map(station)}${paintingsOf(show).map(painter)}${["ticket", "print"].map(station)}</ol><div class="tokens" aria-hidden="true"></div>`);
    this.querySelectorAll(".painter").forEach((one, index) => one.style.setProperty("--pigment", pigment(index)));
    this.#place();
  }

  #place() {
    if (!this.#show || !this.#isPlaced() || !this.firstChild) return;
    this.#placed = this.#size();
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    const { offsetWidth: width, offsetHeight: height } = this;
    const hasPrint = Boolean(hopOf(this.#show, "print"));
    const painters = paintingsOf(this.#show).length;
    const layout = layOut({ width, height, rem, painters, hasPrint });
    this.toggleAttribute("data-dense", isDense({ width, rem, painters }));
    for (const [name, at] of Object.entries(layout.stations)) this.#set(`[data-hop="${name}"]`, { left: at.x, top: at.y, "--room": at.room });
    this.querySelectorAll(".painter").forEach((one, index) => {
      const at = layout.canvases[index];
      this.#set(one, { left: at.x, top: at.y, width: at.width, "--tall": at.height, "--text": at.textHeight });
    });
    const rail = (kind, d, colour = "") => d && html`<path class="rail" data-kind="${kind}" d="${d}"></path><path class="rail lit" data-lit="${kind}" data-colour="${colour}" d="${d}"></path>`;
    const { rails } = layout;
    const svg = this.querySelector(".rails");
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    render(svg, html`${rail("gateway", rails.gateway)}${rail("caption", rails.caption)}${rails.to.map((d, index) => rail(`to ${index}`, d, index))}${rails.from.map((d, index) => rail(`from ${index}`, d, index))}${rail("print", rails.print)}`);
    for (const lit of svg.querySelectorAll(".lit")) if (lit.dataset.colour) lit.style.stroke = pigment(Number(lit.dataset.colour));
    this.querySelector(".tokens").replaceChildren();
    this.#light(this.#show);
    this.#journey.settle(this.#show);
    this.#journey.tell(this.#show, boothNow());
  }

  #tell(hop, show) {
    const item = this.querySelector(`[data-hop="${hop.name}"]`);
    if (!item) return;
    item.dataset.state = hop.state;
    if (!hop.name.startsWith("paint:")) { this.#say(item, ".status", stationStatus(hop)); return; }
    item.toggleAttribute("data-chosen", show.match?.artist_id === artistOf(hop));
    item.querySelector("growing-canvas").update(hop, show.photo_url);
    this.#say(item, ".status", paintingStatus(hop));
    this.#say(item, ".remark", paintingRemark(hop));
    this.#say(item, ".place", placeOf(hop));
  }

  #light(show) {
    const isLit = (hop) => Boolean(hop) && hop.state !== "waiting" && hop.state !== "skipped";
    const set = (kind, lit) => this.querySelector(`[data-lit="${kind}"]`)?.toggleAttribute("data-on", lit);
    for (const name of ["gateway", "caption", "print"]) set(name, isLit(hopOf(show, name)));
    paintingsOf(show).forEach((hop, index) => {
      set(`to ${index}`, isLit(hop));
      set(`from ${index}`, isLit(hopOf(show, "ticket")) && show.match?.artist_id === artistOf(hop));
    });
  }

  #count() {
    for (const hop of this.#show?.hops ?? []) {
      const item = this.querySelector(`[data-hop="${hop.name}"]`);
      if (item) this.#say(item, ".seconds", spokenSeconds(secondsOf(hop)));
    }
  }

  #rail(kind, index) {
    return this.querySelector(`[data-kind="${index === undefined || kind === "print" ? kind : `${kind} ${index}`}"]`);
  }

  #token(show, name) {
    const token = document.createElement("visitor-token");
    token.className = name;
    this.querySelector(".tokens").append(token);
    token.update(show);
    return token;
  }

  #size() { return `${this.offsetWidth} ${this.offsetHeight}`; }

  #isPlaced() { return this.offsetWidth > 0 && this.offsetHeight > 0; }

  #set(place, values) {
    const element = typeof place === "string" ? this.querySelector(place) : place;
    for (const [name, value] of Object.entries(values)) element?.style.setProperty(name, `${value}px`);
  }

  #say(item, selector, text) {
    const place = item.querySelector(selector);
    if (place.textContent !== text) place.textContent = text;
  }
}

customElements.define("mesh-map", MeshMap);
