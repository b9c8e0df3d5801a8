// The words of the pages in both languages, and which one is spoken: the visitor's choice, else the phone's.

const KEY = "articket-lang";

export function language() {
  const chosen = localStorage.getItem(KEY);
  if (chosen === "ko" || chosen === "en") return chosen;
  return (navigator.language || "en").toLowerCase().startsWith("ko") ? "ko" : "en";
}

export function speak(lang) {
  localStorage.setItem(KEY, lang);
  document.documentElement.lang = lang;
}

export function wordsOf(table) {
  const lang = language();
  document.documentElement.lang = lang;
  return (key, values = {}) =>
    Object.entries(values).reduce((text, [name, value]) => text.replaceAll(`{${name}}`, value), table[lang][key] ?? key);
}
