// A failure in friendly words, by the API's stable `reason` (docs/errors.md); of a reason we do not know, what the booth said.

import { sayOr } from "./words.js";

const SAME_AS = { visit_unknown: "visit_erased", store_unavailable: "busy", not_ready: "busy", print_unknown: "print_over" };

export const friendly = (problem) =>
  sayOr(`problem_${SAME_AS[problem.reason] ?? problem.reason}`, problem.message);
