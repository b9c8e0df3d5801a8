// The visitor's phone: photo → quiz → the canvases growing → the reveal. The visit's id is in the address and in local storage,
// so reload, lock, back and a second tab go on where it was.

import * as api from "/web/shared/api.js";
import { html, render } from "/web/shared/dom.js";
import { shrink } from "/web/shared/photo.js";
import { language, speak, wordsOf } from "/web/shared/words.js";
import { WORDS } from "/web/phone/words.js";

const VISIT = "articket-visit";
const RETENTION_HOURS = 24;
const main = document.querySelector("main");
const state = { visit: null, artists: {}, quiz: null, answers: {}, at: 0, sent: 0, problem: null, step: "welcome", source: null };

let say = wordsOf(WORDS);
const inLanguage = (text) => text[language()];

function show() {
  const pages = { welcome, sending, asking, waiting, reveal, erased };
  render(main, html`${state.problem && problem()}${pages[state.step]()}`);
  document.querySelector("#language").textContent = say("other");
}

const problem = () => html`<div class="problem" role="alert"><strong>${say("problem")}</strong><p>${state.problem.message}</p></div>`;

const welcome = () => html`
  <h1>${say("title")}</h1>
  <div class="swatches" aria-hidden="true"><span></span><span></span><span></span><span></span></div>
  <p>${say("lead", { count: Object.keys(state.artists).length })}</p>
  <div class="stack">
    <input type="file" id="camera" accept="image/*" capture="user" data-photo><label for="camera" class="button big">${say("take")}</label>
    <input type="file" id="album" accept="image/*" data-photo><label for="album" class="button quiet big">${say("choose")}</label>
  </div>
  <p class="soft">${say("consent", { hours: RETENTION_HOURS })}</p>`;

const sending = () => html`<h2>${say("sending")}</h2><progress max="1" value="${state.sent}" aria-label="${say("sending")}"></progress>`;

function asking() {
  const question = state.quiz.questions[state.at];
  return html`
    <p class="soft">${say("question", { n: state.at + 1, all: state.quiz.questions.length })}</p>
    <progress max="${state.quiz.questions.length}" value="${state.at}" aria-hidden="true"></progress>
    <h2>${inLanguage(question.text)}</h2>
    <div class="choices stack">${question.choices.map((choice) => html`<button type="button" data-choice="${choice.id}">${inLanguage(choice.text)}</button>`)}</div>
    <div class="row">${state.at > 0 && html`<button type="button" class="quiet" data-do="back">${say("back")}</button>`}
      <button type="button" class="quiet" data-do="skip">${say("skip")}</button></div>`;
}

const waiting = () => html`<h2>${say("waiting")}</h2><div class="canvases">${state.visit.paintings.map(canvas)}</div>`;

function canvas(painting) {
  const artist = state.artists[painting.artist_id];
  const picture = painting.url ? `${painting.url}&size=screen` : painting.preview_url;
  const progress = painting.steps && painting.state === "painting" ? ` ${Math.round((100 * painting.step) / painting.steps)} %` : "";
  const note = { queued: painting.position ? say("queued", { n: painting.position }) : say("next"), painting: say("painting") + progress, failed: say("failed"), done: "" };
  return html`<figure data-artist="${painting.artist_id}"><div class="canvas">${picture ? html`<img src="${picture}" alt="">` : html`<span class="dot"></span>`}</div>
    <figcaption>${artist ? inLanguage(artist.name) : painting.artist_id}<small>${note[painting.state]}</small></figcaption></figure>`;
}

function reveal() {
  const { match, ticket, paintings } = state.visit;
  const artist = state.artists[match.artist_id];
  const painting = paintings.find((one) => one.artist_id === match.artist_id);
  return html`
    <div class="reveal stack"><p class="soft">${say("yours")}</p><p class="match">${inLanguage(artist.name)}</p><h2>${inLanguage(artist.title)}</h2></div>
    <div class="compare reveal"><img src="${state.visit.photo_url}?size=screen" alt="${say("photo")}"><img class="top" src="${painting.url}&size=screen" alt="${inLanguage(artist.name)}">
      <input type="range" min="0" max="100" value="0" aria-label="${say("compare")}" data-compare></div>
    <p><strong>${inLanguage(match.because)}</strong></p><p>${inLanguage(artist.text)}</p>
    <div class="row"><a class="button quiet" href="${painting.url}&size=print" download="articket-${match.artist_id}.jpg">${say("save")}</a>
      ${navigator.share && html`<button type="button" class="quiet" data-do="share">${say("share")}</button>`}</div>
    <section class="ticket"><h2>${say("ticket")}</h2><p>${say("number", { n: ticket.number })}</p><a class="button" href="${ticket.pdf_url}">${say("open_ticket")}</a></section>
    <h2>${say("others")}</h2><div class="canvases">${paintings.filter((one) => one !== painting).map(canvas)}</div>
    <button type="button" class="danger" data-do="erase">${say("erase")}</button>`;
}

