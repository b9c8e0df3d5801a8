// The visitor's phone: photo → quiz → the canvases growing → the reveal. The elements, and the app that shows them last.

import "./welcome-page/welcome-page.js";
import "./quiz-page/quiz-page.js";
import "./waiting-page/waiting-page.js";
import "./reveal-page/reveal-page.js";
import "./farewell-page/farewell-page.js";
import "./phone-app/phone-app.js";
