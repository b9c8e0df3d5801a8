// The monitor's words in the venue's language, and large letters where the display font has every sign of a text.

import { COVERED } from "../shared/display.js";
import { EN } from "./words/en.js";
import { KO } from "./words/ko.js";

const TABLES = { en: EN, ko: KO };
const covered = new Set(COVERED);
const letters = /[\p{L}\p{N}]/u;

let spoken = "ko";

export const language = () => spoken;
export const otherLanguage = () => (spoken === "ko" ? "en" : "ko");

export function speak(lang) {
  spoken = TABLES[lang] ? lang : "en";
  document.documentElement.lang = spoken;
  document.title = say("page_title");
}

export const sayIn = (lang, key, values = {}) => TABLES[lang][key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
export const say = (key, values) => sayIn(spoken, key, values);
export const knows = (key) => Object.hasOwn(EN, key);

// Of a text in both languages, the one that is spoken.
export const inLanguage = (text) => text?.[spoken] ?? text?.en ?? "";

// A class for what is set large: a line half in one font and half in another looks like a ransom note. Punctuation may differ.
export const lettering = (text) =>
  [...text].every((sign) => covered.has(sign) || !letters.test(sign)) ? "display" : "display plain";
