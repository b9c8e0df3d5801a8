// Tokens that travel along the rails of the map: one leg after the other, by transform alone.

import { prefersStillness } from "../../shared/dom.js";

const SAMPLES = 28;
const EASING = "cubic-bezier(0.45, 0.05, 0.25, 1)";

// Moves `token` along `path` (an SVG path in the pixels of the map). Gives a promise that is kept when it has arrived.
export async function travel(token, path, ms) {
  const frames = framesAlong(path);
  const animation = token.animate({ transform: frames }, { duration: prefersStillness() ? 1 : ms, easing: EASING, fill: "forwards" });
  await animation.finished.catch(() => {});
  if (!token.isConnected) return;
  token.style.transform = frames.at(-1);
  animation.cancel();
}

export function standAtEnd(token, path) {
  token.style.transform = framesAlong(path).at(-1);
}

function framesAlong(path) {
  const length = path.getTotalLength();
  return Array.from({ length: SAMPLES + 1 }, (_, index) => {
    const { x, y } = path.getPointAtLength((length * index) / SAMPLES);
    return `translate(${x.toFixed(1)}px, ${y.toFixed(1)}px)`;
  });
}
