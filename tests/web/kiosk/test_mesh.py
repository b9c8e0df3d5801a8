"""The live picture of the mesh: what happened at each stop, truthfully, and only what the visitor allows."""

from __future__ import annotations

import re

import pytest

from tests.web.kiosk.kiosk_booth import KioskBooth, moment
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
    expect(english.locator('[data-hop="paint:vangogh"] .remark')).to_have_text("by the stand-in brush")


def test_a_painting_used_again_says_so(english: Page, booth: KioskBooth) -> None:
    STATES["ticket"](booth)
    expect(english.locator('[data-hop="paint:picasso"] .status')).to_have_text("Painted before: used again")


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
