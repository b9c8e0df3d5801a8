// The monitor's invitation: who paints here, and the code to begin with. It looks again each minute for new artists.

import * as api from "/web/shared/api.js";
import { html, render } from "/web/shared/dom.js";

async function show() {
  const { artists } = await api.artists();
  render(document.querySelector("#artists"), html`${artists.map((artist) => html`<li>${artist.name.ko} · ${artist.name.en}</li>`)}`);
}

const look = () => show().catch(() => {});
look();
setInterval(look, 60_000);
