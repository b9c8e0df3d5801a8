// <artists-panel> shows who waits for whom, how each artist is doing, and which folders were left out and why.

import { html } from "../../shared/dom.js";
import { useStyle } from "../../shared/element.js";
import { inLanguage } from "../../shared/words.js";
import { Panel } from "../panel.js";
import { count, seconds } from "../telling.js";
import { say } from "../words.js";

useStyle(import.meta.url);

const COUNTS = [["waiting", "waiting"], ["running", "running"], ["done", "done_count"], ["failed", "failed_count"]];

class ArtistsPanel extends Panel {
  markup() {
    const { booth } = this.desk;
    if (!booth) return "";
    return html`<section class="panel" aria-labelledby="artists"><h2 id="artists">${say("artists")}</h2>
      ${booth.artists.length ? list(booth.artists) : html`<p class="empty">${say("no_artists")}</p>`}</section>
      ${booth.refused_artists.length > 0 && html`<section class="panel refused" data-key="refused" aria-labelledby="left-out"><h2 id="left-out">${say("left_out")}</h2><p>${say("left_out_lead")}</p>
        ${booth.refused_artists.map(fault)}</section>`}`;
  }
}

function list(artists) {
  const figure = (name, key, value) => html`<div class="${name} ${value === "0" ? "none" : ""}"><dt>${say(key)}</dt><dd>${value}</dd></div>`;
  const median = ({ median_seconds: value }) => value === null ? "–" : say("seconds", { n: seconds(value) });
  return html`<ul>${artists.map((artist) => html`<li data-key="${artist.artist_id}"><h3>${inLanguage(artist.name)}</h3>
    <dl>${COUNTS.map(([field, key]) => figure(field, key, count(artist[field])))}${figure("median", "median", median(artist))}</dl></li>`)}</ul>`;
}

const fault = (one) => html`<div class="fault" data-key="${one.folder}-${one.file}-${one.key}"><p><b>${one.folder}/${one.file}</b></p><p>${say("fault", one)}</p><p>${one.hint}</p></div>`;

customElements.define("artists-panel", ArtistsPanel);
