// Large letters where the display font has every sign of a text.

import { COVERED } from "../shared/display.js";

const covered = new Set(COVERED);
const letters = /[\p{L}\p{N}]/u;

// A class for a heading: a line half in one font and half in another looks like a ransom note. Punctuation may differ.
export const lettering = (text) =>
  [...text].every((sign) => covered.has(sign) || !letters.test(sign)) ? "display" : "display plain";

// What the start page did not need. Without network there are other letters.
document.fonts.load('1em "Articket Display"', COVERED).catch(() => {});
