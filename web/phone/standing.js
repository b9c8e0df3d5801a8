// Telling the booth at which question the phone stands, so that the monitor stands there too, and hearing whether the phone has
// it. One request at a time and only the newest place: whoever taps never waits, and an old step never overtakes a new one.

import { stand } from "../shared/api.js";

const BEAT_MS = 15_000; // the booth holds the monitor three times as long
const AGAIN_MS = 2000;
const PATIENCE_MS = 5000;
const HELD_MS = 45_000;

export class Standing {
  #visit;
  #isOpen = false;
  #isBusy = false;
  #isStale = false;
  #heardAt = 0;
  #timer = 0;

  constructor(visit) {
    this.#visit = visit;
    document.addEventListener("visibilitychange", () => document.hidden || (this.#isOpen && this.tell()));
  }

  // While the quiz is open it is told again and again that somebody is there.
  open() {
    this.#isOpen = true;
    this.tell();
  }

  close() {
    this.#isOpen = false;
    clearTimeout(this.#timer);
  }

  // The visit is over or makes way for another: the monitor need not wait until it is missed.
  leave() {
    const { id, view, isAnswered, booth } = this.#visit;
    if (view?.kiosk && !isAnswered) stand(id, booth.quiz.questions.length).catch(() => {});
  }

  async tell() {
    this.#isStale = this.#isBusy;
    const { id, at, view } = this.#visit;
    if (this.#isBusy || !id || !view?.kiosk) return;
    this.#isBusy = true;
    clearTimeout(this.#timer);
    const pause = await this.#send(id, at);
    this.#isBusy = false;
    if (this.#isStale) this.tell();
    else if (this.#isOpen && !document.hidden) this.#timer = setTimeout(() => this.tell(), pause);
  }

  async #send(id, at) {
    try {
      const { kiosk } = await stand(id, at, PATIENCE_MS);
      this.#heardAt = Date.now();
      this.#hear(id, kiosk);
      return BEAT_MS;
    } catch (problem) {
      if (problem.isRetryable && this.#heardAt && Date.now() - this.#heardAt > HELD_MS) this.#hear(id, null); // it is somebody else's by now
      return problem.isRetryable ? AGAIN_MS : BEAT_MS;
    }
  }

  #hear(id, kiosk) {
    if (id === this.#visit.id) this.#visit.hearOfMonitor(kiosk);
  }
}
