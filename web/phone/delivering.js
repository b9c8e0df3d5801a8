// Bringing a chosen photo to the booth: the visit is opened, the photo sent; whatever may pass is waited for. A new photo calls
// the delivery of the one before off.

import * as api from "../shared/api.js";
import { language } from "../shared/words.js";
import { persistently, sendPhoto } from "./sending.js";

export class Delivery {
  #off = new AbortController();

  // tell({share: 0…1, trouble: reason | null, says: the staff's words | null, againAt: ms}): how far it is, or what it waits for
  constructor(tell) {
    this.tell = tell;
  }

  get isOff() { return this.#off.signal.aborted; }

  stop() {
    this.#off.abort();
  }

  // Opens the visit; a pass that the booth does not know (any more) costs the monitor, not the visit.
  async open(pass, isPublic) {
    const begin = async () => api.beginVisit(language(), { pass: await pass.now(), isPublic });
    try {
      return await this.#persistently(begin);
    } catch (problem) {
      if (problem.reason !== "pass_invalid") throw problem;
      pass.drop();
      return this.#persistently(begin);
    }
  }

  // Gives the visit with its photo. Sent twice (the first answer was lost) the same photo is the same to the booth.
  async bring(id, photo) {
    const onProgress = (share) => this.tell({ share, trouble: null });
    try {
      return await this.#persistently(() => sendPhoto(id, photo, { onProgress, signal: this.#off.signal }));
    } catch (problem) {
      if (problem.reason !== "photo_already_there") throw problem;
      return persistently(() => api.look(id));
    }
  }

  #persistently(work) {
    const onTrouble = ({ reason, says }, seconds) => this.isOff || this.tell({ share: 0, trouble: reason, says, againAt: Date.now() + seconds * 1000 });
    return persistently(work, { onTrouble, signal: this.#off.signal });
  }
}
