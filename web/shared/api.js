// Talking to the gateway. A failed call throws a Problem with the server's reason and words (docs/errors.md).

const BASE = "/api/v1";

export class Problem extends Error {
  constructor(document) {
    super(document.detail || document.title);
    this.reason = document.reason;
    this.hint = document.hint;
    this.status = document.status;
  }
}

async function call(method, path, { body, json } = {}) {
  const response = await fetch(BASE + path, {
    method,
    body: json === undefined ? body : JSON.stringify(json),
    headers: json === undefined ? {} : { "Content-Type": "application/json" },
  });
  if (response.status === 204) return null;
  const answer = await response.json().catch(() => ({ reason: "internal", title: response.statusText }));
  if (!response.ok) throw new Problem({ status: response.status, ...answer });
  return answer;
}

export const artists = () => call("GET", "/artists");
export const quiz = () => call("GET", "/quiz");
export const beginVisit = (lang) => call("POST", "/visits", { json: { lang } });
export const look = (id) => call("GET", `/visits/${id}`);
export const answer = (id, answers) => call("PUT", `/visits/${id}/answers`, { json: { answers } });
export const erase = (id) => call("DELETE", `/visits/${id}`);

// fetch cannot tell how far an upload is, XMLHttpRequest can.
export function sendPhoto(id, blob, onProgress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("PUT", `${BASE}/visits/${id}/photo`);
    request.upload.onprogress = (event) => onProgress(event.total ? event.loaded / event.total : 0);
    request.onerror = () => reject(new Problem({ reason: "offline", title: "offline" }));
    request.onload = () => {
      let answer = {};
      try { answer = JSON.parse(request.responseText); } catch { answer = { reason: "internal", title: request.statusText }; }
      if (request.status < 300) resolve(answer);
      else reject(new Problem({ status: request.status, ...answer }));
    };
    request.send(blob);
  });
}

// The browser reconnects by itself and sends Last-Event-ID; `handlers` are called with each event's data.
export function follow(id, handlers) {
  const source = new EventSource(`${BASE}/visits/${id}/events`);
  for (const [type, handle] of Object.entries(handlers)) {
    source.addEventListener(type, (event) => handle(JSON.parse(event.data)));
  }
  return source;
}
