// Which language is spoken: the visitor's choice, else the phone's. `wordsOf` gives the function that says a key in it.

const KEY = "articket-lang";

export function language() {
  const chosen = localStorage.getItem(KEY);
  if (chosen === "ko" || chosen === "en") return chosen;
  return (navigator.languages?.[0] ?? navigator.language ?? "en").toLowerCase().startsWith("ko") ? "ko" : "en";
}

export function speak(lang) {
  localStorage.setItem(KEY, lang);
  document.documentElement.lang = lang;
}

// const say = wordsOf({ en: {...}, ko: {...} });  say("queued", { n: 3 })
export const wordsOf = (tables) => (key, values = {}) =>
  tables[language()][key].replace(/\{(\w+)\}/g, (_, name) => values[name]);

export const inLanguage = (text) => text?.[language()] ?? "";
