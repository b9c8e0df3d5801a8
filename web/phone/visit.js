// The visitor's visit on this phone: what is done here. The photo's way to the booth, the answers so far, deleting. The pages show
// it and call its verbs; what the booth tells of it is in SeenVisit.
//
// Events, besides SeenVisit's: "sending" the upload moved · "announce" {detail: key of words} · "begun" it has its id ·
// "problem" the photo was refused

import * as api from "../shared/api.js";
import { sendAnswers } from "./answering.js";
import { Booth } from "./booth.js";
import { Delivery } from "./delivering.js";
import { EMPTY, forget, keep, keepPhoto, kept, keptPhoto, onKept, oneTabAtATime } from "./keeping.js";
import { Pass } from "./passes.js";
import { shrink } from "./photo.js";
import { SeenVisit } from "./seen-visit.js";
import { persistently } from "./sending.js";
import { Standing } from "./standing.js";

const IS_GONE = new Set(["visit_unknown", "visit_erased", "request_invalid", "route_unknown"]);

export class Visit extends SeenVisit {
  sending = null; // {share: 0…1, trouble: reason | null, says: staff's words | null, againAt: ms} while the photo is under way
  problem = null;
  #isErasing = false;
  ended = null; // "erased" by this visitor, or "gone" when we come to look
  localPhoto = null;
  #kept = { ...EMPTY };
  #delivery = null;

  booth = new Booth();
  pass = new Pass();
  standing = new Standing(this);

