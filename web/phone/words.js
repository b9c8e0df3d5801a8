// The phone's words in the language that is spoken.

import { wordsOf } from "../shared/words.js";
import { EN } from "./words/en.js";
import { KO } from "./words/ko.js";

const tables = { en: EN, ko: KO };
export const say = wordsOf(tables);

// Adds the words of what is loaded later.
export function learn(words) {
  for (const lang of Object.keys(tables)) tables[lang] = { ...tables[lang], ...words[lang] };
}
