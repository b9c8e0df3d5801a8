// The booth at a glance: is everything there, who waits for whom, which artists were left out and why. No visitor's data.

import * as api from "/web/shared/api.js";
import { html, render } from "/web/shared/dom.js";

const gauge = (metrics, name, artist) => Number(metrics.match(new RegExp(`^${name}\\{artist="${artist}"\\} (\\S+)`, "m"))?.[1] ?? 0);

async function show() {
  const [ready, catalogue, metrics] = await Promise.all([
    fetch("/readyz").then((response) => response.json()), api.artists(), fetch("/metrics").then((response) => response.text()),
  ]);
  const rows = catalogue.artists.map((artist) => html`<tr><td>${artist.name.en} · ${artist.name.ko}</td>
    <td class="n">${gauge(metrics, "articket_paintings_waiting", artist.id)}</td><td class="n">${gauge(metrics, "articket_paintings_running", artist.id)}</td>
    <td class="n">${gauge(metrics, "articket_tickets_total", artist.id)}</td></tr>`);
  const refused = catalogue.refused.map((one) => html`<tr><td>${one.folder}/${one.file}</td><td>${one.key}</td><td>expected ${one.expected}, found ${one.found}. ${one.hint}</td></tr>`);
  render(document.querySelector("main"), html`
    <p class="state ${ready.status === "ok" ? "" : "bad"}" role="status">${ready.status === "ok" ? "Open · 운영 중" : ready.detail}</p>
    <div class="scroll"><table><thead><tr><th>Artist · 화가</th><th class="n">Waiting · 대기</th><th class="n">Painting · 작업</th><th class="n">Tickets · 티켓</th></tr></thead><tbody>${rows}</tbody></table></div>
    ${refused.length > 0 && html`<h2>Left out · 제외된 화가</h2><div class="scroll"><table><tbody>${refused}</tbody></table></div>`}`);
}

const look = () => show().catch((error) => render(document.querySelector("main"), html`<p class="state bad" role="alert">No connection · 연결 끊김: ${error.message}</p>`));
look();
setInterval(look, 3000);
