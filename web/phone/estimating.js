// How long the painters still need, from what they have done so far; null as long as an honest answer is not possible.

export class Estimate {
  #begun = new Map(); // artist id → when its first step was seen
  #seconds = []; // what finished paintings took

  note({ artist_id, state }, now) {
    const begun = this.#begun.get(artist_id);
    if (state === "painting" && begun === undefined) this.#begun.set(artist_id, now);
    if (state === "done" && begun !== undefined) {
      this.#seconds.push((now - begun) / 1000);
      this.#begun.delete(artist_id);
    }
  }

  // Seconds until the slowest of `paintings` is done.
  left(paintings, now) {
    const waits = paintings.filter((one) => one.state === "queued" || one.state === "painting").map((one) => this.#of(one, now));
    return waits.length === 0 || waits.some((one) => one === null) ? null : Math.max(...waits);
  }

  #of({ artist_id, state, step, steps, position }, now) {
    const typical = this.#seconds.length ? this.#seconds.reduce((sum, one) => sum + one) / this.#seconds.length : null;
    if (state === "queued") return typical === null ? null : typical * ((position ?? 0) + 1);
    const spent = (now - (this.#begun.get(artist_id) ?? now)) / 1000;
    if (step > 0 && steps > 0 && spent > 0.5) return (spent / step) * (steps - step);
    return typical === null ? null : Math.max(0, typical - spent);
  }
}

// Gives the key and value of words that promise no more than is known.
export function inWords(seconds) {
  if (seconds < 8) return ["left_few", {}];
  if (seconds < 75) return ["left_seconds", { n: Math.ceil(seconds / 5) * 5 }];
  return ["left_minutes", { n: Math.ceil(seconds / 60) }];
}
