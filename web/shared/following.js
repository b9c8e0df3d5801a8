// Following a visit's server-sent events. The browser reconnects by itself and sends Last-Event-ID; this mends what it does not:
// a connection that a proxy has refused for good, and one that died while the phone was locked.
//
//   const following = follow(id, { visit, painting, erased, lost });  …  following.close()

import { eventsOf } from "./api.js";

const AGAIN_MS = 2000;
const ASLEEP_MS = 5000; // hidden for longer than this, the connection is not trusted any more

export function follow(id, { lost, ...handlers }) {
  const ended = new AbortController();
  let source = null;
  let hiddenAt = 0;
  let again = 0;

  function open() {
    clearTimeout(again);
    source?.close();
    source = eventsOf(id);
    for (const [type, handle] of Object.entries(handlers)) {
      source.addEventListener(type, (event) => handle(JSON.parse(event.data)));
    }
    source.onerror = () => {
      if (source.readyState !== EventSource.CLOSED) return;
      lost();
      again = setTimeout(open, AGAIN_MS);
    };
  }

  function wake() {
    if (document.hidden) hiddenAt = Date.now();
    else if (source.readyState === EventSource.CLOSED || Date.now() - hiddenAt > ASLEEP_MS) open();
  }

  open();
  document.addEventListener("visibilitychange", wake, { signal: ended.signal });
  addEventListener("pageshow", (event) => event.persisted && open(), { signal: ended.signal });
  addEventListener("online", open, { signal: ended.signal });
  return { close() { ended.abort(); clearTimeout(again); source.close(); } };
}
