// What the booth offers: its artists, its quiz, whether it takes new visits, who paints and when.

import * as api from "../shared/api.js";
import { persistently } from "./sending.js";

export class Booth {
  artists = {};
  quiz = { questions: [] };
  intake = null; // {is_paused, message: {en, ko} | null}
  paint = "all"; // or "matched-first", "matched-only"

  async load() {
    const [{ artists }, quiz, { intake, paint }] = await Promise.all([api.artists, api.quiz, api.booth].map((ask) => persistently(ask)));
    Object.assign(this, { artists: Object.fromEntries(artists.map((artist) => [artist.id, artist])), quiz, intake: intake ?? null, paint: paint ?? "all" });
  }

  artist(id) {
    return this.artists[id] ?? { id, name: { en: id, ko: id }, title: { en: "", ko: "" }, text: { en: "", ko: "" } };
  }
}
