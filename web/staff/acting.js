// What staff have set going: each action has a key, runs once at a time and tells truthfully how it stands.
//
//   pending  sent, no answer yet            done     answered and looked at; stands for a moment, so that a double tap does nothing
//   unknown  no answer came; we look        failed   refused, with the Problem; until the next try or until it is dismissed
//
// Events: "change" {detail: key}

import { Problem } from "../shared/api.js";

const DONE_MS = 1600;

export class Acting extends EventTarget {
  #states = new Map();

  of(key) { return this.#states.get(key) ?? null; }

  isBusy(key) { return ["pending", "done", "unknown"].includes(this.of(key)?.state); }

  // Gives whether it was done. `hold` is how long "done" stands.
  async run(key, work, look, hold = DONE_MS) {
    if (this.isBusy(key)) return false;
    this.#set(key, { state: "pending" });
    try {
      await work();
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      this.#set(key, { state: problem.status === 0 ? "unknown" : "failed", problem });
      if (problem.status === 409) await look(); // somebody else was first: show how it stands
      return false;
    }
    await look();
    const done = { state: "done" };
    this.#set(key, done);
    setTimeout(() => this.of(key) === done && this.clear(key), hold);
    return true;
  }

  // The booth has been looked at: what had no answer is seen as it is.
  settle() {
    for (const [key, { state }] of this.#states) {
      if (state === "unknown") this.#set(key, { state: "failed", problem: new Problem({ reason: "unanswered" }) });
    }
  }

  clear(key) {
    if (this.#states.delete(key)) this.#tell(key);
  }

  // The failures whose keys begin with `prefix`, as [key, problem].
  failures(prefix) {
    return [...this.#states].filter(([key, { state }]) => key.startsWith(prefix) && (state === "failed" || state === "unknown"));
  }

  forget() {
    this.#states.clear();
  }

  #set(key, state) {
    this.#states.set(key, state);
    this.#tell(key);
  }

  #tell(key) {
    this.dispatchEvent(new CustomEvent("change", { detail: key }));
  }
}
