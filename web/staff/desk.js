// The desk: what staff know of the booth, looked at every two seconds, and what they can do about it. The elements show it and
// call `act`.
//
// Events: "change" something was looked at or has changed · "session" signed in or out · "announce" {detail: text to be read aloud}

import * as api from "./api.js";
import { Acting } from "./acting.js";
import { friendly } from "./friendly.js";
import { Pages } from "./pages.js";

const AGAIN_MS = 2000;
const ASLEEP_MS = 60000; // between two looks while nobody sees the page
const TYPING_MS = 120;

export class Desk extends EventTarget {
  isSignedIn = null; // null until the booth has been asked
  hasExpired = false;
  booth = null;
  pages = new Pages();
  acting = new Acting();
  lost = null; // the Problem for which the last look failed
  seenAt = null; // this device's clock at the last look that succeeded
  #found = { digits: "", visits: null };
  #clockAhead = 0; // ms that this device's clock is ahead of the booth's
  #looking = Promise.resolve();
  #again = 0;
  #typing = 0;

  get visits() { return this.pages.visits; }
  get now() { return Date.now() - this.#clockAhead; }

  // What the booth found for these digits; null until it has answered.
  found(digits) { return this.#found.digits === digits ? this.#found.visits : null; }

  artist(id) { return this.booth?.artists.find((one) => one.artist_id === id)?.name ?? { en: id, ko: id }; }

  async open() {
    const again = () => this.isSignedIn && !document.hidden && this.look();
    document.addEventListener("visibilitychange", again);
    addEventListener("online", again);
    for (;;) {
      try {
        const { is_signed_in: isSignedIn } = await api.session();
        this.#begin(isSignedIn);
        return;
      } catch (problem) {
        this.lost = problem;
        this.#tell("session");
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
    }
  }

  async signIn(pin) {
    await api.signIn(pin);
    this.#begin(true);
  }

  async signOut() {
    await api.signOut();
    this.#end(false);
  }

  // A look that begins now, or after the one under way: what it shows is younger than the call. Never throws.
  look() {
    this.#looking = this.#looking.catch(() => {}).then(() => this.#look());
    return this.#looking;
  }

  async more() {
    try {
      await this.pages.more();
    } catch (problem) {
      this.#failed(problem);
    }
    this.#tell("change");
  }

  find(digits) {
    clearTimeout(this.#typing);
    if (digits === this.#found.digits) return;
    this.#found = { digits, visits: null };
    if (digits && this.isSignedIn) this.#typing = setTimeout(() => this.#find(digits).catch((problem) => this.#failed(problem)), TYPING_MS);
  }

  // Does something once; `done` is what is said when it is. Gives whether it was done.
  async act(key, work, done, hold) {
    const isDone = await this.acting.run(key, work, () => this.look(), hold);
    const problem = this.acting.of(key)?.problem;
    if (problem?.reason === "not_signed_in") this.#end(true);
    else if (isDone && done) this.announce(done);
    else if (problem) this.announce(friendly(problem));
    return isDone;
  }

  announce(text) { this.#tell("announce", text); }

  async #look() {
    clearTimeout(this.#again);
    if (!this.isSignedIn) return;
    try {
      const [booth] = await Promise.all([api.booth(), this.pages.look(), this.#find(this.#found.digits)]);
      if (!this.isSignedIn) return;
      this.#clockAhead = Date.now() - Date.parse(booth.now);
      Object.assign(this, { booth: { kiosks: [], printing: null, refused_artists: [], ...booth }, lost: null, seenAt: Date.now() });
      this.acting.settle();
    } catch (problem) {
      this.#failed(problem);
    }
    if (!this.isSignedIn) return;
    this.#tell("change");
    clearTimeout(this.#again);
    this.#again = setTimeout(() => this.look(), document.hidden ? ASLEEP_MS : AGAIN_MS);
  }

  async #find(digits) {
    if (!digits) return;
    const { visits } = await api.visits({ limit: 50, search: digits });
    if (this.#found.digits !== digits) return;
    this.#found = { digits, visits };
    this.#tell("change");
  }

  #failed(problem) {
    if (problem.reason === "not_signed_in") return this.#end(true);
    if (problem.status === undefined) throw problem; // a fault of ours
    this.lost = problem;
    return undefined;
  }

  #begin(isSignedIn) {
    Object.assign(this, { isSignedIn, hasExpired: false, lost: null });
    this.#tell("session");
    if (isSignedIn) this.look();
  }

  // Nothing of a visitor stays on a device that is signed out.
  #end(hasExpired) {
    if (!this.isSignedIn) return;
    clearTimeout(this.#again);
    Object.assign(this, { isSignedIn: false, hasExpired, booth: null, pages: new Pages(hasExpired ? this.pages.count : 1), lost: null });
    this.#found = { digits: "", visits: null };
    this.acting.forget();
    this.#tell("session");
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
