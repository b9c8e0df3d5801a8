// <figures-panel> shows today in figures, and the tickets of the last hours as bars; the same as a table for those who listen.

import { html } from "../../shared/dom.js";
import { useStyle } from "../../shared/element.js";
import { Panel } from "../panel.js";
import { clock, count, hour, money } from "../telling.js";
import { say } from "../words.js";

useStyle(import.meta.url);

const WIDTH = 360;
const HEIGHT = 84; // of the highest bar
const TOP = 20; // for its figure
const LABEL = 24; // for the hours below
const GAP = 6;

class FiguresPanel extends Panel {
  markup() {
    const { booth } = this.desk;
    if (!booth) return html`<section class="panel" aria-busy="true"><h2>${say("today")}</h2><div class="awaited"></div></section>`;
    const figures = [
      ["tickets_today", count(booth.tickets.today)], ["last_hour", count(booth.tickets.last_hour)], ["visits_today", count(booth.visits.today)],
      ["visits_open", count(booth.visits.open)], ["cost_today", money(booth.cost.today_usd)], ["cost_each", money(booth.cost.per_ticket_usd)],
    ];
    const hours = [...booth.tickets.per_hour].sort((one, other) => one.hour.localeCompare(other.hour));
    return html`<section class="panel" aria-labelledby="today"><h2 id="today">${say("today")}</h2>
      <dl>${figures.map(([key, value]) => html`<div class="${key}"><dt>${say(key)}</dt><dd>${value}</dd></div>`)}</dl>
      <h3>${say("per_hour")}</h3>${chart(hours)}
      <table class="visually-hidden"><caption>${say("per_hour")}</caption><thead><tr><th scope="col">${say("hour")}</th><th scope="col">${say("tickets")}</th></tr></thead>
        <tbody>${hours.map((one) => html`<tr><th scope="row">${clock(one.hour)}</th><td>${count(one.count)}</td></tr>`)}</tbody></table></section>`;
  }
}

function chart(hours) {
  const most = Math.max(1, ...hours.map((one) => one.count));
  const step = WIDTH / Math.max(1, hours.length);
  const bar = ({ hour: when, count: tickets }, index) => {
    const high = tickets ? Math.max(4, Math.round(HEIGHT * tickets / most)) : 2;
    const x = index * step;
    const middle = x + step / 2;
    const isNow = index === hours.length - 1;
    return html`<rect class="${tickets ? isNow ? "now" : "" : "none"}" x="${x + GAP / 2}" y="${TOP + HEIGHT - high}" width="${step - GAP}" height="${high}" rx="3"></rect>
      <text class="count" x="${middle}" y="${TOP + HEIGHT - high - 5}">${tickets > 0 && tickets}</text>
      <text class="hour" x="${middle}" y="${TOP + HEIGHT + 17}">${(hours.length - 1 - index) % 2 === 0 && hour(when)}</text>`;
  };
  return html`<svg class="chart" viewBox="0 0 ${WIDTH} ${TOP + HEIGHT + LABEL}" aria-hidden="true">${hours.map(bar)}</svg>`;
}

customElements.define("figures-panel", FiguresPanel);
