"""Waiting on the phone: how long it still takes, and what is said where the match decides who paints."""

from __future__ import annotations

import re

import pytest

from articket_gateway.visit.states import PaintMode
from tests.web.conftest import PHOTO, answer_all
from tests.web.stand_in import ARTISTS, ROOT, StandIn

playwright = pytest.importorskip("playwright.sync_api", reason="the pages are tested with playwright: pip install playwright")
Page, expect = playwright.Page, playwright.expect

MATCHED = (PaintMode.MATCHED_FIRST, PaintMode.MATCHED_ONLY)
BOTH = pytest.mark.parametrize("lang", ["en", "ko"])

COUNTED = """async (told) => {
  const { Countdown } = await import("/web/phone/estimating.js");
  const countdown = new Countdown();
  const said = [];
  let dueAt = null;
  for (let second = 0; second < 40; second += 1) {
    if (second in told) dueAt = told[second] === null ? null : (second + told[second]) * 1000;
    said.push(countdown.left([{ dueAt }], second * 1000));
  }
  return said;
}"""
"""What is said each second, when the booth tells the seconds left at some of them."""


def begin(page: Page, booth: StandIn, mode: PaintMode = PaintMode.ALL) -> str:
    """Send a photo to a booth that paints like this, and give the visit's id."""
    booth.parts.paint = mode
    page.reload()
    page.wait_for_selector(".painters li")
    page.set_input_files("#album", PHOTO)
    page.wait_for_selector("quiz-page studio-strip li, quiz-page studio-strip p:not([id])")
    return page.url.rpartition("/")[2]


# -- the time left -------------------------------------------------------------------------------------------------------------


def test_the_time_left_counts_down_between_what_the_booth_tells(page: Page) -> None:
    said = page.evaluate(COUNTED, {0: 20, 5: 15.4, 9: 10})
    assert said[:5] == [20, 19, 18, 17, 16]
    assert said[5] == pytest.approx(15.4)
    assert said[9:20] == [10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]


def test_the_time_left_never_goes_up_for_a_little_and_waits_until_it_is_true_again(page: Page) -> None:
    said = page.evaluate(COUNTED, {0: 20, 10: 13})
    assert said == sorted(said, reverse=True)
    assert said[10:14] == [11, 11, 11, 10]  # 13 s were left: it stood still for two of them


def test_the_time_left_goes_up_when_it_was_clearly_wrong_and_is_unknown_when_nobody_can_say(page: Page) -> None:
    said = page.evaluate(COUNTED, {2: 10, 5: 40, 20: None, 30: 4})
    assert said[:2] == [None, None]
    assert said[5] == 40
    assert said[20:30] == [None] * 10
    assert said[30:34] == [4, 3, 2, 1]


@BOTH
def test_the_waiting_page_says_when_all_and_when_the_visitors_own_is_done(page: Page, booth: StandIn, lang: str) -> None:
    visit_id = begin(page, booth)
    answer_all(page)
    lead = page.locator("waiting-page .lead")
    expect(lead).to_have_text({"en": "Watch your canvases grow.", "ko": "캔버스가 채워지는 걸 지켜보세요."}[lang])
    for seconds, artist in enumerate(ARTISTS, 28):
        booth.paint(visit_id, artist, "queued", position=1, seconds_left=float(seconds))
    expect(lead).to_have_text({"en": "All done in about 30 s", "ko": "모두 완성까지 약 30초"}[lang])
    booth.match(visit_id, "vangogh", ticket=False)
    booth.paint(visit_id, "vangogh", "painting", step=1, steps=5, seconds_left=12.0)
    told = {"en": "Yours in about 10 s · all in about 30 s", "ko": "내 그림까지 약 10초 · 모두 완성까지 약 30초"}[lang]
    expect(lead).to_have_text(told)
    booth.paint(visit_id, "vangogh", "painting", step=4, steps=5, seconds_left=2.0)
    expect(lead).to_contain_text({"en": "Yours any moment", "ko": "내 그림은 이제 곧"}[lang])


