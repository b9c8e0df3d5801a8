// Which page a visit is at.

// The booth takes no new visits right now; the photo waits on the phone.
const IS_SHUT = new Set(["intake_paused", "booth_full", "too_many_visits"]);

export const isPainted = (visit) => visit.matched?.state === "done";

export function placeOf(visit) {
  const { view } = visit;
  if (visit.ended) return "farewell";
  if (IS_SHUT.has(visit.sending?.trouble)) return "intake";
  if (visit.sending) return visit.isAnswered ? "waiting" : "quiz";
  if (!view || view.state === "created") return "welcome";
  if (isPainted(visit) && (view.ticket || view.state === "failed")) return "reveal";
  if (view.match || view.state === "failed" || visit.isAnswered || !visit.booth.quiz.questions.length) return "waiting";
  return "quiz";
}
