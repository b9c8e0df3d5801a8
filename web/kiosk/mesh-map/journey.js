// A visitor's token on the map. The stops are lit by the events themselves; the token follows them along the rails, one leg after
// the other, so that a caption that took 80 ms can still be seen to have happened. A copy goes to every painter that begins (again
// when another attempt begins), the chosen painting goes on to the ticket, the ticket to the printer.

import { artistOf, hopOf, matchedHop, paintingsOf } from "../choosing.js";
import { standAtEnd, travel } from "./travelling.js";

const LEG_MS = { gateway: 900, caption: 900, to: 1400, from: 1500, print: 1000 };
const FRESH_MS = 6_000; // a show that began so recently is seen from its beginning

export class Journey {
  #gone = new Set(); // the legs that were travelled
  #way = Promise.resolve();
  #isFirst = true;

  // map: { layer, rail(kind, index), token(show, className) }
  constructor(map) {
    this.map = map;
  }

  tell(show, now) {
    const isLate = this.#isFirst && now - Date.parse(show.began_at) > FRESH_MS;
    this.#isFirst = false;
    const hasBegun = (hop) => hop && hop.state !== "waiting" && hop.state !== "skipped";
    const paintings = paintingsOf(show);
    if (hasBegun(hopOf(show, "gateway"))) this.#leg("gateway", isLate, () => this.#main(show, "gateway", isLate));
    const isPastCaption = hasBegun(hopOf(show, "caption")) || paintings.some(hasBegun);
    if (isPastCaption) this.#leg("caption", isLate, () => this.#main(show, "caption", isLate));
    paintings.forEach((hop, index) => {
      if (hasBegun(hop) && !hop.is_reused) this.#leg(`${hop.name} ${hop.attempts}`, isLate, () => { this.#copy(show, "to", index, isLate); });
    });
    if (hasBegun(hopOf(show, "ticket")) && matchedHop(show)) this.#leg("ticket", isLate, () => this.#chosen(show, isLate));
    if (hasBegun(hopOf(show, "print"))) this.#leg("print", isLate, () => this.#copy(show, "print", 0, isLate, "sheet"));
    this.main?.update(show);
  }

  // The map was drawn anew: the token stands where it stood.
  settle(show) {
    this.main = null;
    const last = ["caption", "gateway"].find((name) => this.#gone.has(name));
    if (last) this.#main(show, last, true);
  }

  #leg(name, isLate, go) {
    if (this.#gone.has(name)) return;
    this.#gone.add(name);
    if (isLate) go();
    else this.#way = this.#way.then(go);
  }

  #main(show, kind, isLate) {
    this.main ??= this.map.token(show, "main");
    const rail = this.map.rail(kind);
    if (isLate) return standAtEnd(this.main, rail);
    return travel(this.main, rail, LEG_MS[kind]);
  }

  async #copy(show, kind, index, isLate, className = "copy") {
    if (isLate) return;
    const copy = this.map.token(show, className);
    await travel(copy, this.map.rail(kind, index), LEG_MS[kind]);
    copy.remove();
  }

  // The painting that the ticket is made of.
  #chosen(show, isLate) {
    const index = paintingsOf(show).findIndex((hop) => artistOf(hop) === show.match.artist_id);
    return this.#copy({ ...show, photo_url: show.photo_url && matchedHop(show).picture_url }, "from", index, isLate, "chosen");
  }
}
