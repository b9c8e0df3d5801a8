// Talking to the gateway. A failed call throws a Problem with the server's stable reason (docs/errors.md).

const BASE = "/api/v1";

export class Problem extends Error {
  constructor({ reason = "internal", detail, title, hint, status = 0, retryable, retryAfter } = {}) {
    super(detail ?? title ?? reason);
    Object.assign(this, { reason, hint, status });
    // a proxy answers without our document: its 502, 503 and 504 pass
    this.isRetryable = retryable ?? (status === 0 || status === 429 || status >= 502);
    this.retryAfter = Number(retryAfter) || null;
  }
}

export const offline = () => new Problem({ reason: "offline" });

export async function call(method, path, json) {
  const body = json === undefined ? {} : { body: JSON.stringify(json), headers: { "Content-Type": "application/json" } };
  const response = await fetch(BASE + path, { method, ...body }).catch(() => { throw offline(); });
  if (response.status === 204) return null;
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) {
    throw new Problem({ ...answer, status: response.status, retryAfter: response.headers.get("Retry-After") });
  }
  return answer;
}

export const artists = () => call("GET", "/artists");
export const quiz = () => call("GET", "/quiz");
export const booth = () => call("GET", "/booth");
export const beginVisit = (lang) => call("POST", "/visits", { lang });
export const look = (id) => call("GET", `/visits/${id}`);
export const answer = (id, answers) => call("PUT", `/visits/${id}/answers`, { answers });
export const erase = (id) => call("DELETE", `/visits/${id}`);
export const eventsOf = (id) => new EventSource(`${BASE}/visits/${id}/events`);
export const photoAddress = (id) => `${BASE}/visits/${id}/photo`;
