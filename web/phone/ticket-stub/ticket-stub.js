// <ticket-stub> is the visitor's ticket: its number, its picture, the way to the PDF, and where it is on its way through the
// printer. Set `visit`.

import { Element, useStyle } from "../../shared/element.js";
import { html, render } from "../../shared/dom.js";
import { say } from "../words.js";

useStyle(import.meta.url);

class TicketStub extends Element {
  start() {
    this.#draw();
    this.listen(this.visit, "place", () => (this.querySelector(".lead") ? this.#tellPrinting() : this.#draw()));
  }

  #draw() {
    const { ticket } = this.visit.view ?? {};
    if (!ticket) return render(this, html`<p class="missing">${say("no_ticket")}</p>`);
    const pdf = `${ticket.pdf_url}?size=screen`; // for a screen it is light enough for every network
    render(this, html`<section aria-labelledby="ticket"><div class="words"><h2 id="ticket">${say("ticket")}</h2>
      <p class="number"><span>${say("ticket_number")}</span> <b>${ticket.number}</b></p><p class="lead" role="status"></p>
      <a class="button" href="${pdf}" target="_blank" rel="noopener">${say("open_ticket")}</a></div>
      <a class="picture" href="${pdf}" target="_blank" rel="noopener" tabindex="-1" aria-hidden="true"><img src="${ticket.png_url}" alt="" loading="lazy"></a></section>`);
    return this.#tellPrinting();
  }

  #tellPrinting() {
    const lead = this.querySelector(".lead");
    const text = printing(this.visit.view?.ticket?.print);
    if (lead.textContent === text) return;
    lead.textContent = text;
  }
}

const NEEDS_STAFF = new Set(["outcome-unknown", "partly-printed", "no-sink"]);

// null: nothing has been sent to a printer, or there is none.
function printing(print) {
  if (!print) return say("print_none");
  const { state, ahead, reason } = print;
  if (reason?.startsWith("media") && state !== "printed") return say("print_paper"); // also in mid-job: it goes on by itself
  if (state === "held" && reason && !NEEDS_STAFF.has(reason)) return say("print_stopped");
  if (state !== "waiting") return say(`print_${state}`);
  if (reason && reason !== "busy") return say("print_stopped");
  return ahead ? say("print_ahead", { n: ahead }) : say("print_next");
}

customElements.define("ticket-stub", TicketStub);
