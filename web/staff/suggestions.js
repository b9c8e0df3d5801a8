// Messages for visitors while the booth is paused, ready-made.

export const SUGGESTIONS = [
  { id: "break", label: { en: "Short break", ko: "잠깐 쉬어요" },
    message: { en: "We take a short break. Please come back in ten minutes.", ko: "잠시 쉬고 있어요. 10분 뒤에 다시 와 주세요." } },
  { id: "full", label: { en: "Very busy", ko: "많이 밀렸어요" },
    message: { en: "So many of you! Please try again in a little while.", ko: "지금 방문객이 아주 많아요. 조금 뒤에 다시 해 주세요." } },
  { id: "mending", label: { en: "Mending something", ko: "손보는 중" },
    message: { en: "We are mending something. It will not take long.", ko: "잠깐 손보고 있어요. 금방 다시 열게요." } },
  { id: "over", label: { en: "Over for today", ko: "오늘은 끝" },
    message: { en: "That is all for today. Thank you for coming!", ko: "오늘은 여기까지예요. 와 주셔서 고마워요!" } },
];
