// The phone's words in the language that is spoken, and large letters where the display font has every sign of a text.

import { COVERED } from "../shared/display.js";
import { wordsOf } from "../shared/words.js";
import { EN } from "./words/en.js";
import { KO } from "./words/ko.js";

export const say = wordsOf({ en: EN, ko: KO });

const covered = new Set(COVERED);
const letters = /[\p{L}\p{N}]/u;

// A class for a heading: a line half in one font and half in another looks like a ransom note. Punctuation may differ.
export const lettering = (text) =>
  [...text].every((sign) => covered.has(sign) || !letters.test(sign)) ? "display" : "display plain";
