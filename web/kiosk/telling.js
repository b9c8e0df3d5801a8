// What happened at a hop, in words and figures: truthfully, retries, stand-ins and re-used paintings too.

import { hopOf, isRevealed, isUnderWay, paintingsOf } from "./choosing.js";
import { inLanguage, knows, language, say } from "./speaking.js";
import { boothNow } from "./timing.js";

export const PIGMENTS = ["sky", "rose", "mint", "tangerine", "lilac", "lemon", "sunflower"];
export const pigment = (index) => `var(--${PIGMENTS[index % PIGMENTS.length]})`;

// Real seconds at a hop: measured when it is over, counted while it runs.
export function secondsOf(hop) {
  if (hop.seconds !== null) return hop.seconds;
  if (hop.state !== "running" || !hop.started_at) return null;
  return Math.max(0, (boothNow() - Date.parse(hop.started_at)) / 1000);
}

export function spokenSeconds(seconds) {
  if (seconds === null) return "";
  if (seconds < 0.1) return say("instant");
  if (seconds >= 120) return say("minutes", { n: Math.round(seconds / 60) });
  return say("seconds", { n: seconds.toFixed(seconds < 100 ? 1 : 0) });
}

// How far a painting is, 0 … 1.
export const shareOf = (hop) => (hop.state === "done" ? 1 : hop.steps ? Math.min(1, hop.step / hop.steps) : 0);

export function paintingStatus(hop) {
  if (hop.state === "waiting") return waiting(hop);
  if (hop.state === "running") {
    if (!hop.step) return say("mixing");
    return say("step", { i: hop.step, n: hop.steps });
  }
  if (hop.state === "done") return hop.is_reused ? say("reused") : say("finished");
  return say(hop.state === "failed" ? "not_painted" : "skipped");
}

// Where the match decides who paints, a painting waits for the quiz, then for the matched one, or for its failure.
function waiting({ position, attempts, waits_for: awaited }) {
  if (awaited) return say(`waits_${awaited}`);
  if (position === null || position === undefined) return attempts ? say("again_soon") : say("queued_somewhere");
  return position ? say("queued", { n: position }) : say("next");
}

// What was out of the ordinary: another attempt, the stand-in engine, a failure after so many.
export function paintingRemark(hop) {
  if (hop.state === "failed") return hop.attempts > 1 ? say("failed_after", { n: hop.attempts }) : "";
  if (hop.is_fallback) return say("fallback");
  if (hop.attempts > 1) return say("attempt", { n: ordinal(hop.attempts) });
  return "";
}

// Where it was painted and with what: the pod's short name, the engine.
export function placeOf(hop) {
  if (hop.state === "waiting" || hop.state === "failed" || hop.is_reused) return "";
  return [hop.pod, hop.engine].filter(Boolean).join(" · ");
}

function ordinal(n) {
  if (language() === "ko") return `${n}`;
  return `${n}${{ 2: "nd", 3: "rd" }[n] ?? "th"}`;
}

export function stationStatus(hop) {
  if (hop.name === "caption" && hop.state === "skipped") return say("caption_skipped");
  return say(`${hop.name}_${hop.state}`);
}

// Why tickets wait, for people before the monitor: the first reason that has words, else a general one. null: all is well.
export function printerTrouble(printing) {
  if (!printing) return null;
  if (printing.is_paused) return say("print_paused");
  const stuck = printing.sinks.filter((sink) => sink.kind === "ipp" && (sink.state === "waiting" || sink.state === "stopped"));
  if (!stuck.length) return null;
  const reasons = stuck.flatMap((sink) => sink.reasons);
  if (stuck.every((sink) => sink.state === "waiting") && reasons.every((reason) => reason === "busy")) return null; // it is only printing
  return reasonInWords(reasons.find((reason) => knows(keyOf(reason)))) ?? say("print_trouble");
}

const keyOf = (reason) => `print_${String(reason).replaceAll("-", "_")}`;

const reasonInWords = (reason) => (reason ? say(keyOf(reason)) : null);

export function ticketPrintStatus(print) {
  if (!print) return say("pick_up");
  if (print.state === "waiting") return print.ahead ? say("print_ahead", { n: print.ahead }) : say("print_next");
  if (print.state === "held") return (knows(keyOf(print.reason)) && reasonInWords(print.reason)) || say("print_held");
  return say(`print_is_${print.state}`);
}

// The painter's own address of a picture in one of its sizes.
export const sized = (url, size) => url && `${url}${url.includes("?") ? "&" : "?"}size=${size}`;

// A visit in one line, for those beside the stage.
export function summaryOf(show, artist) {
  if (show.state === "failed") return say("stopped");
  if (isRevealed(show)) return inLanguage(artist(show.match.artist_id).name);
  const paintings = paintingsOf(show);
  const painted = paintings.filter((hop) => hop.state === "done").length;
  const count = paintings.filter((hop) => hop.state !== "skipped").length;
  if (paintings.length && paintings.every((hop) => !isUnderWay(hop))) return say("awaits");
  if (isLeftToQuiz(paintings) && hopOf(show, "caption")?.state !== "waiting") return say("awaits_quiz");
  if (paintings.some((hop) => hop.state !== "waiting")) return say("painted_count", { i: painted, n: count });
  const at = ["caption", "gateway"].map((name) => hopOf(show, name)).find((hop) => hop && hop.state !== "waiting");
  if (at?.name === "caption" && at.state !== "running") return say("queued_somewhere");
  return at ? stationStatus(at) : say("gateway_waiting");
}

// Nothing is painted before the visitor has answered, and all that comes before it is done.
const isLeftToQuiz = (paintings) => paintings.length > 0 && paintings.every((hop) => hop.waits_for === "match");

// What is going on, for somebody who passes by: the key of the sentence, and its figures.
export function narration(show) {
  const paintings = paintingsOf(show);
  const atWork = paintings.filter((hop) => hop.state === "running").length;
  const print = hopOf(show, "print");
  if (show.state === "failed") return ["stopped", {}];
  if (print?.state === "running") return ["tell_print", {}];
  if (hopOf(show, "ticket")?.state === "running") return ["tell_ticket", {}];
  if (atWork) return [atWork === 1 ? "tell_painting_one" : "tell_painting", { n: atWork }];
  if (hopOf(show, "caption")?.state === "running") return ["tell_caption", {}];
  if (isLeftToQuiz(paintings) && hopOf(show, "caption")?.state !== "waiting") return ["tell_quiz", {}];
  if (paintings.some((hop) => hop.state === "waiting")) return [hopOf(show, "caption")?.state === "waiting" ? "tell_gateway" : "tell_queue", {}];
  if (!paintings.length) return ["tell_gateway", {}];
  return [show.match ? "tell_done" : "tell_answers", {}];
}
