// A visit as the booth tells it, kept current.
//
// Events: "place" something changed that may call for another page · "painting" {detail: painting} · "repainted" {detail: painting}
// the artist's own painting has come after the stand-in's · "monitor" got or lost

import { follow } from "../shared/following.js";
import { isRepainted, merged, withPainting } from "./merging.js";

export class SeenVisit extends EventTarget {
  view = null;
  #following = null;

  get matched() { return this.view?.paintings.find((one) => one.artist_id === this.view.match?.artist_id) ?? null; }

  follow(handlers) {
    this.unfollow();
    this.#following = follow(this.id, {
      visit: (view, { isLive }) => this.update(view, isLive),
      painting: (painting) => this.#updatePainting(painting),
      ...handlers,
    });
  }

  unfollow() {
    this.#following?.close();
    this.#following = null;
  }

  update(view, isLive = false) {
    const had = this.view?.kiosk?.has_monitor;
    const before = this.view;
    this.view = merged(this.view, view, isLive);
    if (this.view.kiosk?.has_monitor !== had) this.tell("monitor");
    this.view.paintings.forEach((painting) => this.#tellPainting(painting, before));
    this.tell("place");
  }

  // What the booth answered about the monitor; null: this phone has none.
  hearOfMonitor(kiosk) {
    if (!this.view?.kiosk) return;
    this.view = { ...this.view, kiosk: kiosk ?? { ...this.view.kiosk, has_monitor: false } };
    this.tell("monitor");
  }

  tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  #updatePainting(painting) {
    if (!this.view) return;
    const before = this.view;
    this.view = withPainting(before, painting);
    this.#tellPainting(this.view.paintings.find((one) => one.artist_id === painting.artist_id), before);
    this.tell("place");
  }

  #tellPainting(painting, before) {
    this.tell("painting", painting);
    const was = before?.paintings.find((one) => one.artist_id === painting?.artist_id);
    if (before?.id === this.view.id && painting && isRepainted(painting, was)) this.tell("repainted", painting);
  }
}
