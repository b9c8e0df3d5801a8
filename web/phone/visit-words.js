// The words of a visit's pages, loaded with them.

import { learn } from "./words.js";
import { VISIT_EN } from "./words/visit-en.js";
import { VISIT_KO } from "./words/visit-ko.js";

learn({ en: VISIT_EN, ko: VISIT_KO });
