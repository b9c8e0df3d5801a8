// News may come late or twice: a visit that was told a moment ago must not undo what we have seen since.

const RANK = { queued: 0, painting: 1, failed: 2, done: 3 };

// A try that comes after another starts from the beginning: only within one try is less progress older news.
function isOlder(painting, seen) {
  const hasEnded = Math.max(RANK[painting.state], RANK[seen.state]) >= RANK.failed;
  if (!hasEnded && painting.attempts !== seen.attempts) return painting.attempts < seen.attempts;
  if (painting.state !== seen.state) return RANK[painting.state] < RANK[seen.state];
  return painting.state === "painting" && painting.step < seen.step;
}

// `isLive`: the view was asked for just now, so that only a finished painting is surer than what it says.
export function merged(seen, view, isLive = false) {
  if (!seen || seen.id !== view.id) return view;
  const paintings = view.paintings.map((painting) => {
    const before = seen.paintings.find((one) => one.artist_id === painting.artist_id);
    const isKept = before && (isLive ? before.state === "done" && painting.state !== "done" : isOlder(painting, before));
    return isKept ? before : painting;
  });
  const kiosk = view.kiosk ?? seen.kiosk; // stored news know nothing of the monitor
  return { ...view, paintings, kiosk, match: view.ticket || !seen.ticket ? (view.match ?? seen.match) : seen.match, ticket: view.ticket ?? seen.ticket };
}

// The stream tells a painting's progress in order. A failed one may be tried again, a finished one stays.
export const withPainting = (view, painting) => ({
  ...view,
  paintings: view.paintings.map((one) => (one.artist_id === painting.artist_id && !(one.state === "done" && painting.state !== "done") ? painting : one)),
});
