// What the monitor shows now, from what it knows: one scene on the stage, the other visitors beside it.

import { secondsUntil } from "./timing.js";

const REVEAL_MS = 16_000; // a reveal has the stage for so long, even when another visitor's photo travels
const STILL_MS = 180_000; // a show that has not moved for so long waits for answers that may never come
const FAILED_MS = 30_000;

export const paintingsOf = (show) => show.hops.filter((hop) => hop.name.startsWith("paint:"));
export const artistOf = (hop) => hop.name.slice("paint:".length);
export const hopOf = (show, name) => show.hops.find((hop) => hop.name === name);

export const matchedHop = (show) => show.match && hopOf(show, `paint:${show.match.artist_id}`);

// The painter is known and the painting is there.
export const isRevealed = (show) => matchedHop(show)?.state === "done";

export const isUnderWay = (hop) => hop.state === "running" || hop.state === "waiting";
const isMoving = (show) => show.hops.some((hop) => hop.state === "running");
const isOver = (show) => isRevealed(show) && !paintingsOf(show).some(isUnderWay);

// Gives { scene, ref, others }: scene is idle, greeting, quiz, mesh or reveal; ref names its show; others are the rest, newest first.
export function choose(booth, now, before = null) {
  const { kiosk } = booth;
  const shows = [...booth.shows.values()].filter((show) => isShown(booth, show, now)).sort(newestFirst);
  const session = kiosk.session && kiosk.session.at < kiosk.session.count ? kiosk.session : null;
  if (session) return scene("quiz", session.ref, shows);
  const revealing = shows.filter((show) => now - booth.revealedAt.get(show.ref) < REVEAL_MS).at(-1);
  if (revealing) return scene("reveal", revealing.ref, shows);
  if (kiosk.greeting && secondsUntil(kiosk.greeting.until) > 0) return scene("greeting", null, shows);
  const travelling = shows.filter((show) => !isOver(show));
  const moving = travelling.filter(isMoving);
  const still = moving.find((show) => show.ref === before?.ref && before.scene === "mesh");
  const newest = moving[0] ?? travelling[0];
  if (newest) return scene("mesh", keeps(still, newest) ? still.ref : newest.ref, shows);
  return shows.length ? scene("reveal", shows[0].ref, shows) : scene("idle", null, shows);
}

const scene = (name, ref, shows) => ({ scene: name, ref, others: shows.filter((show) => show.ref !== ref) });

// A show that began later takes the stage; one that began earlier waits until the present one rests.
const keeps = (still, newest) => still && Date.parse(newest.began_at) <= Date.parse(still.began_at);

const newestFirst = (a, b) => Date.parse(b.began_at) - Date.parse(a.began_at);

function isShown(booth, show, now) {
  if (show.until && secondsUntil(show.until) < -5) return false; // it should have been told gone
  const age = now - booth.changedAt.get(show.ref);
  return age < (show.state === "failed" ? FAILED_MS : STILL_MS);
}
