// <desk-page> is the page of those who are signed in: the bar, how the booth stands, the tickets, the booth. On a narrow screen
// the tickets and the booth are two views.

import { html } from "../../shared/dom.js";
import { useStyle } from "../../shared/element.js";
import { language } from "../../shared/words.js";
import "../artists-panel/artists-panel.js";
import "../figures-panel/figures-panel.js";
import { friendly } from "../friendly.js";
import { MENU, MONITOR, TICKET } from "../icons.js";
import "../kiosks-panel/kiosks-panel.js";
import { Panel } from "../panel.js";
import "../pin-dialog/pin-dialog.js";
import { goTo, place } from "../places.js";
import "../printing-panel/printing-panel.js";
import "../state-band/state-band.js";
import "../ticket-dialog/ticket-dialog.js";
import { troublesOf } from "../troubles.js";
import "../troubles-list/troubles-list.js";
import "../visits-panel/visits-panel.js";
import { say } from "../words.js";

useStyle(import.meta.url);

const VIEWS = [["tickets", TICKET], ["booth", MONITOR]];

class DeskPage extends Panel {
  #scrolls = {};

  start() {
    super.start();
    this.querySelector("h1").focus({ preventScroll: true });
    this.listen(globalThis, "hashchange", () => this.draw());
  }

  markup() {
    const { view } = place();
    return html`<header><h1 tabindex="-1"><span class="wordmark">Articket</span><small>${this.app.boothName}</small></h1>
        <button type="button" class="bare language" lang="${language() === "ko" ? "en" : "ko"}" data-run="turnLanguage" data-of="">${say("other_language")}</button>
        <button type="button" class="opener" popovertarget="menu" aria-label="${say("menu")}">${MENU}</button>
        <div id="menu" popover><button type="button" data-run="changePin" data-of="">${say("change_pin")}</button>
          <button type="button" data-run="signOut" data-of="">${say("sign_out")}</button></div></header>
      <main data-view="${view}"><state-band></state-band><troubles-list></troubles-list>
        <section class="tickets" aria-label="${say("tickets")}"><visits-panel></visits-panel></section>
        <section class="booth" aria-label="${say("booth")}"><figures-panel></figures-panel><printing-panel></printing-panel><kiosks-panel></kiosks-panel><artists-panel></artists-panel></section></main>
      <nav aria-label="${say("views")}">${VIEWS.map(([name, icon]) => this.#tab(name, icon, view))}</nav>
      <ticket-dialog></ticket-dialog><pin-dialog></pin-dialog>`;
  }

  #tab(name, icon, view) {
    const count = name === "booth" && this.desk.booth ? troublesOf(this.desk.booth).length : 0;
    return html`<button type="button" data-run="turnTo" data-of="${name}" aria-current="${name === view ? "page" : "false"}">${icon}<span>${say(name)}</span>${count > 0 && html`<span class="badge"><span aria-hidden="true">${count}</span><span class="visually-hidden">, ${say("troubles_count", { n: count })}</span></span>`}</button>`;
  }

  turnTo(view) {
    this.#scrolls[place().view] = scrollY;
    goTo({ view });
    this.draw();
    scrollTo({ top: this.#scrolls[view] ?? 0, behavior: "instant" });
  }

  turnLanguage() {
    this.app.turnLanguage();
  }

  changePin() {
    this.querySelector("#menu").hidePopover();
    this.querySelector("pin-dialog").open();
  }

  async signOut() {
    this.querySelector("#menu").hidePopover();
    try {
      await this.desk.signOut();
      goTo({ view: "tickets", find: "", show: "all" });
      this.app.announce(say("signed_out"));
    } catch (problem) {
      this.app.announce(friendly(problem));
    }
  }

  lookAt(visit) {
    this.querySelector("ticket-dialog").open(visit);
  }
}

customElements.define("desk-page", DeskPage);
