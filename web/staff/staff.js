// The booth at a glance: is everything there, who waits for whom, which artists were left out and why. No visitor's data.

import * as api from "../shared/api.js";
import { html, render } from "../shared/dom.js";

const AGAIN_MS = 3000;
const COUNTS = [["articket_paintings_waiting", "Waiting", "대기"], ["articket_paintings_running", "Painting", "작업"], ["articket_tickets_total", "Tickets", "티켓"]];

const both = (en, ko) => html`${en} <span class="both" lang="ko">${ko}</span>`;
const gauge = (metrics, name, artist) => Number(metrics.match(new RegExp(`^${name}\\{artist="${artist}"\\} (\\S+)`, "m"))?.[1] ?? 0);

const artistCard = (metrics) => ({ id, name }) => html`<article class="artist"><h2>${name.en}<span class="both" lang="ko">${name.ko}</span></h2>
  <dl>${COUNTS.map(([count, en, ko]) => html`<div><dt>${both(en, ko)}</dt><dd>${gauge(metrics, count, id)}</dd></div>`)}</dl></article>`;

const fault = (one) => html`<p class="fault"><b>${one.folder}/${one.file}: ${one.key}</b> expected ${one.expected}, found ${one.found}. ${one.hint}</p>`;

async function show() {
  const [ready, catalogue, metrics] = await Promise.all([
    fetch("/readyz").then((response) => response.json()), api.artists(), fetch("/metrics").then((response) => response.text()),
  ]);
  const isOpen = ready.status === "ok";
  sayState(isOpen, isOpen ? both("Open", "운영 중") : html`${both("Not ready", "준비 중")} ${ready.detail}`);
  render(document.querySelector(".artists"), html`${catalogue.artists.map(artistCard(metrics))}`);
  render(document.querySelector(".refused"), catalogue.refused.length ? html`<h2>${both("Left out", "제외된 화가")}</h2>${catalogue.refused.map(fault)}` : "");
}

// Written only when it changes: it is read aloud.
function sayState(isGood, markup) {
  const state = document.querySelector(".state");
  const fresh = document.createElement("p");
  render(fresh, markup);
  state.classList.toggle("bad", !isGood);
  if (fresh.textContent !== state.textContent) state.replaceChildren(...fresh.childNodes);
}

const look = () => show().catch(() => sayState(false, both("No connection to the booth", "부스와 연결이 끊겼어요")));
look();
setInterval(look, AGAIN_MS);
