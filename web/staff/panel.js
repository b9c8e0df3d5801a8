// The base of the staff page's elements. `markup()` says how it looks now; it is drawn again whenever the desk, an action or the
// language changes, and only what differs is touched. A click on [data-run="name"] calls `name(of)`.

import { Element } from "../shared/element.js";
import { failure } from "./buttons.js";
import { friendly } from "./friendly.js";
import { draw } from "./morphing.js";

export class Panel extends Element {
  start() {
    this.app = this.closest("staff-app");
    this.desk = this.app.desk;
    this.acting = this.desk.acting;
    for (const [target, type] of [[this.desk, "change"], [this.acting, "change"], [this.app, "speak"]]) {
      this.listen(target, type, () => this.draw());
    }
    this.onClick("[data-run]", (button, event) => this.#run(button, event));
    this.draw();
  }

  draw() {
    draw(this, this.markup());
  }

  dismiss(key) {
    this.acting.clear(key);
  }

  // The failures of the actions whose keys begin so.
  failures(prefix) {
    return this.acting.failures(prefix).map((one) => failure(one, friendly(one[1].problem)));
  }

  #run(button, event) {
    let owner = button;
    while (!(owner instanceof Panel)) owner = owner.parentElement;
    if (owner !== this || button.getAttribute("aria-disabled") === "true") return;
    this[button.dataset.run](button.dataset.of, event);
  }
}
