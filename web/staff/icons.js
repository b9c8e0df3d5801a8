// The signs on buttons. Decoration: words stand beside each, or are its label.

import { html } from "../shared/dom.js";

const icon = (shapes) => html`<svg viewBox="0 0 24 24" aria-hidden="true">${shapes}</svg>`;

export const PRINTER = icon(html`<path d="M7 8V3.5h10V8M7 17H4.5A1.5 1.5 0 0 1 3 15.5v-6A1.5 1.5 0 0 1 4.5 8h15A1.5 1.5 0 0 1 21 9.5v6a1.5 1.5 0 0 1-1.5 1.5H17"/><path d="M7 14h10v6.5H7Z"/>`);
export const EYE = icon(html`<path d="M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12Z"/><circle cx="12" cy="12" r="2.8"/>`);
export const EYE_OFF = icon(html`<path d="M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12ZM4 20 20 4"/>`);
export const BIN = icon(html`<path d="M4 6.5h16M9 6V3.5h6V6M6 6.5l1 14h10l1-14M10 10.5v6M14 10.5v6"/>`);
export const TICKET = icon(html`<path d="M3.5 6.5h17v3.5a2 2 0 0 0 0 4v3.5h-17V14a2 2 0 0 0 0-4ZM14.5 7v10"/>`);
export const PAGE = icon(html`<path d="M6 3h8l4.5 4.5V21H6ZM14 3v4.5h4.5M9 13h6M9 16.5h6"/>`);
export const RETRY = icon(html`<path d="M19.5 12a7.5 7.5 0 1 1-2.300-5.400M19.5 3.5v4h-4"/>`);
export const CLOSE = icon(html`<path d="m6 6 12 12M18 6 6 18"/>`);
export const CHECK = icon(html`<path d="m4.5 12.5 5 5 10-11"/>`);
export const SEARCH = icon(html`<circle cx="11" cy="11" r="6.5"/><path d="m16 16 5 5"/>`);
export const PAUSE = icon(html`<path d="M8.5 5v14M15.5 5v14"/>`);
export const PLAY = icon(html`<path d="M7.5 5v14l11-7Z"/>`);
export const MENU = icon(html`<path d="M4 7h16M4 12h16M4 17h16"/>`);
export const BACKSPACE = icon(html`<path d="M8.5 5.5h12v13h-12L3 12ZM11.5 9.5l5 5M16.5 9.5l-5 5"/>`);
export const ALERT = icon(html`<path d="M12 4 2.5 20h19ZM12 10v4.5M12 17.5v.2"/>`);
export const MONITOR = icon(html`<path d="M3 4.5h18v12H3ZM9 20.5h6M12 16.5v4"/>`);
export const UP = icon(html`<path d="M12 20V5M5.5 11 12 4.5l6.5 6.5"/>`);
