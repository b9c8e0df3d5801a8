// What the phone says.
export const WORDS = {
  en: {
    title: "Where your photo becomes art",
    lead: "Send a photo, answer seven quick questions, and {count} painters set to work.",
    consent: "Your photo is used for your pictures only and is erased after {hours} hours — or as soon as you say so.",
    take: "Take a photo", choose: "Choose a photo", sending: "Sending your photo…", retrying: "No network. It goes on by itself.",
    question: "Question {n} of {all}", back: "Back", skip: "Skip",
    waiting: "The painters are at work", queued: "waiting, {n} before you", next: "next", painting: "painting", failed: "could not paint this one",
    yours: "Your painter is", because_title: "", photo: "Your photo", others: "The others painted you, too",
    ticket: "Your ticket", open_ticket: "Open the ticket", number: "Number {n} — show it at the counter", save: "Save", share: "Share",
    compare: "Slide between photo and painting", erase: "Erase my photos now", erase_sure: "Erase everything? This cannot be undone.",
    erased: "Everything has been erased.", again: "Start again", problem: "That did not work", other: "한국어", no_painting: "No painter could paint this photo.",
  },
  ko: {
    title: "당신의 사진이 예술이 되는 곳",
    lead: "사진 한 장 올리고 일곱 가지 질문에 답해 보세요. 화가 {count}명이 바로 붓을 듭니다.",
    consent: "사진은 내 그림을 만드는 데만 쓰이고 {hours}시간 뒤 지워져요. 원하면 지금 바로 지울 수도 있어요.",
    take: "사진 찍기", choose: "사진 고르기", sending: "사진을 보내는 중…", retrying: "네트워크가 끊겼어요. 연결되면 이어서 보내요.",
    question: "질문 {n} / {all}", back: "이전", skip: "건너뛰기",
    waiting: "화가들이 그리는 중", queued: "앞에 {n}점", next: "다음 차례", painting: "그리는 중", failed: "이번엔 그리지 못했어요",
    yours: "당신의 화가는", because_title: "", photo: "내 사진", others: "다른 화가들이 그린 나",
    ticket: "내 티켓", open_ticket: "티켓 열기", number: "번호 {n} — 카운터에서 보여 주세요", save: "저장", share: "공유",
    compare: "사진과 그림 비교하기", erase: "내 사진 지금 지우기", erase_sure: "모두 지울까요? 되돌릴 수 없어요.",
    erased: "모두 지웠어요.", again: "처음으로", problem: "문제가 생겼어요", other: "English", no_painting: "이 사진은 아무도 그리지 못했어요.",
  },
};
