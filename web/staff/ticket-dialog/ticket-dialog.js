// <ticket-dialog> shows a ticket large. `open(visit)`.

import { html, render } from "../../shared/dom.js";
import { Element, useStyle } from "../../shared/element.js";
import { CLOSE, PAGE } from "../icons.js";
import { say } from "../words.js";

useStyle(import.meta.url);

class TicketDialog extends Element {
  open({ number, ticket_png_url: picture, ticket_pdf_url: pdf }) {
    render(this, html`<dialog aria-labelledby="ticket-of"><header><h2 id="ticket-of">${say("ticket_of", { number })}</h2>
        <button type="button" class="close" data-close aria-label="${say("close")}">${CLOSE}</button></header>
      <div class="picture"><img src="${picture}" alt="${say("ticket_picture", { number })}"></div>
      ${pdf && html`<a class="button" href="${pdf}" target="_blank" rel="noopener">${PAGE}${say("open_pdf")}</a>`}</dialog>`);
    const dialog = this.querySelector("dialog");
    dialog.addEventListener("close", () => this.replaceChildren());
    dialog.addEventListener("click", (event) => (event.target === dialog || event.target.closest("[data-close]")) && dialog.close());
    dialog.showModal();
  }
}

customElements.define("ticket-dialog", TicketDialog);
