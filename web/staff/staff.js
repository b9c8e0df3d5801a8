// The staff's desk: what is going on at the booth, and each thing that can be mended with one tap.

import "./sign-in/sign-in.js";
import "./desk-page/desk-page.js";
import "./staff-app/staff-app.js";
