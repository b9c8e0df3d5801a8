// Who paints of a visit, and when: all at once, or as the match decides (the booth's `paint`). Until it has decided there is
// nothing on any easel, and no canvas to show.

const ENDED = new Set(["done", "failed", "skipped"]);

export const isUnderWay = ({ state }) => !ENDED.has(state);

const hasBegun = ({ state, pod, position }) => state !== "queued" || Boolean(pod) || position !== null;

// Whether it is known who paints.
export const isDecided = ({ booth, view }) => booth.paint === "all" || Boolean(view?.match) || Boolean(view?.paintings.some(hasBegun));

// The paintings that are made, or will be: not those that are skipped, nor those that only a failure would call for.
export function planned({ booth, view }) {
  const paintings = (view?.paintings ?? []).filter((one) => one.state !== "skipped");
  if (booth.paint === "all" || (booth.paint === "matched-first" && view?.match)) return paintings;
  return paintings.filter((one) => hasBegun(one) || one.artist_id === nextOf(view));
}

// Whether a painting waits until the matched one is there.
export function comesLater({ booth, view }, painting) {
  if (booth.paint !== "matched-first" || hasBegun(painting)) return false;
  const first = view.paintings.find((one) => one.artist_id === view.match?.ranking[0].artist_id);
  return Boolean(first) && first.artist_id !== painting.artist_id && isUnderWay(first);
}

// Who is to paint next where one is enough: the best match that has not failed.
function nextOf({ match, paintings }) {
  const failed = new Set(paintings.filter((one) => one.state === "failed").map((one) => one.artist_id));
  return match?.ranking.find((one) => !failed.has(one.artist_id))?.artist_id;
}
