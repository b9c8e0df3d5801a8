// The monitor's invitation: the code to begin with and who paints here today. It looks again each minute for new artists, and says
// so when the booth does not answer.

import * as api from "../shared/api.js";
import { html, render } from "../shared/dom.js";

const AGAIN_MS = 60_000;
const AGAIN_WHEN_LOST_MS = 5_000;

const painter = ({ name }) => html`<li>${name.ko}<span class="both" lang="en">${name.en}</span></li>`;

async function show() {
  const [{ artists }, booth] = await Promise.all([api.artists(), api.booth()]);
  render(document.querySelector(".painters ul"), html`${artists.map(painter)}`);
  document.querySelector(".address").textContent = booth.public_url.replace(/^https?:\/\//, "").replace(/\/$/, "");
}

async function look() {
  const isLost = await show().then(() => false, () => true);
  document.querySelector(".lost").hidden = !isLost;
  setTimeout(look, isLost ? AGAIN_WHEN_LOST_MS : AGAIN_MS);
}

look();
