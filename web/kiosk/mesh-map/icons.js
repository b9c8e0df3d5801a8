// The signs of the stops, drawn in a square of 24.

import { html } from "../../shared/dom.js";

const ICONS = {
  gateway: html`<path d="M4 21V11a8 8 0 0 1 16 0v10M9 21v-9a3 3 0 0 1 6 0v9M2 21h20"></path>`,
  caption: html`<path d="M3.5 5h17v11h-9l-5 4v-4h-3zM8 9.5h8M8 12.5h5"></path>`,
  ticket: html`<path d="M3 7h18v3.5a1.8 1.8 0 0 0 0 3.5V17H3v-3a1.8 1.8 0 0 0 0-3.5zM15 7v2M15 11v2M15 15v2"></path>`,
  print: html`<path d="M7 9V3h10v6M7 17H3.5V9h17v8H17M7 14h10v7H7z"></path>`,
};

export const icon = (name) => html`<svg viewBox="0 0 24 24" aria-hidden="true">${ICONS[name]}</svg>`;
