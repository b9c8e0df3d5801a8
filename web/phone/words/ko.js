// What the start page says in Korean, and what may have to be said at any time.
export const KO = {
  page_title: "Articket · 당신의 사진이 예술이 되는 곳",
  other_language: "English",
  photo_there: "사진이 도착했어요. 화가들이 붓을 들었어요.", photo_there_first: "사진이 도착했어요. 퀴즈가 끝나면 나의 화가가 붓을 들어요.",
  monitor_asking: "모니터에 인사하는 중…", monitor_there: "{name} 모니터에 연결됐어요", expired: "이 코드는 시간이 지났어요", expired_lead: "코드는 계속 바뀌어요. 모니터의 코드를 다시 찍어 주세요.", without_monitor: "모니터 없이 하기",
  under_way: "하던 퀴즈가 남아 있어요", under_way_lead: "하던 곳부터 이어서 하거나, 새 사진으로 다시 시작할 수 있어요.", go_on: "이어서 하기",
  intake_paused: "잠시 쉬어 가요",
  offline: "지금은 네트워크가 없어요. 연결되면 알아서 이어져요.", online: "다시 연결됐어요.",
  again: "새 사진으로 시작하기",
};
