// The booth's clock: a monitor's own may be wrong by minutes, and the API speaks in the booth's time.

let ahead = 0; // ms that the booth's clock is before this one

export const setClock = (iso) => { ahead = Date.parse(iso) - Date.now(); };

export const boothNow = () => Date.now() + ahead;

export const secondsUntil = (iso) => (Date.parse(iso) - boothNow()) / 1000;

// Calls `handle` now and every `ms`, until the signal (an element's `gone`) says that nobody looks any more.
export function tick(signal, ms, handle) {
  const timer = setInterval(handle, ms);
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
  handle();
}
