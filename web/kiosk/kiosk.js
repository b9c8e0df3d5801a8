// The booth's monitor: the invitation → the quiz, moved by a phone → the photo on its way through the mesh → the reveal.

import "./pairing-page/pairing-page.js";
import "./idle-scene/idle-scene.js";
import "./greeting-scene/greeting-scene.js";
import "./quiz-scene/quiz-scene.js";
import "./mesh-scene/mesh-scene.js";
import "./reveal-scene/reveal-scene.js";
import "./invite-panel/invite-panel.js";
import "./kiosk-app/kiosk-app.js";
