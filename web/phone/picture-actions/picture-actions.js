// <picture-actions artist="renoir"> saves and shares one painting. Set `visit`. What is shared is the picture itself: the address of
// a visit is its key, and whoever has it can delete everything. Only where pictures cannot be shared there is "copy my link".
// `aim()` when there is another picture of the same artist.

import { Element, useStyle } from "../../shared/element.js";
import { html, render } from "../../shared/dom.js";
import { inLanguage } from "../../shared/words.js";
import { say } from "../words.js";

useStyle(import.meta.url);

class PictureActions extends Element {
  start() {
    const id = this.getAttribute("artist");
    this.fileName = `articket-${id}.jpg`;
    this.name = inLanguage(this.visit.booth.artist(id).name);
    const canShare = Boolean(navigator.canShare?.({ files: [new File([""], "a.jpg", { type: "image/jpeg" })] }));
    render(this, html`<a class="button light" download="${this.fileName}">${ARROW}${say("save")}</a>
      ${canShare ? html`<button type="button" class="quiet" data-share>${PLANE}${say("share")}</button>` : html`<button type="button" class="quiet" data-copy>${say("copy")}</button>`}
      <p role="status"></p>`);
    this.canShare = canShare;
    this.aim();
    this.onClick("[data-share]", () => this.#share());
    this.onClick("[data-copy]", () => this.#copy());
  }

  aim() {
    const painting = this.visit.view.paintings.find((one) => one.artist_id === this.getAttribute("artist"));
    this.address = `${painting.url}&size=print`;
    this.querySelector("a").href = this.address;
    if (this.canShare) this.file = this.#fetch(); // at once: sharing must follow the tap without a wait
  }

  async #fetch() {
    const response = await fetch(this.address).catch(() => null);
    return response?.ok ? new File([await response.blob()], this.fileName, { type: "image/jpeg" }) : null;
  }

  async #share() {
    const file = await (this.file ??= this.#fetch());
    if (!file) return void (this.file = null);
    await navigator.share({ files: [file], text: say("share_text", { name: this.name }) }).catch(() => {}); // changed their mind
  }

  async #copy() {
    const link = `${location.origin}/v/${this.visit.id}`;
    try {
      await navigator.clipboard.writeText(link);
      this.querySelector("[role=status]").textContent = say("copied");
    } catch {
      this.querySelector("[role=status]").textContent = link; // no clipboard here: it can be copied by hand
    }
  }
}

const ARROW = html`<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M12 4v11m-5-5 5 5 5-5M5 20h14"/></svg>`;
const PLANE = html`<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M12 15V4m-5 5 5-5 5 5M5 13v7h14v-7"/></svg>`;

customElements.define("picture-actions", PictureActions);
