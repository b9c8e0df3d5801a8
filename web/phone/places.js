// Which page a visit is at.

export const isPainted = (visit) => visit.matched?.state === "done";

export function placeOf(visit) {
  const { view } = visit;
  if (visit.ended) return "farewell";
  if (visit.sending) return visit.isAnswered ? "waiting" : "quiz";
  if (!view || view.state === "created") return "welcome";
  if (isPainted(visit) && (view.ticket || view.state === "failed")) return "reveal";
  if (view.match || view.state === "failed" || visit.isAnswered || !visit.quiz.questions.length) return "waiting";
  return "quiz";
}
