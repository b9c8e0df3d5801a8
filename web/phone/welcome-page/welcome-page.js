// <welcome-page> stands in the page as it is sent, in both languages, so that it is there before any script. This brings it to
// life: the two ways to a photo, what went wrong with the last one, and the way back to a visit of this phone.

import { Element } from "../../shared/element.js";
import { friendly } from "../../shared/problems.js";
import { html, render } from "../../shared/dom.js";
import { inLanguage, language } from "../../shared/words.js";
import { kept } from "../keeping.js";

class WelcomePage extends Element {
  // app: has visit, begin(file)
  meet(app) {
    this.app = app;
    this.listen(this, "change", (event) => this.#take(event.target));
    for (const input of this.querySelectorAll("input[type=file]")) this.#take(input); // chosen before the script was there
  }

  // What depends on the visit: the trouble with the last photo, a visit to go back to, who paints today.
  offer() {
    const { problem, artists } = this.app.visit;
    const trouble = problem && friendly(problem, language());
    render(this.querySelector(".trouble"), html`${trouble && html`<strong>${trouble.title}</strong> ${trouble.next}`}`);
    const { id } = kept();
    const way = this.querySelector(".way-back");
    way.hidden = !id;
    if (id) way.href = `/v/${id}`;
    this.querySelector(".today").hidden = !Object.keys(artists).length;
    render(this.querySelector(".painters"), html`${Object.values(artists).map((one) => html`<li>${inLanguage(one.name)}</li>`)}`);
  }

  async #take(input) {
    const [file] = input.files ?? [];
    if (!file) return;
    this.setAttribute("aria-busy", "true");
    await this.app.begin(file).finally(() => { this.removeAttribute("aria-busy"); input.value = ""; });
  }
}

customElements.define("welcome-page", WelcomePage);