const erased = () => html`<h1>${say("erased")}</h1><button type="button" class="big" data-do="restart">${say("again")}</button>`;

function place() {
  if (!state.visit || state.visit.state === "created") return "welcome";
  if (state.visit.state === "failed") return "waiting";
  if (state.visit.ticket) return "reveal";
  return state.at < state.quiz.questions.length ? "asking" : "waiting";
}

function update(visit) {
  state.visit = visit;
  state.problem = visit.error ? { message: say(visit.error.reason === "no_painting" ? "no_painting" : "problem") } : null;
  const step = place();
  const redraw = step !== state.step || step !== "asking";
  state.step = step;
  if (redraw) show();
}

function updatePainting(painting) {
  if (!state.visit) return;
  state.visit.paintings = state.visit.paintings.map((one) => (one.artist_id === painting.artist_id && one.state !== "done" ? painting : one));
  const figure = main.querySelector(`figure[data-artist="${painting.artist_id}"]`);
  if (figure) {
    const fresh = document.createElement("div");
    render(fresh, canvas(state.visit.paintings.find((one) => one.artist_id === painting.artist_id)));
    figure.replaceWith(fresh.firstElementChild);
  }
}

function followVisit(id) {
  state.source?.close();
  state.source = api.follow(id, { visit: update, painting: updatePainting, erased: forget });
}

function forget() {
  state.source?.close();
  localStorage.removeItem(VISIT);
  Object.assign(state, { visit: null, answers: {}, at: 0, step: "erased", problem: null });
  history.replaceState(null, "", "/");
  show();
}

async function send(file) {
  Object.assign(state, { step: "sending", sent: 0, problem: null });
  show();
  const photo = await shrink(file);
  const visit = await api.beginVisit(language());
  for (;;) {
    try {
      const sent = await api.sendPhoto(visit.id, photo, (share) => { state.sent = share; show(); });
      localStorage.setItem(VISIT, visit.id);
      history.pushState(null, "", `/v/${visit.id}`);
      state.at = 0;
      update(sent);
      show();
      return followVisit(visit.id);
    } catch (error) {
      if (error.reason !== "offline") throw error;
      state.problem = { message: say("retrying") };
      show();
      await new Promise((resolve) => setTimeout(resolve, 2000));
    }
  }
}

async function go(work) {
  try {
    await work();
  } catch (error) {
    if (error.status === 410 || error.status === 404) return forget();
    state.problem = { message: error.hint ? `${error.message}. ${error.hint}` : error.message };
    if (state.step === "sending") state.step = "welcome";
    show();
  }
}

async function next() {
  state.at += 1;
  sessionStorage.setItem(VISIT, JSON.stringify({ id: state.visit.id, at: state.at, answers: state.answers }));
  if (state.at === state.quiz.questions.length) update(await api.answer(state.visit.id, state.answers));
  show();
}

const deeds = {
  back: async () => { state.at -= 1; show(); },
  skip: async () => { delete state.answers[state.quiz.questions[state.at].id]; await next(); },
  erase: async () => { if (confirm(say("erase_sure"))) { await api.erase(state.visit.id); forget(); } },
  restart: async () => { state.step = "welcome"; show(); },
  share: async () => navigator.share({ title: "Articket", url: location.href }).catch(() => {}),
};

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-photo]") && event.target.files[0]) go(() => send(event.target.files[0]));
});
document.addEventListener("input", (event) => {
  if (event.target.matches("[data-compare]")) event.target.parentElement.style.setProperty("--at", `${event.target.value}%`);
});
document.addEventListener("click", (event) => {
  const choice = event.target.closest("[data-choice]");
  const deed = event.target.closest("[data-do]");
  if (choice) go(async () => { state.answers[state.quiz.questions[state.at].id] = choice.dataset.choice; await next(); });
  if (deed) go(deeds[deed.dataset.do]);
  if (event.target.id === "language") { speak(language() === "ko" ? "en" : "ko"); say = wordsOf(WORDS); show(); }
});

go(async () => {
  const [artists, quiz] = await Promise.all([api.artists(), api.quiz()]);
  state.artists = Object.fromEntries(artists.artists.map((artist) => [artist.id, artist]));
  state.quiz = quiz;
  const id = location.pathname.match(/^\/v\/([\w-]+)$/)?.[1] ?? localStorage.getItem(VISIT);
  if (id) {
    const kept = JSON.parse(sessionStorage.getItem(VISIT) ?? "{}");
    const visit = await api.look(id);
    if (kept.id === id) Object.assign(state, { at: kept.at, answers: kept.answers });
    if (location.pathname === "/") history.replaceState(null, "", `/v/${id}`);
    update(visit);
    followVisit(id);
  }
  show();
});
