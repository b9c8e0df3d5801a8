// The visitor's phone: photo → quiz → the canvases growing → the reveal. The start page, and the app that shows the others (pages.js).

import "./welcome-page/welcome-page.js";
import "./phone-app/phone-app.js";
