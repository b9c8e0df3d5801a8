// <kiosks-panel> shows the paired monitors: there or not, who is at them, which code they show. Frees one, unpairs one, pairs another.

import { html } from "../../shared/dom.js";
import { useStyle } from "../../shared/element.js";
import * as api from "../api.js";
import { actionButton } from "../buttons.js";
import "../pairing-code/pairing-code.js";
import { Panel } from "../panel.js";
import { clock } from "../telling.js";
import { say } from "../words.js";

useStyle(import.meta.url);

class KiosksPanel extends Panel {
  #asked = null; // the id of the kiosk that is about to be unpaired

  markup() {
    const { booth } = this.desk;
    if (!booth) return "";
    return html`<section class="panel" aria-labelledby="kiosks"><h2 id="kiosks" tabindex="-1">${say("kiosks")}</h2>
      ${booth.kiosks.length ? html`<ul data-key="list">${booth.kiosks.map((one) => this.#kiosk(one))}</ul>` : html`<p class="empty" data-key="empty">${say("no_kiosks")}</p>`}
      <div class="failures" role="alert">${this.failures("kiosk-")}</div><pairing-code></pairing-code></section>`;
  }

  #kiosk(kiosk) {
    const { id, name, is_connected: isConnected, seen_at: seenAt, code, session } = kiosk;
    const there = isConnected ? say("connected_now") : seenAt ? say("not_connected", { time: clock(seenAt) }) : say("not_connected_ever");
    return html`<li data-key="${id}" class="kiosk ${isConnected ? "" : "away"}"><p class="name"><b>${name}</b></p><p class="state"><span class="dot"></span>${there}</p>
      <p class="use">${session ? use(session) : say("free")}${code && html` · <span>${say("code")} <span class="code">${code}</span></span>`}</p>
      ${this.#asked === id ? this.#question(kiosk) : html`<div class="ways" data-key="ways">
        ${session && actionButton(this.acting.of(`kiosk-${id}-release`), { run: "release", of: id, label: say("release"), busy: say("releasing"), look: "quiet", long: `${say("release")}: ${name}` })}
        <button type="button" class="bare" data-key="ask" data-run="ask" data-of="${id}" aria-label="${say("unpair")}: ${name}">${say("unpair")}</button></div>`}</li>`;
  }

  #question({ id, name }) {
    return html`<div class="question" data-key="question" role="group" aria-labelledby="unpair-${id}"><p id="unpair-${id}">${say("unpair_sure", { name })}</p>
      <div class="ways"><button type="button" class="quiet" data-run="keep" data-of="${id}">${say("cancel")}</button>
      ${actionButton(this.acting.of(`kiosk-${id}-unpair`), { run: "unpair", of: id, label: say("unpair_yes"), busy: say("unpairing"), look: "grave" })}</div></div>`;
  }

  ask(id) {
    this.#asked = id;
    this.draw();
    this.querySelector("[data-run=keep]").focus();
  }

  keep(id) {
    this.#asked = null;
    this.draw();
    [...this.querySelectorAll("[data-run=ask]")].find((one) => one.dataset.of === id)?.focus();
  }

  release(id) {
    this.desk.act(`kiosk-${id}-release`, () => api.release(id), say("released"));
  }

  async unpair(id) {
    if (!await this.desk.act(`kiosk-${id}-unpair`, () => api.unpair(id), say("unpaired"))) return;
    this.#asked = null;
    this.draw();
    this.querySelector("h2")?.focus();
  }
}

function use({ at, count, is_photo_there: isPhotoThere }) {
  return isPhotoThere === false && at === 0 ? say("in_use_photo") : say("in_use", { at: Math.min(at + 1, count), count });
}

customElements.define("kiosks-panel", KiosksPanel);
