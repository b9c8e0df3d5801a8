// The base of the custom elements: each brings its own style sheet (the .css beside its .js) and stops listening when it goes.
//
//   useStyle(import.meta.url);
//   class TicketStub extends Element { start() { render(this, html`…`); this.listen(this.visit, "view", () => …); } }

const sheets = [];

// The sheet loads beside the modules without holding up the first paint; `stylesReady` tells when all of them are there.
export function useStyle(moduleUrl) {
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = moduleUrl.replace(/\.js$/, ".css");
  sheets.push(new Promise((resolve) => { link.onload = link.onerror = resolve; }));
  document.head.append(link);
}

export const stylesReady = () => Promise.all(sheets);

export class Element extends HTMLElement {
  #gone = null;

  connectedCallback() {
    this.#gone = new AbortController();
    this.start();
  }

  disconnectedCallback() {
    this.#gone.abort();
    this.stop();
  }

  start() {}
  stop() {}

  get gone() { return this.#gone.signal; }

  listen(target, type, handle) {
    target.addEventListener(type, handle, { signal: this.gone });
  }

  // Calls `handle` for clicks on what matches `selector`, whenever it is drawn.
  onClick(selector, handle) {
    this.listen(this, "click", (event) => {
      const hit = event.target.closest(selector);
      if (hit && this.contains(hit)) handle(hit, event);
    });
  }
}