@BOTH
def test_the_end_is_any_moment_and_not_a_second_that_nobody_keeps(page: Page, booth: StandIn, lang: str) -> None:
    visit_id = begin(page, booth)
    answer_all(page)
    booth.paint_all(visit_id, but=("renoir",))
    booth.paint(visit_id, "renoir", "painting", step=4, steps=5, seconds_left=1.0)
    expect(page.locator("waiting-page .lead")).to_have_text({"en": "Any moment now", "ko": "이제 곧 완성돼요"}[lang])


def test_a_wait_of_minutes_is_told_in_minutes(page: Page, booth: StandIn) -> None:
    visit_id = begin(page, booth)
    answer_all(page)
    for artist in ARTISTS:
        booth.paint(visit_id, artist, "queued", position=9, seconds_left=140.0)
    expect(page.locator("waiting-page .lead")).to_have_text("All done in about 3 min")


def test_stored_news_that_know_no_progress_take_nothing_back(page: Page, booth: StandIn) -> None:
    visit_id = begin(page, booth)
    answer_all(page)
    for artist in ARTISTS:
        booth.paint(visit_id, artist, "queued", position=3, seconds_left=40.0)
    expect(page.locator("waiting-page .lead")).to_have_text("All done in about 40 s")
    stored = booth.visits[visit_id]
    live = [dict(one) for one in stored["paintings"]]
    for one in stored["paintings"]:
        one |= {"position": None, "seconds_left": None}
    stored["caption"] = {"en": "One person", "ko": "한 사람"}
    booth.tell(visit_id)
    stored["paintings"] = live
    booth.paint(visit_id, "renoir", "queued", position=2, seconds_left=39.0)
    expect(page.locator("artist-canvas[artist=renoir]")).to_contain_text("2 before you")
    expect(page.locator("artist-canvas[artist=picasso]")).to_contain_text("3 before you")
    expect(page.locator("waiting-page .lead")).to_contain_text("All done in about")


def test_the_rest_of_the_gallery_says_when_it_comes(page: Page, booth: StandIn) -> None:
    visit_id = begin(page, booth)
    answer_all(page)
    booth.paint_all(visit_id, but=("renoir",))
    booth.paint(visit_id, "renoir", "painting", step=1, steps=5, seconds_left=21.0)
    booth.match(visit_id)
    expect(page.locator("reveal-page .due")).to_have_text("The rest in about 20 s")
    booth.paint(visit_id, "renoir", "done", step=5, steps=5)
    expect(page.locator("reveal-page .due")).to_be_hidden()


# -- where the match decides ---------------------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize("mode", MATCHED)
def test_before_the_match_there_are_words_and_no_empty_canvases(page: Page, booth: StandIn, lang: str, mode: PaintMode) -> None:
    begin(page, booth, mode)
    words = {"en": "Your painter begins as soon as the quiz is done.", "ko": "퀴즈가 끝나면 나의 화가가 바로 그리기 시작해요."}[
        lang
    ]
    expect(page.locator("quiz-page studio-strip")).to_have_text(words)
    assert page.locator("artist-canvas, studio-strip progress").count() == 0
    announced = {"en": "Your painter begins when the quiz is done.", "ko": "퀴즈가 끝나면 나의 화가가 붓을 들어요."}[lang]
    expect(page.locator(".announcer")).to_contain_text(announced)
    answer_all(page)
    expect(page.locator("waiting-page h1")).to_have_text({"en": "Finding your painter", "ko": "나의 화가를 찾는 중"}[lang])
    now = {"en": "The quiz is done: your painter begins right away.", "ko": "퀴즈가 끝났어요. 나의 화가가 곧 붓을 들어요."}[
        lang
    ]
    expect(page.locator("waiting-page .lead")).to_have_text(now)
    expect(page.locator("waiting-page .easel img")).to_be_visible()
    assert page.locator("artist-canvas, progress").count() == 0


