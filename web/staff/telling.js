// Times, amounts and durations as staff read them.

import { language } from "../shared/words.js";

const format = (options) => new Intl.DateTimeFormat(language(), { hourCycle: "h23", ...options });

export const clock = (when) => format({ hour: "2-digit", minute: "2-digit" }).format(new Date(when));
export const clockWithSeconds = (when) => format({ hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(new Date(when));
export const hour = (iso) => String(new Date(iso).getHours());

// $1.28, and $0.0031 where cents say nothing.
export const money = (amount) => amount === null || amount === undefined ? "–" : new Intl.NumberFormat(language(), {
  style: "currency", currency: "USD", currencyDisplay: "narrowSymbol",
  ...(amount > 0 && amount < 0.095 ? { maximumSignificantDigits: 2 } : {}),
}).format(amount);

export const count = (number) => new Intl.NumberFormat(language()).format(number ?? 0);

export const seconds = (amount) => amount === null || amount === undefined ? "–"
  : new Intl.NumberFormat(language(), { maximumFractionDigits: amount < 10 ? 1 : 0 }).format(amount);

// 9:05 of the milliseconds that are left
export function countdown(ms) {
  const left = Math.max(0, Math.ceil(ms / 1000));
  return `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
}
