// <welcome-page> stands in the page as it is sent, in both languages, so that it is there before any script. This brings it to
// life: the two ways to a photo, the monitor it plays with, what went wrong with the last photo, a visit that is under way.

import { Element } from "../../shared/element.js";
import { friendly } from "../../shared/problems.js";
import { html, render } from "../../shared/dom.js";
import { inLanguage, language } from "../../shared/words.js";
import { kept } from "../keeping.js";
import { say } from "../words.js";

class WelcomePage extends Element {
  // app: has visit, begin(file, {isPublic}), cameByCode
  meet(app) {
    this.app = app;
    this.sheet = this.querySelector(".sheet");
    this.listen(app.visit.pass, "change", () => this.#greet());
    this.listen(this, "change", (event) => event.target.type === "file" && this.#take(event.target));
    this.onClick("[data-close]", () => this.sheet.close());
    this.#greet();
    if (app.cameByCode && isUnderWay()) this.#open("under_way");
    for (const input of this.querySelectorAll("input[type=file]")) this.#take(input); // chosen before the script was there
  }

  // What depends on the visit and the language: the trouble with the last photo, a visit to go back to, who paints today.
  offer() {
    const { problem, booth } = this.app.visit;
    const trouble = problem && friendly(problem, language());
    if (problem) this.removeAttribute("aria-busy");
    render(this.querySelector(".trouble"), html`${trouble && html`<strong>${trouble.title}</strong> ${trouble.next}`}`);
    render(this.querySelector(".pause"), html`${booth.intake?.is_paused && html`<strong>${say("intake_paused")}</strong> ${inLanguage(booth.intake.message)}`}`);
    const { id, isPending } = kept();
    const way = this.querySelector(".way-back");
    way.hidden = !id && !isPending;
    way.href = id ? `/v/${id}` : "/";
    this.querySelector(".today").hidden = !Object.keys(booth.artists).length;
    render(this.querySelector(".painters"), html`${Object.values(booth.artists).map((one) => html`<li>${inLanguage(one.name)}</li>`)}`);
    this.#greet();
    if (this.sheet.open) this.#open(this.sheet.dataset.about);
  }

  // Which monitor the phone plays with. It lies over the picture, so nothing moves when it comes.
  #greet() {
    const { state, kiosk } = this.app.visit.pass;
    const text = state === "asking" ? say("monitor_asking") : state === "there" ? say("monitor_there", { name: kiosk.name }) : "";
    const monitor = this.querySelector(".monitor");
    if (monitor.textContent !== text) monitor.textContent = text;
    if (state === "expired" && !this.wasTold && !this.hidden && !isUnderWay()) this.#open("expired");
  }

  #open(about) {
    this.wasTold = true;
    this.sheet.dataset.about = about;
    const ways = about === "expired" ? html`<button type="button" data-close autofocus>${say("without_monitor")}</button>`
      : html`<a class="button" href="/v/${kept().id}" autofocus>${say("go_on")}</a><button type="button" class="quiet" data-close>${say("again")}</button>`;
    render(this.sheet, html`<h2 id="sheet-title" class="display">${say(about)}</h2><p>${say(`${about}_lead`)}</p>${ways}`);
    if (!this.sheet.open) this.sheet.showModal();
  }

  async #take(input) {
    const [file] = input.files ?? [];
    if (!file) return;
    const tick = this.querySelector("#public");
    this.setAttribute("aria-busy", "true");
    await this.app.begin(file, { isPublic: tick.checked }).finally(() => {
      this.removeAttribute("aria-busy");
      input.value = "";
      tick.checked = false; // the next visit is asked anew
    });
  }
}

// A quiz of this phone that was not finished.
function isUnderWay() {
  const { id, isAnswered } = kept();
  return Boolean(id) && !isAnswered;
}

customElements.define("welcome-page", WelcomePage);
