// The back button. A visit lies one entry above the start page, each question one above the question before; when the quiz ends,
// its entries are taken back, so that one step back from the pictures leads to the start page, not through seven questions.

export class Steps {
  #isUnwinding = false;

  constructor(visit, onStart) {
    this.visit = visit;
    addEventListener("popstate", (event) => this.#popped(event.state, onStart));
  }

  // The visit that was opened by its address, or that goes on after a reload, begins a row of its own.
  settle() {
    if (history.state?.base === undefined) history.replaceState({ at: this.visit.at, base: this.visit.at }, "", this.#address());
  }

  begin() {
    history.pushState({ at: 0, base: 0 }, "", this.#address());
  }

  nameVisit() {
    if (history.state?.base !== undefined) history.replaceState(history.state, "", this.#address());
  }

  forward() {
    history.pushState({ at: this.visit.at, base: history.state?.base ?? this.visit.at }, "", this.#address());
  }

  back() {
    const { at, base } = history.state ?? {};
    if (at === this.visit.at && at > base) return history.back();
    this.visit.goTo(this.visit.at - 1);
    history.replaceState({ at: this.visit.at, base: this.visit.at }, "", this.#address());
  }

  unwind() {
    const { at, base } = history.state ?? {};
    if (!(at > base)) return;
    this.#isUnwinding = true;
    history.go(base - at);
  }

  leave() {
    history.replaceState(null, "", "/");
  }

  #popped(state, onStart) {
    if (this.#isUnwinding) {
      this.#isUnwinding = false;
      return this.nameVisit();
    }
    const isQuiz = !this.visit.isAnswered && !this.visit.view?.match;
    if (isQuiz && state?.at >= 0 && state.at !== this.visit.at) this.visit.goTo(state.at);
    onStart(state?.base === undefined);
  }

  #address() {
    return this.visit.id ? `/v/${this.visit.id}` : "/";
  }
}
