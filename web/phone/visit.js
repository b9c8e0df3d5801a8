// The visitor's visit on this phone: the booth's view of it, the answers so far, the upload. The pages show it and call its verbs.
//
// Events: "place" something changed that may call for another page · "sending" the upload moved · "painting" {detail: painting}
//         "announce" {detail: key of words} · "problem"

import * as api from "../shared/api.js";
import { follow } from "../shared/following.js";
import { language } from "../shared/words.js";
import { EMPTY, forget, keep, keepPhoto, kept, keptPhoto, onKept } from "./keeping.js";
import { merged, withPainting } from "./merging.js";
import { shrink } from "./photo.js";
import { persistently, sendPhoto } from "./sending.js";

const IS_GONE = new Set(["visit_unknown", "visit_erased", "request_invalid", "route_unknown"]);

export class Visit extends EventTarget {
  view = null;
  quiz = { questions: [] };
  artists = {};
  sending = null; // {share: 0…1, trouble: reason | null} while the photo is under way
  problem = null;
  ended = null; // "erased" by this visitor, or "gone" when we come to look
  localPhoto = null;
  #kept = { ...EMPTY };
  #following = null;

  get id() { return this.#kept.id; }
  get at() { return this.#kept.at; }
  get answers() { return this.#kept.answers; }
  get isAnswered() { return this.#kept.isAnswered; }
  get matched() { return this.view?.paintings.find((one) => one.artist_id === this.view.match?.artist_id) ?? null; }
  get photoUrl() { return this.localPhoto ?? (this.view?.photo_url ? `${this.view.photo_url}?size=screen` : null); }

  artist(id) {
    return this.artists[id] ?? { id, name: { en: id, ko: id }, title: { en: "", ko: "" }, text: { en: "", ko: "" } };
  }

  async load() {
    const [{ artists }, quiz] = await Promise.all([persistently(api.artists), persistently(api.quiz)]);
    this.artists = Object.fromEntries(artists.map((artist) => [artist.id, artist]));
    this.quiz = quiz;
    onKept((record) => this.#adopt(record));
  }

  // Goes on with a visit: this phone's own, or one whose address was opened.
  async open(id) {
    const mine = kept();
    this.#kept = mine.id === id ? mine : { ...EMPTY, id };
    const view = await this.#ask(() => api.look(id));
    if (!view) return;
    this.#update(view);
    this.#follow();
    if (view.state === "created") await this.#goOnSending();
    else if (this.isAnswered && !view.match) this.#sendAnswers();
  }

  // Begins a visit with a photo. The quiz can begin at once; the photo travels meanwhile.
  async begin(file) {
    this.close();
    Object.assign(this, { view: null, problem: null, ended: null, sending: { share: 0, trouble: null } });
    if (this.localPhoto) URL.revokeObjectURL(this.localPhoto);
    this.localPhoto = URL.createObjectURL(file);
    this.#remember({ ...EMPTY });
    this.#tell("place");
    this.#resume(shrink(file));
  }

  goTo(at) {
    this.#remember({ at, isAnswered: false });
    this.#tell("place");
  }

  answer(question, choice) {
    const answers = { ...this.answers };
    if (choice) answers[question] = choice;
    else delete answers[question];
    const at = this.at + 1;
    const isAnswered = at >= this.quiz.questions.length;
    this.#remember({ answers, at, isAnswered });
    this.#tell("place");
    if (isAnswered) this.#sendAnswers();
  }

  async erase() {
    await api.erase(this.id);
    this.#end("erased");
  }

  close() {
    this.#following?.close();
    this.#following = null;
  }

  async #goOnSending() {
    const photo = await keptPhoto();
    if (photo) this.#resume(photo);
    this.#tell("place");
  }

  // `photo` may still be in the making: the visit begins meanwhile.
  async #resume(photo) {
    this.sending = { share: 0, trouble: null };
    const onTrouble = (problem) => this.#sends({ share: 0, trouble: problem.reason });
    try {
      if (!this.id) {
        const { id } = await persistently(() => api.beginVisit(language()), onTrouble);
        this.#remember({ id });
        this.#tell("begun");
      }
      const blob = await photo;
      await keepPhoto(blob);
      const view = await persistently(() => sendPhoto(this.id, blob, (share) => this.#sends({ share, trouble: null })), onTrouble);
      await this.#photoIsThere(view);
    } catch (problem) {
      if (problem.reason === "photo_already_there") return this.#photoIsThere(await persistently(() => api.look(this.id)));
      this.#refused(problem);
    }
  }

  async #photoIsThere(view) {
    await keepPhoto(null);
    this.sending = null;
    this.#update(view);
    this.#tell("announce", "photo_there");
    this.#follow();
    if (this.isAnswered) this.#sendAnswers();
  }

  // The photo was refused for good: the visitor chooses another one, in a visit of its own.
  async #refused(problem) {
    await forget();
    this.#kept = { ...EMPTY };
    Object.assign(this, { sending: null, view: null, problem });
    this.#tell("place");
  }

  async #sendAnswers() {
    if (!this.id || !this.view) return; // the photo first; `#photoIsThere` comes back here
    try {
      this.#update(await persistently(() => api.answer(this.id, this.answers)));
    } catch (problem) {
      if (problem.reason === "answers_invalid") return this.#quizHasChanged();
      await this.#ask(async () => this.#update(await persistently(() => api.look(this.id))));
    }
  }

  // The booth was opened anew with another quiz: what it still knows is sent, the rest is left out.
  async #quizHasChanged() {
    this.quiz = await persistently(api.quiz);
    const known = new Set(this.quiz.questions.flatMap(({ id, choices }) => choices.map((choice) => `${id} ${choice.id}`)));
    this.#remember({ answers: Object.fromEntries(Object.entries(this.answers).filter((pair) => known.has(pair.join(" ")))) });
    this.#update(await persistently(() => api.answer(this.id, this.answers)));
  }

  #follow() {
    this.close();
    this.#following = follow(this.id, {
      visit: (view) => this.#update(view),
      painting: (painting) => this.#updatePainting(painting),
      erased: () => this.#end("gone"),
      lost: () => this.#ask(async () => this.#update(await api.look(this.id))),
    });
  }

  #update(view) {
    this.view = merged(this.view, view);
    this.view.paintings.forEach((painting) => this.#tell("painting", painting));
    this.#tell("place");
  }

  #updatePainting(painting) {
    if (!this.view) return;
    this.view = withPainting(this.view, painting);
    this.#tell("painting", this.view.paintings.find((one) => one.artist_id === painting.artist_id));
    this.#tell("place");
  }

  // Asks the booth; gives null, and ends the visit, when there is nothing any more. No network is no answer: we ask later.
  async #ask(work) {
    try {
      return await work();
    } catch (problem) {
      if (IS_GONE.has(problem.reason)) this.#end("gone");
      else if (!problem.isRetryable) throw problem;
      return null;
    }
  }

  async #end(how) {
    if (this.ended) return;
    this.close();
    if (kept().id === this.id) await forget();
    if (this.localPhoto) URL.revokeObjectURL(this.localPhoto);
    this.#kept = { ...EMPTY };
    Object.assign(this, { view: null, sending: null, localPhoto: null, ended: how });
    this.#tell("place");
  }

  #adopt(record) {
    if (record.id !== this.id || !record.id || record.at === this.at) return;
    this.#kept = record;
    this.#tell("place");
  }

  #remember(change) {
    this.#kept = { ...this.#kept, ...change };
    keep(this.#kept);
  }

  #sends(sending) {
    this.sending = sending;
    this.#tell("sending");
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
