// Building pages: `html` escapes every value that is put into it, so text from anywhere stays text.
//
//   render(this, html`<h1>${title}</h1>${items.map((item) => html`<li>${item}</li>`)}`)

class Markup {
  constructor(text) { this.text = text; }
}

const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

function toText(value) {
  if (value instanceof Markup) return value.text;
  if (Array.isArray(value)) return value.map(toText).join("");
  if (value === null || value === undefined || value === false) return "";
  return String(value).replace(/[&<>"']/g, (character) => ESCAPES[character]);
}

export const html = (strings, ...values) =>
  new Markup(strings.reduce((text, part, index) => text + toText(values[index - 1]) + part));

export function render(element, markup) {
  element.innerHTML = toText(markup);
}

export const prefersStillness = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
