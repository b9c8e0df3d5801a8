// The staff's part of the gateway. No answer within PATIENCE_MS counts as no connection: a lost network may never say so.

import { call, offline } from "../shared/api.js";

const PATIENCE_MS = 12000;

async function ask(method, path, json) {
  let late = 0;
  const patience = new Promise((_, reject) => { late = setTimeout(() => reject(offline()), PATIENCE_MS); });
  return Promise.race([call(method, `/staff${path}`, json), patience]).finally(() => clearTimeout(late));
}

const visit = (ref) => `/visits/${encodeURIComponent(ref)}`;

export const session = () => ask("GET", "/session");
export const signIn = (pin) => ask("POST", "/session", { pin });
export const signOut = () => ask("DELETE", "/session");
export const changePin = (pin, next) => ask("PUT", "/pin", { pin, new: next });

export const booth = () => ask("GET", "/booth");
export const intake = (isPaused, message) => ask("PUT", "/intake", { is_paused: isPaused, message });
export const printing = (change) => ask("PUT", "/printing", change);
export const pairingCode = () => ask("POST", "/pairing-codes");
export const unpair = (kiosk) => ask("DELETE", `/kiosks/${encodeURIComponent(kiosk)}`);
export const release = (kiosk) => ask("POST", `/kiosks/${encodeURIComponent(kiosk)}/release`);

export const visits = ({ limit, search, before }) => {
  const query = new URLSearchParams({ limit });
  if (search) query.set("search", search);
  if (before) query.set("before", before);
  return ask("GET", `/visits?${query}`);
};
export const print = (ref) => ask("POST", `${visit(ref)}/prints`, { copies: 1 });
export const cancelPrint = (id) => ask("DELETE", `/prints/${encodeURIComponent(id)}`);
export const retry = (ref, artist) => ask("POST", `${visit(ref)}/paintings/${encodeURIComponent(artist)}/retry`);
export const hide = (ref, isHidden) => ask("PUT", `${visit(ref)}/hidden`, { is_hidden: isHidden });
export const erase = (ref) => ask("DELETE", visit(ref));
