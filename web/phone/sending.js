// Sending that does not give up: whatever may pass (no network, a busy booth, a proxy's hiccup) is tried again by itself.

import { Problem, offline, photoAddress } from "../shared/api.js";

const LONGEST_PAUSE_SECONDS = 8;
const STALL_MS = 25_000; // an upload that moves no byte for so long is begun anew

const impatience = new EventTarget();

// Ends the pauses of everything that is waiting to try again.
export const tryNow = () => impatience.dispatchEvent(new Event("now"));

// Calls `work` until it succeeds, fails for good or is called off by `signal`. `onTrouble` hears of each failure in between and how
// many seconds the pause after it is.
export async function persistently(work, { onTrouble = () => {}, signal } = {}) {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await work();
    } catch (problem) {
      if (!problem.isRetryable || signal?.aborted) throw problem;
      const seconds = problem.retryAfter ?? Math.min(LONGEST_PAUSE_SECONDS, 1.5 ** attempt);
      onTrouble(problem, seconds);
      await better(seconds, signal);
      if (signal?.aborted) throw problem;
    }
  }
}

// The pause ends early when the network is back or the phone is unlocked.
function better(seconds, signal) {
  return new Promise((resolve) => {
    const ended = new AbortController();
    const end = () => { clearTimeout(timer); ended.abort(); resolve(); };
    const timer = setTimeout(end, seconds * 1000);
    const options = { signal: ended.signal };
    addEventListener("online", end, options);
    document.addEventListener("visibilitychange", () => document.hidden || end(), options);
    impatience.addEventListener("now", end, options);
    signal?.addEventListener("abort", end, options);
  });
}

// fetch cannot tell how far an upload is, XMLHttpRequest can. `onProgress` gets 0…1.
export function sendPhoto(id, blob, { onProgress, signal }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const fail = () => { clearTimeout(stalled); reject(offline()); };
    let stalled;
    const moves = () => { clearTimeout(stalled); stalled = setTimeout(() => request.abort(), STALL_MS); };
    request.open("PUT", photoAddress(id));
    request.upload.onprogress = (event) => { moves(); onProgress(event.total ? event.loaded / event.total : 0); };
    request.onerror = request.onabort = fail;
    request.onload = () => { clearTimeout(stalled); conclude(request, resolve, reject); };
    signal.addEventListener("abort", () => request.abort(), { once: true });
    moves();
    request.send(blob);
  });
}

function conclude(request, resolve, reject) {
  const { status } = request;
  const answer = parsed(request.responseText);
  if (status < 300) resolve(answer);
  else reject(new Problem({ reason: status === 413 ? "photo_too_large" : undefined, ...answer, status, retryAfter: request.getResponseHeader("Retry-After") }));
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