@BOTH
def test_matched_only_hangs_one_canvas_and_says_that_the_artist_paints_alone(page: Page, booth: StandIn, lang: str) -> None:
    visit_id = begin(page, booth, PaintMode.MATCHED_ONLY)
    answer_all(page)
    booth.match(visit_id, "renoir", ticket=False)
    expect(page.locator("waiting-page h1")).to_have_text({"en": "Your painter is at work", "ko": "나의 화가가 그리는 중"}[lang])
    expect(page.locator("waiting-page .easel")).to_be_hidden()
    assert page.locator("artist-canvas").evaluate_all("all => all.map((one) => one.getAttribute('artist'))") == ["renoir"]
    booth.paint(visit_id, "renoir", "painting", step=2, steps=5, seconds_left=9.0)
    expect(page.locator("waiting-page .lead")).to_have_text({"en": "Yours in about 10 s", "ko": "내 그림까지 약 10초"}[lang])
    booth.paint(visit_id, "renoir", "done", step=5, steps=5)
    booth.skip_all(visit_id, but="renoir")
    booth.match(visit_id, "renoir")
    alone = {"en": "Your artist paints alone today.", "ko": "오늘은 나의 화가 혼자 그려요."}[lang]
    expect(page.locator("reveal-page .alone")).to_have_text(alone)
    assert page.locator("reveal-page artist-canvas").count() == 0
    page.reload()
    expect(page.locator("reveal-page .alone")).to_have_text(alone)


def test_matched_only_shows_the_next_best_when_the_matched_one_fails(page: Page, booth: StandIn) -> None:
    visit_id = begin(page, booth, PaintMode.MATCHED_ONLY)
    answer_all(page)
    booth.match(visit_id, "renoir", ticket=False)
    booth.paint(visit_id, "renoir", "failed", reason="ENGINE_FAILED")
    expect(page.locator("artist-canvas")).to_have_count(2)
    expect(page.locator("artist-canvas[artist=renoir]")).to_contain_text("Could not paint")
    booth.paint(visit_id, "lichtenstein", "painting", step=1, steps=5)
    expect(page.locator("artist-canvas[artist=lichtenstein] .paint")).to_be_visible()


@BOTH
def test_matched_first_lets_the_others_wait_for_the_matched_one_and_says_so(page: Page, booth: StandIn, lang: str) -> None:
    visit_id = begin(page, booth, PaintMode.MATCHED_FIRST)
    answer_all(page)
    booth.match(visit_id, "renoir", ticket=False)
    expect(page.locator("artist-canvas")).to_have_count(4)
    later = page.locator("artist-canvas[artist=picasso]")
    expect(later).to_contain_text({"en": "After your painter", "ko": "나의 화가 다음에"}[lang])
    expect(later.locator("progress")).to_be_hidden()
    booth.paint(visit_id, "renoir", "painting", step=2, steps=5, seconds_left=9.0)
    expect(page.locator("waiting-page .lead")).to_have_text({"en": "Yours in about 10 s", "ko": "내 그림까지 약 10초"}[lang])
    booth.paint(visit_id, "renoir", "done", step=5, steps=5)
    booth.match(visit_id, "renoir")
    expect(page.locator("reveal-page .others li")).to_have_count(3)


@pytest.mark.parametrize("still", [False])
def test_no_spotlight_asks_who_it_is_when_that_was_said_long_ago(page: Page, booth: StandIn) -> None:
    visit_id = begin(page, booth, PaintMode.MATCHED_FIRST)
    answer_all(page)
    booth.match(visit_id, "renoir", ticket=False)
    page.evaluate("""() => {
      globalThis.titles = [];
      const note = () => titles.push(document.querySelector("waiting-page h1")?.textContent);
      const whatever = { childList: true, characterData: true, subtree: true };
      new MutationObserver(note).observe(document.querySelector(".stage"), whatever);
    }""")
    booth.paint(visit_id, "renoir", "done", step=5, steps=5)
    booth.match(visit_id, "renoir")
    expect(page.locator("reveal-page")).to_be_visible()
    titles = page.evaluate("titles")
    assert "It is done!" in titles
    assert "Who is your painter?" not in titles


# -- words ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("english", "korean"), [("en", "ko"), ("visit-en", "visit-ko")])
def test_every_word_of_the_phone_is_there_in_both_languages(english: str, korean: str) -> None:
    words = [
        dict(re.findall(r'\b(\w+): "((?:[^"\\]|\\.)*)"', (ROOT / f"web/phone/words/{name}.js").read_text()))
        for name in (english, korean)
    ]
    assert list(words[0]) == list(words[1])
    for key, text in words[0].items():
        assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", words[1][key])), key
