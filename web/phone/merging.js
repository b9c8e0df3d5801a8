// News may come late or twice: a visit that was told a moment ago must not undo what we have seen since.

const RANK = { queued: 0, painting: 1, failed: 2, done: 3 };

const isOlder = (painting, seen) =>
  RANK[painting.state] < RANK[seen.state] || (painting.state === "painting" && seen.state === "painting" && painting.step < seen.step);

export function merged(seen, view) {
  if (!seen || seen.id !== view.id) return view;
  const paintings = view.paintings.map((painting) => {
    const before = seen.paintings.find((one) => one.artist_id === painting.artist_id);
    return before && isOlder(painting, before) ? before : painting;
  });
  return { ...view, paintings, match: view.ticket || !seen.ticket ? (view.match ?? seen.match) : seen.match, ticket: view.ticket ?? seen.ticket };
}

export const withPainting = (view, painting) => ({
  ...view,
  paintings: view.paintings.map((one) => (one.artist_id === painting.artist_id && !isOlder(painting, one) ? painting : one)),
});
