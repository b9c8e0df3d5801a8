// The pages of a visit. The start page is there the sooner without them: they are loaded when somebody touches it or stays a while.

import "./visit-words.js";
import "./quiz-page/quiz-page.js";
import "./intake-page/intake-page.js";
import "./waiting-page/waiting-page.js";
import "./reveal-page/reveal-page.js";
import "./farewell-page/farewell-page.js";