  get id() { return this.#kept.id; }
  get at() { return this.#kept.at; }
  get answers() { return this.#kept.answers; }
  get isAnswered() { return this.#kept.isAnswered; }
  get isPublic() { return this.view?.is_public ?? this.#kept.isPublic; }
  get photoUrl() { return this.localPhoto ?? (this.view?.photo_url ? `${this.view.photo_url}?size=screen` : null); }

  constructor() {
    super();
    onKept((record) => this.#adopt(record));
  }

  // Goes on with a visit: this phone's own, or one whose address was opened.
  async open(id) {
    const mine = kept();
    this.#kept = mine.id === id ? mine : { ...EMPTY, id };
    const view = await this.#ask(() => api.look(id));
    if (!view) return;
    this.update(view);
    this.#goAlong();
    if (view.state === "created") await this.#goOnSending();
    else if (this.isAnswered && !view.match) this.#sendAnswers();
  }

  // Begins a visit with a photo. The quiz can begin at once; the photo travels meanwhile.
  async begin(file, { isPublic = false } = {}) {
    this.standing.leave();
    this.close();
    Object.assign(this, { view: null, problem: null, ended: null, sending: { share: 0, trouble: null } });
    if (this.localPhoto) URL.revokeObjectURL(this.localPhoto);
    this.localPhoto = URL.createObjectURL(file);
    this.#remember({ ...EMPTY, isPending: true, isPublic });
    this.tell("place");
    const photo = shrink(file);
    photo.then(keepPhoto, () => {});
    this.#deliver(photo);
  }

  // Goes on with a photo that was chosen before a reload, when the booth had not opened the visit yet.
  async goOnBeginning() {
    this.#kept = kept();
    if (!(await this.#goOnSending())) await this.giveUp();
  }

  async #goOnSending() {
    const photo = await keptPhoto();
    if (!photo) return false;
    this.localPhoto ??= URL.createObjectURL(photo);
    this.#deliver(photo);
    return true;
  }

  // Gives the photo up that the booth has not taken yet.
  giveUp() {
    return this.#clear();
  }

  goTo(at) {
    this.#remember({ at, isAnswered: false });
    this.standing.tell();
    this.tell("place");
  }

  // The booth hears of it before anything is drawn.
  answer(question, choice) {
    const answers = { ...this.answers };
    if (choice) answers[question] = choice;
    else delete answers[question];
    const at = this.at + 1;
    const isAnswered = at >= this.booth.quiz.questions.length;
    this.#remember({ answers, at, isAnswered });
    this.standing.tell();
    if (isAnswered) this.#sendAnswers();
    this.tell("place");
  }

  // `onTrouble` hears when it cannot be told right now; it is tried until it is.
  async allowScreens(isAllowed, onTrouble) {
    this.update(await persistently(() => api.allowScreens(this.id, isAllowed), { onTrouble }));
  }

  async erase() {
    this.#isErasing = true; // the stream may tell of it before the answer comes
    try {
      await api.erase(this.id);
    } finally {
      this.#isErasing = false;
    }
    this.#end("erased");
  }

  close() {
    this.#delivery?.stop();
    this.unfollow();
  }

  // `photo` may still be in the making: the visit begins meanwhile.
  async #deliver(photo) {
    this.#delivery?.stop();
    const delivery = this.#delivery = new Delivery((sending) => this.#sends(sending));
    this.sending = { share: 0, trouble: null };
    try {
      const [blob] = await Promise.all([photo, this.id || oneTabAtATime(() => this.#open(delivery))]);
      if (delivery.isOff) return;
      const view = await delivery.bring(this.id, blob);
      if (!delivery.isOff) await this.#photoIsThere(view);
    } catch (problem) {
      if (delivery.isOff) return;
      delivery.stop();
      this.#refused(problem);
    }
  }

  async #open(delivery) {
    const other = kept();
    const isBegun = Boolean(other.id); // by another tab, with the same photo
    const view = isBegun ? null : await delivery.open(this.pass, this.isPublic);
    if (delivery.isOff) return;
    if (isBegun) this.#kept = other;
    else this.#remember({ id: view.id, isPending: false });
    if (view) this.update(view);
    this.#sends({ share: 0, trouble: null });
    this.standing.tell();
    this.tell("begun");
  }

  async #photoIsThere(view) {
    await keepPhoto(null);
    this.sending = null;
    this.update(view);
    this.tell("announce", this.booth.paint === "all" ? "photo_there" : "photo_there_first");
    this.#goAlong();
    if (this.isAnswered) this.#sendAnswers();
  }

  // The photo was refused for good: the visitor chooses another one, in a visit of its own.
  async #refused(problem) {
    this.standing.leave();
    await this.#clear({ problem });
    this.tell("problem");
  }

  async #sendAnswers() {
    if (!this.view?.photo_url) return; // the photo first; `#photoIsThere` comes back here
    try {
      const { view, quiz = this.booth.quiz, answers = this.answers } = await sendAnswers(this.id, this.answers);
      this.booth.quiz = quiz;
      this.#remember({ answers });
      this.update(view);
    } catch {
      await this.#ask(async () => this.update(await persistently(() => api.look(this.id))));
    }
  }

  #goAlong() {
    this.follow({ erased: () => this.#end(this.#isErasing ? "erased" : "gone"), lost: () => this.#ask(async () => this.update(await api.look(this.id))) });
  }

  // Asks the booth; gives null, and ends the visit, when there is nothing any more. No network is no answer.
  async #ask(work) {
    try {
      return await work();
    } catch (problem) {
      if (IS_GONE.has(problem.reason)) this.#end("gone");
      else if (!problem.isRetryable) throw problem;
      return null;
    }
  }

  #end(how) {
    if (this.ended) return;
    if (this.localPhoto) URL.revokeObjectURL(this.localPhoto);
    this.#clear({ localPhoto: null, ended: how });
  }

  // Nothing of the visit stays here; another one that this phone has begun since does.
  async #clear(change = {}) {
    this.close();
    const isKept = kept().id === this.id;
    this.#kept = { ...EMPTY };
    Object.assign(this, { view: null, sending: null, ...change });
    this.tell("place");
    if (isKept) await forget();
  }

  #adopt(record) {
    if (record.id !== this.id || !record.id || record.at === this.at) return;
    this.#kept = record;
    this.tell("place");
  }

  #remember(change) {
    this.#kept = { ...this.#kept, ...change };
    keep(this.#kept);
  }

  #sends(sending) {
    const before = this.sending?.trouble;
    this.sending = sending;
    this.tell("sending");
    if (before !== sending.trouble) this.tell("place");
  }
}
