// Where one is: the view, the search, the filter. It stands in the address's fragment, which no server is sent, and so
// outlasts a reload and a session that has expired.

const DEFAULT = { view: "tickets", find: "", show: "all" };
const ALLOWED = { view: ["tickets", "booth"], show: ["all", "print", "trouble"] };

export function place() {
  const told = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
  const chosen = (name) => ALLOWED[name].includes(told[name]) ? told[name] : DEFAULT[name];
  return { view: chosen("view"), show: chosen("show"), find: (told.find ?? "").replace(/\D/g, "").slice(0, 8) };
}

export function goTo(change) {
  const next = Object.entries({ ...place(), ...change }).filter(([name, value]) => value !== DEFAULT[name]);
  history.replaceState(null, "", next.length ? `#${new URLSearchParams(next)}` : location.pathname);
}
