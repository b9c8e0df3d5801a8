// <intake-page> while the booth takes no new visits: the staff's words, the photo that waits, and when it is tried again. It goes
// on by itself; nobody has to stand there and tap.

import { Element, useStyle } from "../../shared/element.js";
import { html, render } from "../../shared/dom.js";
import { inLanguage } from "../../shared/words.js";
import { tryNow } from "../sending.js";
import { lettering } from "../lettering.js";
import { say } from "../words.js";

useStyle(import.meta.url);

const ENDING_MS = 2000; // the last moment is not counted: it may be any of them

class IntakePage extends Element {
  start() {
    this.#draw();
    this.listen(this.visit, "sending", () => this.#draw());
    this.onClick("[data-now]", tryNow);
    this.onClick("[data-leave]", () => this.app.giveUp());
    this.clock = setInterval(() => this.#count(), 1000);
  }

  stop() {
    clearInterval(this.clock);
  }

  // Only when it is another trouble, or other words: what stands still is not read aloud again.
  #draw() {
    const { trouble, says } = this.visit.sending ?? {};
    const words = inLanguage(says);
    const what = JSON.stringify([trouble, words]);
    if (!trouble || what === this.what) return this.#count();
    this.what = what;
    const title = say(trouble);
    render(this, html`<img class="photo" src="${this.visit.localPhoto}" alt="${say("photo")}">
      <h1 tabindex="-1" class="${lettering(title)}">${title}</h1>
      ${words && html`<figure class="words"><figcaption>${say("staff_says")}</figcaption>${words}</figure>`}
      <p class="lead">${say(`${trouble}_lead`)} ${say("photo_waits")}</p><p class="again"></p>
      <div class="ways"><button type="button" class="big" data-now>${say("try_now")}</button>
      <button type="button" class="bare" data-leave>${say("leave")}</button></div>`);
    this.querySelector("img").onerror = ({ target }) => target.remove(); // HEIC that this browser cannot read
    return this.#count();
  }

  #count() {
    const left = (this.visit.sending?.againAt ?? 0) - Date.now();
    const seconds = Math.ceil(left / 1000);
    const text = left < ENDING_MS ? say("trying") : seconds < 100 ? say("again_seconds", { n: seconds }) : say("again_minutes", { n: Math.ceil(seconds / 60) });
    const again = this.querySelector(".again");
    if (again && again.textContent !== text) again.textContent = text;
  }
}

customElements.define("intake-page", IntakePage);
