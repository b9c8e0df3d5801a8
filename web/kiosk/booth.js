// What the monitor knows of the booth: itself (a KioskView), the shows, the quiz, the artists. It tells of changes by events:
// "kiosk", "show" (detail: ref), "gone" (detail: ref), "catalogue", "lost", "found", "unpaired".

import * as api from "../shared/api.js";
import { isRevealed } from "./choosing.js";
import { Following } from "./following.js";
import { boothNow, setClock } from "./timing.js";

const CATALOGUE_MS = 60_000; // artists may come while the booth is open
const AGAIN_MS = 3_000;
const SETTLE_MS = 2_000; // after a new stream began, until every show has come again
const MOST_SHOWS = 40;

export class Booth extends EventTarget {
  kiosk = null;
  shows = new Map(); // ref → ShowView
  changedAt = new Map(); // ref → when it last changed
  revealedAt = new Map(); // ref → when its painter was first known
  quiz = null;
  artists = [];
  isLost = false;
  #following = null;
  #unconfirmed = new Set();
  #settling = 0;
  #catalogue = 0;

  // Begins to follow, or says "unpaired".
  async begin() {
    try {
      this.take(await api.call("GET", "/kiosk"));
    } catch (problem) {
      if (problem.status === 401) return this.#end();
      this.#lose();
      setTimeout(() => this.begin(), AGAIN_MS);
      return undefined;
    }
    this.#follow();
    return this.loadCatalogue();
  }

  async pair(pin, name, lang) {
    this.take(await api.call("POST", "/kiosks", { pin, name, lang }));
    this.#follow();
    await this.loadCatalogue();
  }

  async change(values) {
    this.take(await api.call("PUT", "/kiosk", values));
  }

  artist(id) {
    return this.artists.find((one) => one.id === id) ?? { id, name: { en: id, ko: id }, title: { en: "", ko: "" } };
  }

  async loadCatalogue() {
    clearTimeout(this.#catalogue);
    try {
      const [{ artists }, quiz] = await Promise.all([api.artists(), api.quiz()]);
      const isNew = JSON.stringify([artists, quiz]) !== JSON.stringify([this.artists, this.quiz]);
      Object.assign(this, { artists, quiz });
      if (isNew) this.#tell("catalogue");
      this.#catalogue = setTimeout(() => this.loadCatalogue(), CATALOGUE_MS);
    } catch {
      this.#catalogue = setTimeout(() => this.loadCatalogue(), AGAIN_MS);
    }
  }

  take(kiosk) {
    setClock(kiosk.now);
    this.kiosk = kiosk;
    this.#find();
    this.#tell("kiosk");
  }

  #follow() {
    this.#following?.close();
    this.#following = new Following({
      kiosk: (view) => this.take(view),
      show: (view) => this.#takeShow(view),
      gone: ({ ref }) => this.#drop(ref),
      opened: () => this.#anew(),
      lost: () => this.#lose(),
      unpaired: () => this.#end(),
    });
  }

  // A new stream tells every show that there is; those it does not tell have gone meanwhile.
  #anew() {
    this.#unconfirmed = new Set(this.shows.keys());
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => { for (const ref of this.#unconfirmed) this.#drop(ref); }, SETTLE_MS);
  }

  #takeShow(show) {
    this.#unconfirmed.delete(show.ref);
    this.shows.set(show.ref, show);
    this.changedAt.set(show.ref, boothNow());
    if (isRevealed(show) && !this.revealedAt.has(show.ref)) this.revealedAt.set(show.ref, boothNow());
    while (this.shows.size > MOST_SHOWS) this.#drop(this.shows.keys().next().value);
    this.#find();
    this.#tell("show", show.ref);
  }

  #drop(ref) {
    this.shows.delete(ref);
    this.changedAt.delete(ref);
    this.revealedAt.delete(ref);
    this.#unconfirmed.delete(ref);
    this.#tell("gone", ref);
  }

  #lose() {
    if (this.isLost) return;
    this.isLost = true;
    this.#tell("lost");
  }

  #find() {
    if (!this.isLost) return;
    this.isLost = false;
    this.#tell("found");
  }

  #end() {
    this.#following?.close();
    this.#following = null;
    clearTimeout(this.#catalogue);
    for (const ref of [...this.shows.keys()]) this.#drop(ref);
    this.kiosk = null;
    this.#find();
    this.#tell("unpaired");
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
