// What staff should go and mend, in plain words: printers, printing that stands still, monitors that are away.

import { clock } from "./telling.js";
import { say, sayOr } from "./words.js";

const ADJECTIVE = /-(error|warning|report)$/; // as IPP printers put it: media-empty-error
const MILD = /-low$/;

const keyOf = (reason) => reason.replace(ADJECTIVE, "").replaceAll("-", "_");

// `kind` of the sink: a folder that is away is no printer that is away.
export function reasonWords(reason, kind = "ipp") {
  const key = keyOf(reason);
  if (kind === "ipp") return { title: sayOr(`reason_${key}`, say("reason_unknown", { word: reason })), next: sayOr(`next_${key}`, say("next_unknown")) };
  return { title: sayOr(`place_${key}`, say("place_unknown", { word: reason })), next: sayOr(`place_next_${key}`, say("place_next_unknown")) };
}

const isMild = (reason) => MILD.test(reason.replace(ADJECTIVE, ""));

// What to look after at a sink. One that prints may mention an empty tray that nobody needs: only what runs low counts then.
export function reasonsOf(sink) {
  if (sink.state !== "stopped") return sink.reasons.filter(isMild);
  const named = sink.reasons.filter((one) => one !== "busy");
  const grave = named.filter((one) => one !== "stopped" && !isMild(one));
  return grave.length ? grave : ["stopped", ...named.filter(isMild)];
}

// [{key, title, where, next, isMild, run}], the gravest first; `run` names an action of the list that mends it at once.
export function troublesOf({ printing, kiosks }) {
  const stopped = (printing?.sinks ?? []).filter(({ state }) => state === "stopped");
  const sinks = stopped.flatMap((sink) => reasonsOf(sink).map((reason) => ({
    key: `sink-${sink.name}-${reason}`, where: sink.name, isMild: isMild(reason), ...reasonWords(reason, sink.kind),
  })));
  const paused = printing?.is_paused
    ? [{ key: "printing", title: say("printing_paused"), next: say("printing_paused_lead", { n: printing.waiting }), isMild: true, run: "goOnPrinting" }] : [];
  const away = kiosks.filter((kiosk) => !kiosk.is_connected).map((kiosk) => ({
    key: `kiosk-${kiosk.id}`, title: say("kiosk_away", { name: kiosk.name }), where: kiosk.seen_at && say("since", { time: clock(kiosk.seen_at) }), next: say("next_kiosk_away"),
  }));
  return [...sinks, ...away, ...paused].sort((one, other) => Boolean(one.isMild) - Boolean(other.isMild));
}
