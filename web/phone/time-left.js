// The time left in words: the visitor's own painting, and all of them.

import { Countdown, inWords, isSoon } from "./estimating.js";
import { say } from "./words.js";

export class TimeLeft {
  #yours = new Countdown();
  #all = new Countdown();

  // `paintings` are those still to come; `matched` the visitor's own, once it is known. Gives null where nobody can say.
  spoken(paintings, matched, now = performance.now()) {
    const mine = paintings.filter((one) => one.artist_id === matched?.artist_id);
    const yours = this.#yours.left(mine, now);
    const all = this.#all.left(paintings, now);
    if (yours === null) return all === null ? null : isSoon(all) ? say("soon") : say("all_in", { time: inTime(all) });
    const first = isSoon(yours) ? say("yours_soon") : say("yours_in", { time: inTime(yours) });
    const isLast = paintings.length === mine.length || all === null || isSoon(all) || inTime(all) === inTime(yours);
    return isLast ? first : `${first} · ${say("all_too", { time: inTime(all) })}`;
  }

  // The same on the page that has the visitor's own already.
  ofTheRest(paintings, now = performance.now()) {
    const left = this.#all.left(paintings, now);
    return left === null ? null : isSoon(left) ? say("soon") : say("others_in", { time: inTime(left) });
  }
}

const inTime = (seconds) => say(...inWords(seconds));
