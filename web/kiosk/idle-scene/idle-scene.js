// <idle-scene> invites: the portrait in strips and, in turn with it, what was painted here just now as a wall that drifts by, and who
// paints today. Where nobody has allowed a painting yet, the wall shows examples. Set `app` first.

import { html, prefersStillness, render } from "../../shared/dom.js";
import { Element, useStyle } from "../../shared/element.js";
import { inLanguage, language, lettering, otherLanguage, say, sayIn } from "../speaking.js";
import { sized } from "../telling.js";

useStyle(import.meta.url);

const TURN_MS = 18_000; // the portrait, then the wall
const EXAMPLES = ["vangogh", "picasso", "renoir", "lichtenstein"]; // in the order of the sprite's tiles
const ON_THE_WALL = 8; // in each copy of the row that drifts

class IdleScene extends Element {
  #drawn = "";
  #hung = "";
  #turns = 0;

  start() {
    this.update();
    this.#turns = setInterval(() => this.#turn(), TURN_MS);
  }

  stop() {
    clearInterval(this.#turns);
  }

  update() {
    if (this.#drawn !== language()) this.#draw();
    this.#hang();
    const names = this.app.booth.artists.map((one) => inLanguage(one.name));
    const list = this.querySelector(".painters ul");
    if (list.dataset.names === names.join()) return;
    list.dataset.names = names.join();
    render(list, html`${names.map((name) => html`<li>${name}</li>`)}`);
  }

  #draw() {
    this.#drawn = language();
    this.#hung = "";
    const lines = ["subtitle_1", "subtitle_2"].map((key) => say(key));
    render(this, html`<div class="show"><div class="poster painted-portrait" role="img" aria-label="${say("portrait")}"><span></span><span></span><span></span><span></span><span></span></div>
      <div class="wall" hidden aria-hidden="true"></div>
      <div class="headline"><p class="now" aria-hidden="true">${say("gallery")}</p><h1 class="${lettering(lines.join(""))}">${lines[0]}<br> ${lines[1]}</h1><p class="both" lang="${otherLanguage()}">${sayIn(otherLanguage(), "subtitle")}</p></div></div>
      <section class="painters" aria-label="${say("painters")}"><h2>${say("painters")}</h2><ul></ul></section>`);
  }

  // The wall is hung again only while it is not seen, or when a picture on it must not be seen any more.
  #hang() {
    const { recent } = this.app.booth.kiosk;
    const key = recent.map((one) => one.picture_url).join();
    const wall = this.querySelector(".wall");
    const isGone = [...wall.querySelectorAll("img")].some((img) => !recent.some((one) => img.dataset.ref === one.ref));
    if (key === this.#hung && wall.firstChild) return;
    if (!wall.hidden && !isGone) return;
    this.#hung = key;
    const pictures = [...recent.map((one) => this.#recent(one)), ...this.#examples(recent.length)];
    const rows = [pictures.filter((_, index) => index % 2 === 0), pictures.filter((_, index) => index % 2 === 1)];
    render(wall, html`${rows.map((row) => html`<div class="row"><div class="drift">${filled(row)}${filled(row)}</div></div>`)}`);
  }

  #recent({ ref, artist_id: id, picture_url: url }) {
    const name = inLanguage(this.app.booth.artist(id).name);
    return html`<figure><img src="${sized(url, "screen")}" alt="" data-ref="${ref}"><figcaption>${name}</figcaption></figure>`;
  }

  #examples(recent) {
    const names = EXAMPLES.filter((id) => this.app.booth.artists.some((one) => one.id === id));
    return recent >= ON_THE_WALL ? [] : names.map((id) => html`<figure class="example" data-tile="${EXAMPLES.indexOf(id) + 1}"><div class="tile"></div><figcaption>${inLanguage(this.app.booth.artist(id).name)} · ${say("example")}</figcaption></figure>`);
  }

  #turn() {
    const wall = this.querySelector(".wall");
    if (!wall.hidden) { this.#face("poster"); return; }
    this.#hang();
    if (wall.querySelector("figure")) this.#face("wall");
  }

  #face(name) {
    const isWall = name === "wall";
    this.dataset.face = name;
    const wall = this.querySelector(".wall");
    const change = (element, isShown) => {
      element.hidden = false;
      const fade = element.animate({ opacity: isShown ? [0, 1] : [1, 0] }, { duration: prefersStillness() ? 1 : 1200, easing: "ease" });
      fade.onfinish = () => { element.hidden = !isShown; if (!isShown && isWall === false) this.#hang(); };
    };
    change(wall, isWall);
  }
}

// A row is at least as long as the stage is wide, so that two copies can drift without a seam.
function filled(row) {
  if (!row.length) return "";
  return Array.from({ length: Math.max(row.length, Math.min(ON_THE_WALL, 5)) }, (_, index) => row[index % row.length]);
}

customElements.define("idle-scene", IdleScene);
