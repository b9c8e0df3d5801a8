// News may come late or twice: a visit that was told a moment ago must not undo what we have seen since.

const RANK = { queued: 0, painting: 1, failed: 2, skipped: 2, done: 3 };

// A try that comes after another starts from the beginning: only within one try is less progress older news.
function isOlder(painting, seen) {
  const hasEnded = Math.max(RANK[painting.state], RANK[seen.state]) >= RANK.failed;
  if (!hasEnded && painting.attempts !== seen.attempts) return painting.attempts < seen.attempts;
  if (painting.state !== seen.state) return RANK[painting.state] < RANK[seen.state];
  if (painting.state === "queued") return painting.position === null && !painting.pod && seen.position !== null; // stored news know no place in the queue
  return painting.state === "painting" && painting.step < seen.step;
}

// A finished painting stays, and one by the artist's own hand never gives way to a stand-in again.
const undoes = (painting, seen) => seen.state === "done" && (painting.state !== "done" || (painting.is_fallback && !seen.is_fallback));

// When it will be done by our clock: the booth tells how long it takes from now.
const timed = (painting) => ({ ...painting, dueAt: painting.seconds_left === null || painting.seconds_left === undefined ? null : performance.now() + painting.seconds_left * 1000 });

// `isLive`: the view was asked for just now, so that only a finished painting is surer than what it says.
export function merged(seen, view, isLive = false) {
  if (!seen || seen.id !== view.id) return { ...view, paintings: view.paintings.map(timed) };
  const paintings = view.paintings.map((painting) => {
    const before = seen.paintings.find((one) => one.artist_id === painting.artist_id);
    const isKept = before && (undoes(painting, before) || (!isLive && isOlder(painting, before)));
    return isKept ? before : timed(painting);
  });
  const kiosk = view.kiosk ?? seen.kiosk; // stored news know nothing of the monitor
  return { ...view, paintings, kiosk, match: view.ticket || !seen.ticket ? (view.match ?? seen.match) : seen.match, ticket: view.ticket ?? seen.ticket };
}

// The stream tells a painting's progress in order. A failed one may be tried again, a finished one stays.
export const withPainting = (view, painting) => ({
  ...view,
  paintings: view.paintings.map((one) => (one.artist_id === painting.artist_id && !undoes(painting, one) ? timed(painting) : one)),
});

// Whether the artist's own painting has taken the place of a stand-in's.
export const isRepainted = (painting, before) => Boolean(before?.is_fallback) && before.state === "done" && painting.state === "done" && !painting.is_fallback;
