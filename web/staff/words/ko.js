// What the staff page says in Korean.
export const KO = {
  page_title: "Articket · 직원",
  other_language: "English", menu: "메뉴", close: "닫기", cancel: "취소", keep: "그대로 두기", dismiss: "알림 닫기",
  tickets: "티켓", booth: "부스", views: "화면", troubles_count: "손볼 것 {n}개",

  sign_in: "로그인", sign_in_lead: "직원 PIN을 입력하세요.", pin: "직원 PIN", digit_back: "마지막 숫자 지우기", pin_pad: "숫자판",
  signing_in: "로그인하는 중…", expired: "로그인 시간이 지났어요. 다시 로그인하면 보던 곳으로 돌아가요.", sign_out: "로그아웃", signed_out: "로그아웃했어요.",
  locked: "너무 많이 틀렸어요", locked_again: "남은 시간", looking: "확인하는 중…",
  change_pin: "PIN 바꾸기", pin_now: "지금 PIN", pin_new: "새 PIN", pin_new_hint: "숫자 6~12자리, 111111·123456 안 됨", pin_again: "새 PIN 한 번 더", pin_save: "바꾸기", pin_saving: "바꾸는 중…",
  pin_lead: "바꾸면 다른 사람은 모두 로그아웃돼요.", pin_done: "PIN을 바꿨어요. 다른 사람은 모두 로그아웃됐어요.", pin_short: "새 PIN은 숫자 6~12자리여야 해요.", pin_differs: "새 PIN 두 개가 서로 달라요.",

  open: "운영 중", paused: "일시 중지", not_ready: "준비 중", no_connection: "연결 끊김", as_of: "{time}의 모습이에요. 연결되면 알아서 이어져요.",
  no_connection_yet: "부스가 응답하지 않아요. 계속 시도하고 있어요.",
  summary_today: "오늘 티켓 {n}장", summary_hour: "최근 1시간 {n}장", summary_open: "진행 중 {n}명",
  missing: "응답 없음: {services}. 돌아오면 알아서 열려요.", service_caption: "사진 설명", service_stylize: "화가", service_ticket: "티켓 제작", service_gateway: "게이트웨이", service_database: "데이터베이스", service_store: "그림 저장소",
  paused_with: "방문객에게 보이는 말:", paused_silent: "방문객에게 나중에 다시 와 달라고 안내해요.", pause: "일시 중지", resume: "다시 열기", resumed: "새 방문객을 다시 받아요.", edit_message: "안내 바꾸기",
  pause_title: "새 방문 일시 중지", pause_lead: "진행 중인 방문은 끝까지 이어져요. 새 방문객에게는 이 말이 보여요.", message_ko: "한국어 안내", message_en: "영어 안내", pause_now: "지금 중지", message_save: "이 안내 보이기", pausing: "중지하는 중…", paused_done: "새 방문을 중지했어요.", suggestions: "준비된 안내",

  mend: "손볼 것", today: "오늘", tickets_today: "티켓", last_hour: "최근 1시간", visits_today: "방문", visits_open: "진행 중", cost_today: "비용", cost_each: "티켓 한 장당",
  per_hour: "시간별 티켓", hour: "시",
  printing: "인쇄", automatic: "자동 인쇄", automatic_lead: "티켓이 완성되면 바로 인쇄해요.", automatic_off: "직원이 눌러야 인쇄해요.", pause_printing: "인쇄 멈춤", pause_printing_on: "티켓이 순서대로 기다려요.", pause_printing_off: "티켓이 바로 프린터로 가요.",
  no_printing: "연결된 프린터가 없어요. 티켓은 PDF로 열 수 있어요.", waiting_to_print: "인쇄 대기", sink_folder: "폴더", sink_ipp: "프린터", sink_store: "클라우드 폴더",
  sink_idle: "준비됨", sink_printing: "인쇄 중", sink_waiting: "대기 중", sink_stopped: "멈춤", sink_counts: "대기 {waiting}장 · 인쇄 {printed}장",
  printing_paused: "인쇄를 멈춰 두었어요", printing_paused_lead: "티켓 {n}장이 순서대로 기다려요.", go_on_printing: "인쇄 다시 시작", changed: "바꿨어요.",

  reason_media_empty: "용지가 떨어졌어요", next_media_empty: "용지를 채우면 알아서 이어서 인쇄해요.", reason_media_needed: "맞는 용지가 없어요", next_media_needed: "맞는 용지를 넣으면 알아서 이어서 인쇄해요.",
  reason_media_jam: "용지가 걸렸어요", next_media_jam: "프린터를 열고 용지를 빼 주세요. 알아서 이어서 인쇄해요.", reason_offline: "프린터가 응답하지 않아요", next_offline: "전원과 네트워크를 확인해 주세요. 알아서 이어서 인쇄해요.",
  reason_busy: "프린터가 바빠요", next_busy: "그대로 두면 순서대로 인쇄해요.", reason_cover_open: "덮개가 열려 있어요", next_cover_open: "덮개를 닫으면 알아서 이어서 인쇄해요.", reason_door_open: "문이 열려 있어요", next_door_open: "문을 닫으면 알아서 이어서 인쇄해요.",
  reason_marker_supply_empty: "잉크가 떨어졌어요", next_marker_supply_empty: "새 카트리지를 넣으면 알아서 이어서 인쇄해요.", reason_marker_supply_low: "잉크가 얼마 없어요", next_marker_supply_low: "새 카트리지를 준비해 두세요.", reason_media_low: "용지가 얼마 없어요", next_media_low: "용지를 준비해 두세요.",
  reason_refused: "프린터가 티켓을 거절했어요", next_refused: "용지 크기와 설정을 확인하고 그 티켓을 다시 인쇄해 주세요.", reason_input_tray_missing: "용지함이 없어요", next_input_tray_missing: "용지함을 끼우면 알아서 이어서 인쇄해요.", reason_output_area_full: "나온 용지가 가득 찼어요", next_output_area_full: "나온 티켓을 꺼내면 알아서 이어서 인쇄해요.", reason_no_sink: "더는 연결되지 않은 프린터예요", next_no_sink: "취소하고 다시 인쇄해 주세요.",
  reason_outcome_unknown: "이 티켓이 나왔는지 알 수 없어요", next_outcome_unknown: "출력함을 보고, 없으면 취소한 뒤 다시 인쇄해 주세요.", reason_partly_printed: "몇 장만 나오고 멈췄어요", next_partly_printed: "나온 장수를 세어 보고, 취소한 뒤 모자란 만큼 인쇄해 주세요.", reason_aborted: "프린터가 이 티켓을 포기했어요", next_aborted: "프린터를 살펴보고 다시 인쇄해 주세요.", reason_cancelled_at_printer: "프린터에서 누군가 취소했어요", next_cancelled_at_printer: "필요하면 다시 인쇄해 주세요.", reason_ticket_missing: "이미 지워진 티켓이에요", next_ticket_missing: "할 일이 없어요.",
  reason_paused: "프린터가 일시 정지됐어요", next_paused: "프린터에서 계속을 눌러 주세요.",
  reason_unknown: "프린터 알림: “{word}”", next_unknown: "프린터 화면을 확인해 주세요. 알아서 이어서 인쇄해요.", reason_stopped: "프린터가 멈췄어요", next_stopped: "프린터 화면을 확인해 주세요. 알아서 이어서 인쇄해요.",

  place_offline: "연결할 수 없어요", place_next_offline: "네트워크를 확인해 주세요. 티켓은 알아서 이어서 저장돼요.", place_unwritable: "저장할 수 없어요", place_next_unwritable: "디스크 공간을 비우거나 운영자에게 알려 주세요.", place_refused: "티켓을 거절했어요", place_next_refused: "주소나 권한이 잘못됐을 수 있으니 운영자에게 알려 주세요.", place_stopped: "멈췄어요", place_next_stopped: "운영자에게 알려 주세요. 티켓은 알아서 이어서 저장돼요.", place_unknown: "알림: “{word}”", place_next_unknown: "운영자에게 알려 주세요. 티켓은 알아서 이어서 저장돼요.",

  kiosks: "키오스크", no_kiosks: "아직 연결한 모니터가 없어요.", connected_now: "연결됨", not_connected: "{time}부터 연결 끊김", since: "{time}부터", not_connected_ever: "연결 안 됨", code: "코드", in_use: "사용 중 · 질문 {at}/{count}", in_use_photo: "사용 중 · 사진을 보내는 중", free: "비어 있음", release: "비우기", releasing: "비우는 중…", released: "모니터를 비웠어요.", unpair: "연결 해제",
  unpair_sure: "{name} 연결을 해제할까요? 다시 쓰려면 코드로 연결해야 해요.", unpair_yes: "해제하기", unpairing: "해제하는 중…", unpaired: "연결을 해제했어요.", kiosk_away: "{name} 연결이 끊겼어요", next_kiosk_away: "모니터 전원과 네트워크를 확인해 주세요. 알아서 다시 연결돼요.",
  pair: "키오스크 연결하기", pairing: "코드를 만드는 중…", pair_lead: "모니터에서 {address} 주소를 열고 이 코드를 입력하세요.", pair_left: "남은 시간", pair_over: "코드 시간이 지났어요.", pair_anew: "새 코드", pair_ready: "코드는 {code}예요.", paired: "{name} 연결됐어요.",

  artists: "화가", waiting: "대기", running: "작업 중", done_count: "완성", failed_count: "실패", median: "중앙값", seconds: "{n}초", no_artists: "일하는 화가가 없어요.",
  left_out: "제외된 화가", left_out_lead: "이 폴더는 읽을 수 없었어요. 다른 화가는 그대로 그려요.", fault: "{key}: 기대한 값 {expected}, 실제 값 {found}.",

  find: "티켓 번호 찾기", find_clear: "검색 지우기", filter: "보기", show_all: "전체", show_print: "인쇄할 것", show_trouble: "문제", fresh: "새로 {n}개", more: "이전 방문 더 보기", looking_for_more: "찾는 중…", list_end: "최근 24시간은 여기까지예요.", looked_through: "최근 {n}개를 살펴봤어요.", look_further: "더 이전까지 보기",
  empty_all: "아직 방문이 없어요", empty_all_lead: "방문하면 여기에 알아서 나타나요.", empty_print: "인쇄할 것이 없어요", empty_print_lead: "모든 티켓을 인쇄했어요.", empty_trouble: "문제없어요", empty_trouble_lead: "실패한 것이 없어요.", empty_find: "{n}번 티켓이 없어요", empty_find_lead: "방문객 휴대폰에 있는 번호를 확인해 주세요.", looking_for: "{n}번을 찾는 중…",

  number: "번호", visit_of: "{time} 방문", no_number: "아직 티켓 없음", state_created: "사진 보내는 중", state_photo_received: "그리는 중", state_captioned: "그리는 중", state_painting: "그리는 중", state_matched: "티켓 만드는 중", state_ticket_ready: "티켓 완성", state_printed: "인쇄됨", state_failed: "실패", state_erased: "지워짐",
  not_matched: "퀴즈 푸는 중", no_match: "화가 없음", paintings: "그림", painting_queued: "{name}: 대기", painting_painting: "{name}: 그리는 중", painting_done: "{name}: 완성", painting_failed: "{name}: 실패", painting_skipped: "{name}: 그리지 않음", stand_in: "예비 엔진으로", stand_ins: "예비 엔진으로 그림: {names}", paints_after_quiz: "퀴즈 뒤에 그려요", tries: "{n}번 시도",
  private: "비공개", on_screen: "공개 화면에 보임", hidden: "직원이 숨김",
  print: "인쇄", print_again: "다시 인쇄", printing_now: "보내는 중…", print_sent: "인쇄로 보냈어요", copies_left: "{n}장 남음", copies_left_one: "1장 남음", why_no_ticket: "아직 인쇄할 티켓이 없어요", why_used_up: "인쇄 가능한 장수를 다 썼어요", why_no_sink: "연결된 프린터가 없어요", why_under_way: "이미 보냈어요",
  print_waiting: "인쇄 대기 중", print_printing: "지금 인쇄 중", print_held: "보류됨", print_printed: "인쇄됨", print_failed: "인쇄 실패", print_cancelled: "취소됨", by_automatic: "자동", by_staff: "직원", printed_times: "{n}번 인쇄, 마지막 {time}", printed_once: "{time} 인쇄", not_printed: "아직 인쇄 안 함", copies: "{n}장",
  cancel_print: "이 인쇄 취소", cancelling: "취소하는 중…", cancelled: "취소했어요.",
  retry: "{name} 다시 그리기", retrying: "다시 시키는 중…", retried: "{name} 그림을 다시 그려요.", failed_artists: "그리지 못함: {why}. 다시 그리기:",
  hide: "숨기기", hide_long: "{ticket}을 공개 화면에서 숨기기", hiding: "숨기는 중…", hid: "숨겼어요", show: "보이기", show_long: "{ticket}을 공개 화면에 다시 보이기", showing: "보이는 중…", shown: "보여요",
  erase: "지우기", erase_long: "{ticket} 지우기", erase_sure: "{ticket}을 완전히 지울까요?", erase_lead: "사진과 그림, 티켓이 방문객 휴대폰에서도 바로 사라져요. 되돌릴 수 없어요.", erase_yes: "완전히 지우기", erasing: "지우는 중…", erased: "지웠어요.",
  ticket: "티켓", ticket_long: "{number}번 티켓 보기", pdf: "PDF", pdf_long: "{number}번 티켓 PDF 열기", ticket_of: "{number}번 티켓", ticket_picture: "{number}번 티켓 그림", open_pdf: "PDF 열기", more_actions: "{ticket}에 할 수 있는 일", this_ticket: "{number}번 티켓", this_visit: "{time} 방문",

  why_INVALID_REQUEST: "요청이 잘못됐어요", why_BAD_PICTURE: "사진을 읽을 수 없어요", why_BAD_TEMPLATE: "티켓 틀이 고장 났어요", why_UNKNOWN_ARTIST: "이 화가를 맡은 곳이 없어요", why_BUSY: "모두 바빠요", why_OUT_OF_MEMORY: "메모리가 모자랐어요", why_ENGINE_FAILED: "엔진이 고장 났어요", why_ENGINE_UNAVAILABLE: "그릴 곳이 없었어요", why_STYLE_NOT_APPLIED: "화풍이 입혀지지 않았어요", why_DEADLINE_EXCEEDED: "너무 오래 걸렸어요", why_DRAINING: "꺼지는 중이었어요", why_UNREACHABLE: "응답이 없었어요", why_INTERNAL: "내부 오류예요", why_no_painting: "아무도 이 사진을 그리지 못했어요",

  problem_offline: "아직 응답이 없어요. 전해졌는지 확인하고 있어요…", problem_unanswered: "응답이 오지 않았어요. 지금 보이는 것이 실제 상태예요.", problem_internal: "부스에 문제가 생겼어요. 다시 해 보세요.", problem_busy: "부스가 잠시 바빠요. 다시 해 보세요.",
  problem_pin_wrong: "PIN이 맞지 않아요.", problem_pin_tries: "너무 많이 틀렸어요. 잠시 기다려 주세요.", problem_pin_unfit: "맞히기 쉬워요. 같은 숫자나 이어지는 숫자가 아닌 6~12자리로 해 주세요.", problem_cross_site: "부스의 주소에서 이 페이지를 열어 주세요.", problem_not_signed_in: "로그아웃됐어요.",
  problem_copies_used_up: "이 티켓의 인쇄 가능한 장수를 다 썼어요.", problem_ticket_not_ready: "티켓이 아직 준비되지 않았어요.", problem_no_sink: "연결된 프린터가 없어요.", problem_print_under_way: "늦었어요. 이미 인쇄하고 있어요.", problem_print_over: "이미 끝난 인쇄예요.", problem_not_failed: "다시 그릴 차례가 아니에요.", problem_visit_erased: "이미 지워진 방문이에요.", problem_kiosk_unknown: "이미 연결이 해제된 키오스크예요.",
};
