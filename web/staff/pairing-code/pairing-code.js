// <pairing-code> makes a code that pairs one monitor, shows it large while it is good, and tells when the monitor is there.

import { html } from "../../shared/dom.js";
import { useStyle } from "../../shared/element.js";
import * as api from "../api.js";
import { actionButton } from "../buttons.js";
import { CHECK, CLOSE, MONITOR } from "../icons.js";
import { Panel } from "../panel.js";
import { countdown } from "../telling.js";
import { say } from "../words.js";

useStyle(import.meta.url);

class PairingCode extends Panel {
  #given = null; // {code, expires_at}
  #known = new Set(); // the kiosks that were there before
  #paired = null; // the name of the one that came
  #ticking = 0;

  stop() {
    clearInterval(this.#ticking);
  }

  draw() {
    this.#meet();
    super.draw();
  }

  markup() {
    const standing = this.acting.of("pair");
    const failures = html`<div class="failures" role="alert" data-key="failures">${this.failures("pair")}</div>`;
    if (!this.#given) {
      return html`${this.#paired && html`<p class="paired" data-key="paired">${CHECK}<b>${say("paired", { name: this.#paired })}</b></p>`}
        ${actionButton(standing, { run: "pair", label: say("pair"), busy: say("pairing"), done: say("pair"), icon: MONITOR, look: "quiet wide" })}${failures}`;
    }
    const left = Date.parse(this.#given.expires_at) - this.desk.now;
    return html`<div class="given" data-key="given" role="group" aria-label="${say("pair")}" tabindex="-1"><button type="button" class="close" data-run="close" data-of="" aria-label="${say("close")}">${CLOSE}</button>
      ${left > 0 ? html`<p>${say("pair_lead", { address: `${location.host}/kiosk` })}</p><p class="code" data-key="code"><span>${this.#given.code.slice(0, 4)}</span> <span>${this.#given.code.slice(4)}</span></p>
        <p class="left" role="timer" data-key="left">${say("pair_left")} <b>${countdown(left)}</b></p>`
    : html`<p data-key="over">${say("pair_over")}</p>${actionButton(standing, { run: "pair", of: "anew", label: say("pair_anew"), busy: say("pairing") })}`}${failures}</div>`;
  }

  async pair() {
    this.#paired = null;
    this.#known = new Set(this.desk.booth.kiosks.map(({ id }) => id));
    let given = null;
    if (!await this.desk.act("pair", async () => { given = await api.pairingCode(); }, null, 0)) return;
    this.#given = given;
    clearInterval(this.#ticking);
    this.#ticking = setInterval(() => this.draw(), 500);
    this.draw();
    this.querySelector(".given")?.focus();
    this.app.announce(say("pair_ready", { code: [...given.code].join(" ") }));
  }

  close() {
    clearInterval(this.#ticking);
    this.#given = null;
    this.draw();
    this.querySelector("button").focus();
  }

  // Whether the monitor has come: a kiosk that was not there when the code was made.
  #meet() {
    const kiosk = this.#given && this.desk.booth?.kiosks.find(({ id }) => !this.#known.has(id));
    if (!kiosk) return;
    clearInterval(this.#ticking);
    this.#given = null;
    this.#paired = kiosk.name;
    this.app.announce(say("paired", { name: kiosk.name }));
  }
}

customElements.define("pairing-code", PairingCode);
