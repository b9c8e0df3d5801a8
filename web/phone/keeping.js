// What this phone remembers of its visit, so that reload, lock and a second tab go on where they were. The photo itself is kept
// (in IndexedDB) only until the booth has it.

const KEY = "articket-visit";
const DATABASE = "articket";
const STORE = "photos";

// isPending: a photo was chosen, the booth has not opened the visit yet (it is busy, paused, or there is no network)
export const EMPTY = Object.freeze({ id: null, at: 0, answers: {}, isAnswered: false, isPending: false, isPublic: false });

export function kept() {
  try {
    return { ...EMPTY, ...JSON.parse(localStorage.getItem(KEY)) };
  } catch {
    return { ...EMPTY };
  }
}

export const keep = (record) => localStorage.setItem(KEY, JSON.stringify(record));

export function forget() {
  localStorage.removeItem(KEY);
  return keepPhoto(null);
}

// Two tabs that would both begin the kept photo's visit do so one after the other; the second finds it begun.
export const oneTabAtATime = (work) => (navigator.locks ? navigator.locks.request(KEY, work) : work());

// Another tab of this phone has gone on.
export const onKept = (handle) => addEventListener("storage", (event) => { if (event.key === KEY) handle(kept()); });

export const keepPhoto = (blob) => inStore("readwrite", (store) => (blob ? store.put(blob, KEY) : store.delete(KEY)));
export const keptPhoto = () => inStore("readonly", (store) => store.get(KEY));

// A browser that forbids storage (private windows of some) costs the visitor only the going on after a reload.
function inStore(mode, work) {
  return new Promise((resolve) => {
    try {
      const opening = indexedDB.open(DATABASE, 1);
      opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
      opening.onerror = () => resolve(undefined);
      opening.onsuccess = () => {
        const request = work(opening.result.transaction(STORE, mode).objectStore(STORE));
        request.onsuccess = () => { opening.result.close(); resolve(request.result); };
        request.onerror = () => { opening.result.close(); resolve(undefined); };
      };
    } catch {
      resolve(undefined);
    }
  });
}
