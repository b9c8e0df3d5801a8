// <greeting-scene> says hello to a phone that has just joined, until its photo is there. Set `app` first.

import { html, render } from "../../shared/dom.js";
import { Element, useStyle } from "../../shared/element.js";
import { lettering, say } from "../speaking.js";

useStyle(import.meta.url);

class GreetingScene extends Element {
  start() {
    this.update();
  }

  update() {
    const hello = say("hello");
    if (this.dataset.hello === hello) return;
    this.dataset.hello = hello;
    render(this, html`<div class="words"><h1 class="${lettering(hello)}">${hello}</h1><p class="lead">${say("hello_lead")}</p><p>${say("hello_next")}</p></div>
      <svg viewBox="0 0 300 420" aria-hidden="true">
        <g class="phone"><rect x="40" y="70" width="180" height="330" rx="30"></rect><rect class="glass" x="56" y="96" width="148" height="278" rx="12"></rect></g>
        <g class="photo"><rect x="74" y="140" width="112" height="140" rx="10"></rect><circle cx="130" cy="192" r="22"></circle><path d="M92 280c2-32 18-48 38-48s36 16 38 48z"></path></g>
        <circle class="shutter" cx="130" cy="338" r="17"></circle>
        <g class="sparks"><path d="M236 88l34-24M246 132l44-4M216 54l14-40"></path></g></svg>`);
  }
}

customElements.define("greeting-scene", GreetingScene);
