// Following the booth for ever: a stream of server-sent events that comes back by itself after whatever took it away.
//
// The browser reconnects after a cut. This mends what it does not: a stream that was refused (a proxy's 502, a gateway that
// starts), one that died in silence, and a monitor that slept. A stream hides its heartbeats, so silence is asked about.

import { call } from "../shared/api.js";

const EVENTS = "/api/v1/kiosk/events";
const LOOK_MS = 5_000;
const SILENT_MS = 40_000; // nothing came for so long: ask
const DEAD_MS = 90_000; // the code changes every minute, so a living stream cannot be silent for longer
const SLEPT_MS = 20_000; // a look that comes so late had no time to run: the monitor slept
const AGAIN_MS = [300, 1_000, 2_000, 5_000];

export class Following {
  #source = null;
  #ended = new AbortController();
  #again = 0;
  #tries = 0;
  #heardAt = Date.now();
  #askedAt = 0;
  #lookedAt = Date.now();

  // hear: { kiosk(view), show(view), gone({ref}), opened(), lost(), unpaired() }
  constructor(hear) {
    this.hear = hear;
    const watch = setInterval(() => this.#look(), LOOK_MS);
    this.#ended.signal.addEventListener("abort", () => clearInterval(watch));
    addEventListener("online", () => this.open(), { signal: this.#ended.signal });
    addEventListener("pageshow", (event) => event.persisted && this.open(), { signal: this.#ended.signal });
    this.open();
  }

  open() {
    if (this.#ended.signal.aborted) return;
    clearTimeout(this.#again);
    this.#source?.close();
    const source = new EventSource(EVENTS);
    this.#source = source;
    this.#heardAt = Date.now();
    source.onopen = () => this.hear.opened();
    source.onerror = () => this.#failed(source);
    for (const type of ["kiosk", "show", "gone"]) {
      source.addEventListener(type, (event) => this.#heard(type, JSON.parse(event.data)));
    }
  }

  close() {
    this.#ended.abort();
    clearTimeout(this.#again);
    this.#source.close();
  }

  #heard(type, data) {
    this.#heardAt = Date.now();
    this.#tries = 0;
    if (type === "kiosk") this.code = data.invitation.code;
    this.hear[type](data);
  }

  #failed(source) {
    if (source !== this.#source) return;
    this.hear.lost();
    if (source.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
    const wait = AGAIN_MS[Math.min(this.#tries, AGAIN_MS.length - 1)];
    this.#tries += 1;
    this.#again = setTimeout(async () => { if (await this.#ask()) this.open(); else this.#failed(source); }, wait);
  }

  #look() {
    const since = Date.now() - this.#lookedAt;
    this.#lookedAt = Date.now();
    if (since > SLEPT_MS || Date.now() - this.#heardAt > DEAD_MS) this.open();
    else if (Date.now() - Math.max(this.#heardAt, this.#askedAt) > SILENT_MS) this.#askAboutSilence();
  }

  async #askAboutSilence() {
    this.#askedAt = Date.now();
    const view = await this.#ask();
    if (!view) this.hear.lost();
    else if (view.invitation.code !== this.code) this.open(); // the stream should have told
    if (view) this.hear.kiosk(view);
  }

  // Gives the kiosk as it is now, or null when the booth does not answer. A monitor that is not paired any more ends here.
  async #ask() {
    try {
      return await call("GET", "/kiosk");
    } catch (problem) {
      if (problem.status === 401 && !this.#ended.signal.aborted) this.hear.unpaired();
      return null;
    }
  }
}
