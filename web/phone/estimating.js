// How long the painters still need, from what they have done so far; null as long as an honest answer is not possible. Times are in
// milliseconds of one clock, answers in seconds.

const SURPRISE = 1.4; // so much longer than promised, and it is said; less is noise
const SURPRISE_SECONDS = 8;

export class Estimate {
  #tries = new Map(); // artist id → {attempts, begun, step, steppedAt}
  #waits = new Map(); // artist id → {position, at} when it was first seen waiting
  #seconds = []; // what finished paintings took
  #promised = null; // when it will be over, as we last said

  note({ artist_id: id, state, step, attempts, position }, now) {
    const seen = this.#tries.get(id);
    if (state === "queued" && position !== null && !this.#waits.has(id)) this.#waits.set(id, { position, at: now });
    if (state === "painting" && seen?.attempts !== attempts) this.#tries.set(id, { attempts, begun: now, step, first: step, steppedAt: now });
    else if (state === "painting" && step > seen.step) Object.assign(seen, { step, steppedAt: now });
    if (state === "done" && seen) {
      if (seen.first <= 1) this.#seconds.push((now - seen.begun) / 1000); // else we came when half of it was done
      this.#tries.delete(id);
    }
  }

  // Seconds until the slowest of `paintings` is done. What was said counts down; it is put off only when it is clearly wrong.
  left(paintings, now) {
    const under = paintings.filter((one) => one.state === "queued" || one.state === "painting").map((one) => this.#of(one, now));
    if (!under.length || under.some((one) => one === null)) return (this.#promised = null);
    const left = Math.max(...under);
    const said = this.#promised === null ? null : Math.max(0, (this.#promised - now) / 1000);
    const isSurprise = said === null || left > said * SURPRISE + SURPRISE_SECONDS;
    if (isSurprise || left < said) this.#promised = now + left * 1000;
    return isSurprise ? left : Math.min(left, said);
  }

  #of({ artist_id: id, state, steps, position }, now) {
    const typical = this.#seconds.length ? this.#seconds.reduce((sum, one) => sum + one) / this.#seconds.length : null;
    if (state === "queued") return typical === null ? null : typical + this.#turn(id, position ?? 0, typical, now);
    const { begun, step, first, steppedAt } = this.#tries.get(id) ?? { begun: now, step: 0, first: 0, steppedAt: now };
    const pace = (steppedAt - begun) / 1000 / (step - first); // seconds for a step; between steps it does not change
    if (step > first && steps > 0) return Math.max(0, pace * (steps - step) - (now - steppedAt) / 1000);
    return typical === null ? null : Math.max(0, typical - (now - begun) / 1000);
  }

  // Seconds until it is this painting's turn: at the pace that the queue has moved, or one after the other.
  #turn(id, position, typical, now) {
    const wait = this.#waits.get(id);
    const moved = wait ? wait.position - position : 0;
    return position * (moved > 0 ? (now - wait.at) / 1000 / moved : typical);
  }
}

// Gives the key and value of words that promise no more than is known.
export function inWords(seconds) {
  if (seconds < 8) return ["left_few", {}];
  if (seconds < 75) return ["left_seconds", { n: Math.ceil(seconds / 5) * 5 }];
  return ["left_minutes", { n: Math.ceil(seconds / 60) }];
}
