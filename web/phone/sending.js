// Sending that does not give up: whatever may pass (no network, a busy booth, a proxy's hiccup) is tried again by itself.

import { Problem, offline, photoAddress } from "../shared/api.js";

const LONGEST_PAUSE_SECONDS = 8;
const STALL_MS = 25_000; // an upload that moves no byte for so long is begun anew

// Calls `work` until it succeeds or fails for good; `onTrouble` hears of each failure in between.
export async function persistently(work, onTrouble = () => {}) {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await work();
    } catch (problem) {
      if (!problem.isRetryable) throw problem;
      onTrouble(problem);
      await better(problem.retryAfter ?? Math.min(LONGEST_PAUSE_SECONDS, 1.5 ** attempt));
    }
  }
}

// The pause ends early when the network is back or the phone is unlocked.
function better(seconds) {
  return new Promise((resolve) => {
    const ended = new AbortController();
    const end = () => { clearTimeout(timer); ended.abort(); resolve(); };
    const timer = setTimeout(end, seconds * 1000);
    addEventListener("online", end, { signal: ended.signal });
    document.addEventListener("visibilitychange", () => document.hidden || end(), { signal: ended.signal });
  });
}

// fetch cannot tell how far an upload is, XMLHttpRequest can. `onProgress` gets 0…1.
export function sendPhoto(id, blob, onProgress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const fail = () => { clearTimeout(stalled); reject(offline()); };
    let stalled;
    const moves = () => { clearTimeout(stalled); stalled = setTimeout(() => request.abort(), STALL_MS); };
    request.open("PUT", photoAddress(id));
    request.upload.onprogress = (event) => { moves(); onProgress(event.total ? event.loaded / event.total : 0); };
    request.onerror = request.onabort = fail;
    request.onload = () => {
      clearTimeout(stalled);
      const answer = parsed(request.responseText);
      if (request.status < 300) resolve(answer);
      else reject(new Problem({ reason: request.status === 413 ? "photo_too_large" : undefined, ...answer, status: request.status }));
    };
    moves();
    request.send(blob);
  });
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
