// The words of the staff page in the language that is spoken.

import { language, wordsOf } from "../shared/words.js";
import { EN } from "./words/en.js";
import { KO } from "./words/ko.js";

const TABLES = { en: EN, ko: KO };

export const say = wordsOf(TABLES);

// For words whose key comes from the booth: what it says there may be younger than this page.
export const sayOr = (key, otherwise, values) => key in TABLES[language()] ? say(key, values) : otherwise;
