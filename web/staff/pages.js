// The visits of today, page by page as they were asked for. The newest page is looked at each time, the others in turn, so that
// a long list stays live at the price of two requests.

import * as api from "./api.js";

const PAGE = 50;

export class Pages {
  #pages = []; // {visits, next}, newest first
  #turn = 1;
  #wanted = 1; // how many were loaded before the session expired

  constructor(wanted = 1) {
    this.#wanted = wanted;
  }

  get visits() {
    const seen = new Set();
    return this.#pages.flatMap((page) => page.visits).filter(({ ref }) => !seen.has(ref) && seen.add(ref));
  }

  get hasMore() { return Boolean(this.#pages.at(-1)?.next); }
  get count() { return Math.max(this.#wanted, this.#pages.length); }
  get isLoaded() { return this.#pages.length > 0; }

  async look() {
    const [first] = await Promise.all([api.visits({ limit: PAGE }), this.#lookAtOlder()]);
    this.#put(0, first);
    while (this.#pages.length < this.#wanted && this.hasMore) await this.more();
    this.#wanted = 1;
  }

  async more() {
    const last = this.#pages.at(-1);
    if (!last?.next) return;
    const page = await api.visits({ limit: PAGE, before: last.next });
    if (this.#pages.at(-1) === last) this.#pages.push(page);
  }

  async #lookAtOlder() {
    if (this.#pages.length < 2) return;
    this.#turn = this.#turn % (this.#pages.length - 1) + 1;
    const index = this.#turn;
    const before = this.#pages[index - 1].next;
    if (before) this.#put(index, await api.visits({ limit: PAGE, before }));
    else this.#pages.length = index; // so much was erased that the page before is the last
  }

  // What newer visits have pushed off this page is on the next one until that is looked at again.
  #put(index, page) {
    const before = this.#pages[index];
    const last = page.visits.at(-1);
    const below = this.#pages[index + 1];
    if (before && below && last) {
      const onPage = new Set(page.visits.map(({ ref }) => ref));
      const pushed = before.visits.filter((one) => !onPage.has(one.ref) && one.created_at < last.created_at);
      below.visits = [...pushed, ...below.visits];
    }
    this.#pages[index] = page;
    if (!page.next) this.#pages.length = index + 1;
  }
}
