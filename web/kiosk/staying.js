// A monitor that runs all day: the screen stays awake, the pointer hides, full screen is one touch away.

const STILL_MS = 4_000;

let lock = null;

async function stayAwake() {
  if (document.hidden || !navigator.wakeLock || (lock && !lock.released)) return;
  lock = await navigator.wakeLock.request("screen").catch(() => null); // low battery, or not allowed: the monitor's own setting holds
}

// Marks the page with data-pointer while somebody moves it: then the pointer and the discreet buttons show.
function showPointer(signal) {
  let still = 0;
  const moved = () => {
    document.documentElement.dataset.pointer = "";
    clearTimeout(still);
    still = setTimeout(() => { delete document.documentElement.dataset.pointer; }, STILL_MS);
  };
  for (const type of ["pointermove", "pointerdown", "keydown"]) addEventListener(type, moved, { signal, passive: true });
}

export function stay(signal) {
  stayAwake();
  document.addEventListener("visibilitychange", stayAwake, { signal });
  addEventListener("pointerdown", stayAwake, { signal, passive: true });
  addEventListener("contextmenu", (event) => event.preventDefault(), { signal });
  addEventListener("scroll", () => scrollTo(0, 0), { signal });
  showPointer(signal);
}

export async function toggleFullScreen() {
  if (document.fullscreenElement) await document.exitFullscreen();
  else await document.documentElement.requestFullscreen?.({ navigationUI: "hide" }).catch(() => {});
  stayAwake();
}
