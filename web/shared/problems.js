// A failure in friendly words, by the API's stable `reason` (docs/errors.md): what happened, and the next step.

const WORDS = {
  offline: {
    en: ["No network", "We keep trying. You need not do anything."],
    ko: ["네트워크가 없어요", "알아서 계속 시도하고 있으니 그대로 두세요."],
  },
  photo_format: {
    en: ["That is not a picture we can read", "Choose a photo from your gallery, or take a new one."],
    ko: ["읽을 수 없는 파일이에요", "앨범에서 사진을 고르거나 새로 찍어 주세요."],
  },
  photo_broken: {
    en: ["This photo is damaged", "Choose it once more, or take a new one."],
    ko: ["사진이 손상됐어요", "다시 한번 고르거나 새로 찍어 주세요."],
  },
  photo_too_large: {
    en: ["This photo is too large", "Take a new one here, or choose a smaller one."],
    ko: ["사진이 너무 커요", "여기서 새로 찍거나 더 작은 사진을 골라 주세요."],
  },
  photo_too_small: {
    en: ["This picture is too small to paint", "Choose the original, not a thumbnail."],
    ko: ["그리기엔 사진이 너무 작아요", "작은 미리보기 말고 원본을 골라 주세요."],
  },
  photo_undecodable: {
    en: ["This browser cannot open that photo", "Take one right here, or choose a JPEG or PNG."],
    ko: ["이 브라우저에서는 열 수 없는 사진이에요", "여기서 바로 찍거나 JPEG, PNG 사진을 골라 주세요."],
  },
  no_artist: {
    en: ["No painter is in the studio yet", "Please ask the staff, or try again in a minute."],
    ko: ["아직 화실에 화가가 없어요", "직원에게 말하거나 잠시 뒤 다시 해 주세요."],
  },
  busy: {
    en: ["The booth needs a moment", "Please try again in a little while."],
    ko: ["부스가 잠시 바빠요", "조금 뒤에 다시 해 주세요."],
  },
  internal: {
    en: ["Something went wrong on our side", "Please try again. If it stays, tell the staff."],
    ko: ["우리 쪽에서 문제가 생겼어요", "다시 해 보고, 계속 그러면 직원에게 알려 주세요."],
  },
};

const SAME_AS = {
  photo_empty: "photo_broken", upload_interrupted: "offline", photo_side_too_small: "photo_too_small",
  photo_side_too_large: "photo_too_large", photo_too_many_pixels: "photo_too_large",
  store_unavailable: "busy", not_ready: "busy", intake_paused: "busy", booth_full: "busy", too_many_visits: "busy",
  too_many_requests: "busy",
};

// Gives {title, next} for a Problem.
export function friendly(problem, lang) {
  const [title, next] = (WORDS[SAME_AS[problem.reason] ?? problem.reason] ?? WORDS.internal)[lang];
  return { title, next };
}
