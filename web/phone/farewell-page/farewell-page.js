// <farewell-page> when everything has been deleted, by this visitor or by time.

import { Element, useStyle } from "../../shared/element.js";
import { html, render } from "../../shared/dom.js";
import { lettering } from "../lettering.js";
import { say } from "../words.js";

useStyle(import.meta.url);

class FarewellPage extends Element {
  start() {
    const [title, lead] = this.visit.ended === "erased" ? ["erased", "erased_lead"] : ["gone", "gone_lead"];
    render(this, html`<div class="blank" aria-hidden="true"></div><h1 tabindex="-1" class="${lettering(say(title))}">${say(title)}</h1>
      <p>${say(lead)}</p><button type="button" class="big" data-start-again>${say("again")}</button>`);
  }
}

customElements.define("farewell-page", FarewellPage);
