// Following a visit: by its server-sent events where they get through, by asking where they do not.
//
//   const following = follow(id, { visit, painting, erased, lost });  …  following.close()
//
// `visit(view, { isLive })` and `painting(view)` hear what is new (isLive: asked for, so as fresh as it can be), `erased()` that it is
// gone, `lost()` that the stream was refused: see whether the visit is still there.
// The browser reconnects a broken stream by itself. This mends what it does not see: a stream that a proxy holds back or cuts
// again and again, one that died without a word, one that was refused for good, and a phone that was locked.

import { eventsOf, look } from "./api.js";

const AGAIN_MS = 2000;
const ASLEEP_MS = 5000; // hidden for longer than this, the connection is not trusted any more
const SILENT_MS = 3000; // a new stream tells the whole visit at once; one that has not by now is held back
const QUIET_MS = 25_000; // heartbeats cannot be seen here, so a quiet stream is checked by asking
const QUIET_PAINTING_MS = 10_000; // steps follow each other faster than this
const DEAF = 2; // so many times in a row asking knew more than the stream, and the stream is no use
const CUTS = 3; // so many within CUTS_MS, and the stream is no use
const CUTS_MS = 30_000;
const POLL_MS = 2000;
const POLL_PAINTING_MS = 1000;
const STREAM_AGAIN_MS = 60_000; // after so long of asking, the stream gets another chance

const isPainting = (view) => Boolean(view?.paintings.some((one) => one.state === "painting"));

// What a stream would have told. Not what changes by itself, like how long a monitor is held.
const facts = (view) =>
  JSON.stringify([view?.paintings.map((one) => [one.state, one.step, one.attempts, one.url]), view?.match?.artist_id, view?.ticket, view?.error]);

export function follow(id, { lost = () => {}, ...handlers }) {
  const ended = new AbortController();
  const timers = { check: 0, poll: 0, open: 0 };
  let source = null;
  let isPolling = false;
  let hiddenAt = 0;
  let cuts = [];
  let deaf = 0;
  let hasSpoken = false; // the present stream
  let known = null; // the visit as the stream or an answer told it last

  const later = (name, work, ms) => { clearTimeout(timers[name]); timers[name] = setTimeout(work, ms); };

  function open() {
    const mine = eventsOf(id);
    source?.close();
    source = mine;
    hasSpoken = false;
    for (const [type, handle] of Object.entries(handlers)) {
      mine.addEventListener(type, (event) => { const news = JSON.parse(event.data); heard(type, news); handle(news, { isLive: false }); });
    }
    mine.onerror = () => (mine.readyState === EventSource.CLOSED ? refused() : cut());
    later("check", silent, SILENT_MS);
  }

  function heard(type, news) {
    if (type === "painting") deaf = 0;
    hasSpoken = true;
    isPolling = false;
    clearTimeout(timers.poll);
    clearTimeout(timers.open);
    if (type === "visit") known = news;
    if (type === "painting" && known) known = { ...known, paintings: known.paintings.map((one) => (one.artist_id === news.artist_id ? news : one)) };
    waitForMore();
  }

  const waitForMore = () => later("check", quiet, isPainting(known) ? QUIET_PAINTING_MS : QUIET_MS);

  function refused() {
    lost();
    if (isPolling) poll();
    else later("check", open, AGAIN_MS);
  }

  function cut() {
    const now = Date.now();
    cuts = [...cuts.filter((at) => now - at < CUTS_MS), now];
    if (isPolling || (cuts.length >= CUTS && navigator.onLine)) poll();
  }

  // Nothing came through a new stream. If the visit itself does, the stream is held back on its way.
  async function silent() {
    if (isPolling) return poll();
    const mine = source;
    const view = await ask();
    if (ended.signal.aborted || mine !== source || hasSpoken) return;
    if (view) poll();
    else later("check", silent, SILENT_MS);
  }

  // A long time without news: none there was, or they did not arrive.
  async function quiet() {
    const mine = source;
    const before = facts(known);
    const view = document.hidden ? null : await ask();
    if (ended.signal.aborted || mine !== source || isPolling) return;
    const isDeaf = view && facts(view) !== before;
    deaf = isDeaf ? deaf + 1 : 0;
    if (deaf >= DEAF) poll();
    else if (isDeaf) open();
    else waitForMore();
  }

  async function ask() {
    const view = await look(id).catch((problem) => { if (!problem.isRetryable) lost(); return null; });
    if (!view || ended.signal.aborted) return null;
    known = view;
    handlers.visit(view, { isLive: true });
    return view;
  }

  function poll() {
    isPolling = true;
    cuts = [];
    deaf = 0;
    source.close();
    clearTimeout(timers.check);
    later("open", open, STREAM_AGAIN_MS); // asking goes on until it has been heard
    next();
  }

  function next() {
    later("poll", async () => {
      if (!document.hidden) await ask();
      if (isPolling && !ended.signal.aborted) next();
    }, isPainting(known) ? POLL_PAINTING_MS : POLL_MS);
  }

  function wake() {
    if (document.hidden) hiddenAt = Date.now();
    else if (isPolling) ask();
    else if (source.readyState === EventSource.CLOSED || Date.now() - hiddenAt > ASLEEP_MS) open();
  }

  open();
  document.addEventListener("visibilitychange", wake, { signal: ended.signal });
  addEventListener("pageshow", (event) => event.persisted && wake(), { signal: ended.signal });
  addEventListener("online", () => (isPolling ? ask() : open()), { signal: ended.signal });
  return { close() { ended.abort(); Object.values(timers).forEach(clearTimeout); source.close(); } };
}
