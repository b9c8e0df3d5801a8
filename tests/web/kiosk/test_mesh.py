"""The live picture of the mesh: what happened at each stop, truthfully, and only what the visitor allows."""

from __future__ import annotations

import re

import pytest

from tests.web.kiosk.kiosk_booth import ARTISTS, KioskBooth, moment
from tests.web.kiosk.states import STATES

playwright = pytest.importorskip("playwright.sync_api", reason="the pages are tested with playwright: pip install playwright")
Page, expect = playwright.Page, playwright.expect


WATCH_TOKEN = """() => {
  globalThis.places = [];
  const look = () => {
    const token = document.querySelector(".tokens .main");
    if (token) places.push(token.getBoundingClientRect().x);
    requestAnimationFrame(look);
  };
  look();
}"""


@pytest.fixture
def english(monitor: Page, booth: KioskBooth) -> Page:
    booth.change(lang="en")
    expect(monitor.locator("html")).to_have_attribute("lang", "en")
    return monitor


def test_stops_are_lit_by_events_with_their_real_times(english: Page, booth: KioskBooth) -> None:
    booth.begin("s1")
    booth.hop("s1", "gateway", "running", started_at=moment(-0.4))
    gateway, caption = english.locator('[data-hop="gateway"]'), english.locator('[data-hop="caption"]')
    expect(gateway).to_have_attribute("data-state", "running")
    booth.hop("s1", "gateway", "done", seconds=1.23)
    booth.hop("s1", "caption", "running", started_at=moment(-2.0))
    expect(gateway.locator(".seconds")).to_have_text("1.2 s")
    expect(caption).to_have_attribute("data-state", "running")
    expect(caption.locator(".seconds")).to_have_text(re.compile(r"[2-9]\.\d s"))
    seen = caption.locator(".seconds").text_content()
    expect(caption.locator(".seconds")).not_to_have_text(seen)  # it counts while it runs


def test_retries_stand_ins_failures_and_positions_are_told(english: Page, booth: KioskBooth) -> None:
    english.wait_for_selector(STATES["mesh"](booth) and "mesh-map")
    expect(english.locator('[data-hop="paint:lichtenstein"] .status')).to_have_text("3 ahead in the queue")
    expect(english.locator('[data-hop="paint:picasso"] .status')).to_have_text("Layer 3 of 5")
    expect(english.locator('[data-hop="paint:picasso"] .remark')).to_have_text("2nd attempt")
    expect(english.locator('[data-hop="paint:picasso"] .place')).to_have_text("stylize-2 · webui")
    expect(english.locator('[data-hop="paint:renoir"] .remark')).to_have_text("after 3 attempts")
    expect(english.locator('[data-hop="paint:vangogh"] .remark')).to_have_text("by the understudy")


def test_a_painting_used_again_says_so(english: Page, booth: KioskBooth) -> None:
    STATES["ticket"](booth)
    expect(english.locator('[data-hop="paint:picasso"] .status')).to_have_text("Painted before: used again")


SAYS = {
    "waits_match": {"en": "Waits for the quiz", "ko": "퀴즈를 기다리는 중"},
    "waits_painter": {"en": "After the chosen one", "ko": "나의 화가 다음에"},
    "waits_reserve": {"en": "Stands by", "ko": "만약을 위해 대기"},
    "skipped": {"en": "Not asked this time", "ko": "이번엔 쉬어요"},
    "fallback": {"en": "by the understudy", "ko": "대신 온 화가가 그려요"},
    "tell_quiz": {
        "en": "Here the quiz comes first: as soon as it has chosen a painter, the brush begins.",
        "ko": "여기서는 퀴즈가 먼저예요. 퀴즈가 화가를 고르면 바로 붓을 들어요.",
    },
    "awaits_quiz": {"en": "The quiz decides who paints.", "ko": "누가 그릴지 퀴즈가 정해요."},
}


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_before_the_quiz_has_decided_the_paintings_say_that_they_wait_for_it(
    monitor: Page, booth: KioskBooth, lang: str
) -> None:
    booth.change(lang=lang)
    monitor.wait_for_selector(STATES["mesh-before-the-match"](booth))
    expect(monitor.locator(".painter .status")).to_have_text([SAYS["waits_match"][lang]] * 4)
    expect(monitor.locator(".narrator")).to_have_text(SAYS["tell_quiz"][lang])
    booth.begin("s2")  # who came later has the stage: the one who still answers stands beside
    expect(monitor.locator("visitor-card .summary")).to_have_text(SAYS["awaits_quiz"][lang])
    booth.end("s2")
    booth.ask("s1", 2, lang=lang)
    expect(monitor.locator("show-track .painter small:not(.seconds)")).to_have_text([SAYS["waits_match"][lang]] * 4)


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_the_others_wait_for_the_chosen_one_and_are_skipped_truthfully(monitor: Page, booth: KioskBooth, lang: str) -> None:
    booth.change(lang=lang)
    monitor.wait_for_selector(STATES["mesh-of-one"](booth))
    status = {one: monitor.locator(f'[data-hop="paint:{one}"] .status') for one in ("renoir", "picasso")}
    expect(status["picasso"]).to_have_text(SAYS["waits_reserve"][lang])
    booth.hop("s1", "paint:picasso", "waiting", waits_for="painter")
    expect(status["picasso"]).to_have_text(SAYS["waits_painter"][lang])
    expect(monitor.locator('[data-hop="paint:renoir"] .remark')).to_have_text(SAYS["fallback"][lang])
    for one in ARTISTS:
        if one != "renoir":
            booth.hop("s1", f"paint:{one}", "skipped", waits_for=None)
    expect(status["picasso"]).to_have_text(SAYS["skipped"][lang])
    expect(monitor.locator('[data-hop="paint:picasso"]')).to_have_attribute("data-state", "skipped")
    booth.hop("s1", "paint:renoir", "done", seconds=9.0)
    expect(monitor.locator("reveal-scene h1")).to_be_visible()
    expect(monitor.locator("reveal-scene .also")).to_be_hidden()


