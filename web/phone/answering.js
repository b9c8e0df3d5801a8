// Sending the answers. Where the booth was opened anew with another quiz, what it still knows is sent and the rest left out.

import * as api from "../shared/api.js";
import { persistently } from "./sending.js";

// Gives {view}, and {quiz, answers} as well when they are others now.
export async function sendAnswers(id, answers) {
  try {
    return { view: await persistently(() => api.answer(id, answers)) };
  } catch (problem) {
    if (problem.reason !== "answers_invalid") throw problem;
    const quiz = await persistently(api.quiz);
    const known = new Set(quiz.questions.flatMap(({ id: question, choices }) => choices.map((choice) => `${question} ${choice.id}`)));
    const left = Object.fromEntries(Object.entries(answers).filter((pair) => known.has(pair.join(" "))));
    return { view: await persistently(() => api.answer(id, left)), quiz, answers: left };
  }
}
