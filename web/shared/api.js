// Talking to the gateway. A failed call throws a Problem with the server's stable reason (docs/errors.md).

const BASE = "/api/v1";

export class Problem extends Error {
  constructor({ reason = "internal", detail, title, hint, status = 0, retryable, retryAfter, message } = {}) {
    super(detail ?? title ?? reason);
    Object.assign(this, { reason, hint, status });
    this.says = message ?? null; // {en, ko}: the staff's own words
    // a proxy answers without our document: its 502, 503 and 504 pass
    this.isRetryable = retryable ?? (status === 0 || status === 429 || status >= 502);
    this.retryAfter = Number(retryAfter) || null; // seconds
  }
}

export const offline = () => new Problem({ reason: "offline" });

const PATIENCE_MS = 20_000; // an answer that takes longer will not come any more: the connection is dead

async function ask(method, path, json, patience = PATIENCE_MS) {
  const body = json === undefined ? {} : { body: JSON.stringify(json), headers: { "Content-Type": "application/json" } };
  const options = { method, ...body, signal: AbortSignal.timeout?.(patience) };
  const response = await fetch(BASE + path, options).catch(() => { throw offline(); });
  if (response.status === 204) return { answer: null, response };
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) {
    throw new Problem({ ...answer, status: response.status, retryAfter: response.headers.get("Retry-After") });
  }
  return { answer, response };
}

export const call = async (...request) => (await ask(...request)).answer;

export const artists = () => call("GET", "/artists");
export const quiz = () => call("GET", "/quiz");
export const booth = () => call("GET", "/booth");
export const look = (id) => call("GET", `/visits/${id}`);
export const answer = (id, answers) => call("PUT", `/visits/${id}/answers`, { answers });
export const allowScreens = (id, isAllowed) => call("PUT", `/visits/${id}/public`, { is_public: isAllowed });
export const stand = (id, at, patience) => call("PUT", `/visits/${id}/place`, { at }, patience);
export const erase = (id) => call("DELETE", `/visits/${id}`);
export const eventsOf = (id) => new EventSource(`${BASE}/visits/${id}/events`);
export const photoAddress = (id) => `${BASE}/visits/${id}/photo`;

export const beginVisit = (lang, { pass, isPublic = false } = {}) =>
  call("POST", "/visits", { lang, is_public: isPublic, ...(pass && { pass }) });

// Gives the pass for a monitor's code and for how long it is good: by the booth's clock, as the phone's may be wrong.
export async function passFor(code) {
  const { answer, response } = await ask("POST", "/passes", { code });
  const now = Date.parse(response.headers.get("Date")) || Date.now();
  return { pass: answer.pass, kiosk: answer.kiosk, seconds: (Date.parse(answer.expires_at) - now) / 1000 };
}