def test_a_show_of_which_the_rest_is_skipped_is_over(english: Page, booth: KioskBooth) -> None:
    STATES["reveal-of-one"](booth)
    expect(english.locator("reveal-scene .picture")).to_be_visible()
    booth.begin("s2", ago=1)
    booth.end("s2")
    english.wait_for_timeout(200)
    assert english.evaluate("document.querySelector('kiosk-app').dataset.scene") == "reveal"  # nothing travels any more


@pytest.mark.parametrize("still", [False])
def test_a_stand_in_on_the_reveal_turns_into_the_artists_own_painting(english: Page, booth: KioskBooth) -> None:
    STATES["reveal-of-one"](booth)
    english.wait_for_selector("reveal-scene .strips img")
    booth.shows["s1"]["hops"] = [
        one | ({"picture_url": one["picture_url"].replace("v=1", "v=2")} if one["name"] == "paint:renoir" else {})
        for one in booth.shows["s1"]["hops"]
    ]
    booth.tell_show("s1")
    english.wait_for_selector('reveal-scene .anew[src*="v=2"]')
    assert english.locator('reveal-scene .strips img[src*="v=1"]').count() == 5  # still there below


@pytest.mark.parametrize("still", [False])
def test_the_visitor_s_token_travels_from_stop_to_stop(english: Page, booth: KioskBooth) -> None:
    english.evaluate(WATCH_TOKEN)
    booth.begin("s1")
    booth.hop("s1", "gateway", "done", seconds=0.1)
    booth.hop("s1", "caption", "running")
    english.wait_for_function("() => globalThis.places?.some((x) => x > 500)")
    places = english.evaluate("places")
    assert places[0] < 200
    assert places == sorted(places)
    assert len({round(x) for x in places}) > 3  # it moved, it did not jump
    booth.hop("s1", "caption", "done", seconds=0.4)
    booth.hop("s1", "paint:vangogh", "running", attempts=1)
    english.wait_for_selector(".tokens .copy img")
    expect(english.locator(".tokens .copy")).to_have_count(0)  # it has arrived


def test_without_consent_a_neutral_token_travels_and_no_picture_is_asked_for(english: Page, booth: KioskBooth) -> None:
    asked: list[str] = []
    english.on("request", lambda request: asked.append(request.url) if "/shows/" in request.url else None)
    english.wait_for_selector(STATES["mesh-without-pictures"](booth))
    expect(english.locator(".tokens .main svg")).to_be_visible()
    assert english.locator("main img").count() == 0
    assert asked == []


def test_pictures_go_at_once_when_the_yes_is_taken_back(english: Page, booth: KioskBooth) -> None:
    english.wait_for_selector(STATES["mesh"](booth))
    booth.hide("s1")
    expect(english.locator("main img")).to_have_count(0)
    expect(english.locator("mesh-scene")).to_be_visible()


def test_of_six_visitors_the_newest_has_the_stage_and_the_others_stand_beside(english: Page, booth: KioskBooth) -> None:
    STATES["mesh-of-six"](booth)
    expect(english.locator("mesh-scene")).to_have_count(1)
    expect(english.locator("visitor-card")).to_have_count(5)
    assert english.evaluate("document.querySelector('main').firstElementChild.ref") == "s1"


def test_while_a_quiz_is_on_the_photo_s_way_goes_on_below(english: Page, booth: KioskBooth) -> None:
    english.wait_for_selector(STATES["quiz"](booth))
    expect(english.locator('show-track [data-hop="caption"] .seconds')).to_have_text("0.4 s")
    booth.hop("s1", "paint:picasso", "done", seconds=9.5)
    expect(english.locator('show-track [data-hop="paint:picasso"]')).to_have_attribute("data-state", "done")


def test_the_monitor_is_free_as_soon_as_the_quiz_ends_and_the_reveal_ends_in_the_invitation(
    english: Page, booth: KioskBooth
) -> None:
    booth.begin("s1")
    booth.paint_all("s1")
    booth.ask("s1", 7)
    expect(english.locator("mesh-scene")).to_be_visible()
    booth.release()
    booth.match("s1")
    expect(english.locator("reveal-scene h1 .name")).to_have_text("Vincent van Gogh")
    expect(english.locator("reveal-scene .number b")).to_have_text("0042")
    expect(english.locator("reveal-scene .because")).to_contain_text("you keep calm")
    expect(english.locator("reveal-scene .strips img")).to_have_count(5)
    booth.end("s1")
    expect(english.locator("idle-scene")).to_be_visible()


def test_a_quiz_has_the_stage_even_while_another_is_revealed(english: Page, booth: KioskBooth) -> None:
    STATES["reveal"](booth)
    expect(english.locator("reveal-scene")).to_be_visible()
    booth.ask("s2", 0)
    expect(english.locator("quiz-scene")).to_be_visible()
    expect(english.locator("visitor-card[data-matched] .summary")).to_have_text("Vincent van Gogh")
