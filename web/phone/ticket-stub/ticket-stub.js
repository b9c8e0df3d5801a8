// <ticket-stub> is the visitor's ticket: its number, its picture, the way to the PDF. Set `visit`.

import { Element, useStyle } from "../../shared/element.js";
import { html, render } from "../../shared/dom.js";
import { say } from "../words.js";

useStyle(import.meta.url);

class TicketStub extends Element {
  start() {
    const { ticket } = this.visit.view;
    if (!ticket) return render(this, html`<p class="missing">${say("no_ticket")}</p>`);
    return render(this, html`<section aria-labelledby="ticket"><div class="words"><h2 id="ticket">${say("ticket")}</h2>
      <p class="number"><span>${say("ticket_number")}</span> <b>${ticket.number}</b></p><p class="lead">${say("ticket_lead")}</p>
      <a class="button" href="${ticket.pdf_url}" target="_blank" rel="noopener">${say("open_ticket")}</a></div>
      <a class="picture" href="${ticket.pdf_url}" target="_blank" rel="noopener" tabindex="-1" aria-hidden="true"><img src="${ticket.png_url}" alt="" loading="lazy"></a></section>`);
  }
}

customElements.define("ticket-stub", TicketStub);
