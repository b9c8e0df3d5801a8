// The pass that this phone gets for the code on a monitor: a visit that begins with it plays on that monitor.
//
// Events: "change" · state: "none", "asking", "there" (then `kiosk` tells which monitor), "expired" (the code was no good)

import { passFor } from "../shared/api.js";
import { persistently } from "./sending.js";

const KEY = "articket-pass";
const CODE = "articket-code"; // scanned, not exchanged yet
const LONGEST_WAIT_MS = 4000; // a visitor who has chosen a photo does not wait longer for the monitor

export class Pass extends EventTarget {
  state = "none";
  kiosk = null; // {name, lang}
  #asked = Promise.resolve();

  constructor() {
    super();
    const kept = this.#kept();
    if (kept) Object.assign(this, { state: "there", kiosk: kept.kiosk });
  }

  // Exchanges the code in the page's address, which becomes the start page's at once: reload and back spend no second code. Tells
  // whether there was one.
  enter() {
    const scanned = location.pathname.match(/^\/k\/([^/]+)\/?$/)?.[1];
    if (scanned) {
      sessionStorage.setItem(CODE, scanned);
      history.replaceState(history.state, "", "/");
    }
    const code = sessionStorage.getItem(CODE);
    if (code) this.#asked = this.#exchange(code);
    return Boolean(code);
  }

  // The pass to begin a visit with, or null.
  async now() {
    await Promise.race([this.#asked, new Promise((resolve) => setTimeout(resolve, LONGEST_WAIT_MS))]);
    return this.#kept()?.pass ?? null;
  }

  // The booth does not know it any more.
  drop() {
    localStorage.removeItem(KEY);
    this.#become("none", null);
  }

  async #exchange(code) {
    this.#become("asking", null);
    try {
      const { pass, kiosk, seconds } = await persistently(() => passFor(code));
      localStorage.setItem(KEY, JSON.stringify({ pass, kiosk, until: Date.now() + seconds * 1000 }));
      this.#become("there", kiosk);
    } catch {
      const kept = this.#kept(); // of a code scanned before: it still opens
      this.#become(kept ? "there" : "expired", kept?.kiosk ?? null);
    }
    sessionStorage.removeItem(CODE);
  }

  #kept() {
    try {
      const kept = JSON.parse(localStorage.getItem(KEY));
      return kept?.until > Date.now() ? kept : null;
    } catch {
      return null;
    }
  }

  #become(state, kiosk) {
    Object.assign(this, { state, kiosk });
    this.dispatchEvent(new Event("change"));
  }
}
