// The time left, as it is said: it follows when the booth expects the paintings to be done (`dueAt`, by the pace of the pods; see
// merging.js). Times are in milliseconds of `performance.now()`, answers in seconds; null where nobody can say yet.

const SURPRISE = 1.3; // so much longer than said, and it is put off; less is noise
const SURPRISE_SECONDS = 4;
const SOON_SECONDS = 4;
const STEP_SECONDS = 5; // nobody believes a second more or less

// One countdown. It never goes up unless it was clearly wrong; while it is a little early, it stands still until it is true again.
export class Countdown {
  #said = null;

  // Seconds until the last of `paintings` is done.
  left(paintings, now) {
    if (!paintings.length || paintings.some((one) => (one.dueAt ?? null) === null)) return (this.#said = null);
    const left = Math.max(0, Math.max(...paintings.map((one) => one.dueAt)) - now) / 1000;
    const isSurprise = this.#said === null || left > this.#said * SURPRISE + SURPRISE_SECONDS;
    this.#said = isSurprise ? left : Math.min(left, this.#said);
    return this.#said;
  }
}

export const isSoon = (seconds) => seconds < SOON_SECONDS;

// The key and value of words that promise no more than is known: about 20 s, about 2 min.
export function inWords(seconds) {
  if (seconds < 75) return ["about_seconds", { n: Math.max(1, Math.round(seconds / STEP_SECONDS)) * STEP_SECONDS }];
  return ["about_minutes", { n: Math.ceil(seconds / 60) }];
}
