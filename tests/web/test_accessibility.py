"""Every page in every state and both languages: nothing that axe can find, nothing too small for a thumb, nothing cut off."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from articket_gateway.errors import Problem
from articket_gateway.staff.intake import IntakeView
from articket_gateway.visit.states import PaintMode
from articket_gateway.visit.views import WordsView
from tests.web.conftest import PHOTO, answer_all
from tests.web.stand_in import StandIn

playwright = pytest.importorskip("playwright.sync_api", reason="the pages are tested with playwright: pip install playwright")
Page, expect = playwright.Page, playwright.expect

SMALLEST_TARGET_PX = 44
BREAK = {"en": "We are having soup. Back at three!", "ko": "수프 먹고 세 시에 돌아올게요!"}
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
TOO_SMALL = """smallest => [...document.querySelectorAll("a, button, label.button, label.tick")]
  .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.closest("[aria-hidden=true]"))
  .map((one) => [one.textContent.trim(), one.getBoundingClientRect()])
  .filter(([, box]) => box.width > 1 && (box.width < smallest || box.height < smallest))
  .map(([text, box]) => `${text}: ${box.width} x ${box.height}`)"""


def _axe() -> str:
    if "ARTICKET_TEST_AXE" in os.environ:
        return Path(os.environ["ARTICKET_TEST_AXE"]).read_text()
    package = pytest.importorskip(
        "axe_playwright_python", reason="pages are checked with axe: pip install axe-playwright-python"
    )
    return next(Path(package.__file__).parent.rglob("axe.min.js")).read_text()


def _quiz(page: Page, booth: StandIn) -> str:
    page.set_input_files("#album", PHOTO)
    page.wait_for_selector("studio-strip artist-canvas")
    return page.url.rpartition("/")[2]


def _welcome(page: Page, booth: StandIn) -> None:
    pass


def _refused(page: Page, booth: StandIn) -> None:
    booth.refusal = Problem("photo_broken", "broken")
    page.set_input_files("#album", PHOTO)
    page.wait_for_selector(".trouble:not(:empty)")


def _sending(page: Page, booth: StandIn) -> None:
    booth.refusal = Problem("store_unavailable", "away")
    page.set_input_files("#album", PHOTO)
    page.wait_for_selector("studio-strip.troubled")


def _greeted(page: Page, booth: StandIn) -> None:
    page.goto(f"/k/{booth.show_code()}")
    expect(page.locator(".monitor")).to_contain_text("Main hall")


def _expired(page: Page, booth: StandIn) -> None:
    page.goto("/k/yesterday")
    page.wait_for_selector(".sheet[open]")


def _under_way(page: Page, booth: StandIn) -> None:
    _quiz(page, booth)
    page.goto(f"/k/{booth.show_code()}")
    page.wait_for_selector(".sheet[open]")


def _closed(page: Page, booth: StandIn) -> None:
    booth.intake = IntakeView(is_paused=True, message=WordsView(**BREAK))
    page.reload()
    page.wait_for_selector(".pause:not(:empty)")


def _paused(page: Page, booth: StandIn) -> None:
    booth.shut = Problem("intake_paused", "paused", retry_after=30, message=BREAK)
    page.set_input_files("#album", PHOTO)
    page.wait_for_selector("intake-page .words")


def _full(page: Page, booth: StandIn) -> None:
    booth.shut = Problem("booth_full", "full", retry_after=30)
    page.set_input_files("#album", PHOTO)
    page.wait_for_selector("intake-page")


def _too_many(page: Page, booth: StandIn) -> None:
    booth.shut = Problem("too_many_visits", "many", retry_after=900)
    page.set_input_files("#album", PHOTO)
    page.wait_for_selector("intake-page")


def _controller(page: Page, booth: StandIn) -> None:
    _greeted(page, booth)
    _quiz(page, booth)
    page.wait_for_selector("quiz-page.controller")


def _monitor_lost(page: Page, booth: StandIn) -> None:
    booth.is_monitor_free = False
    _greeted(page, booth)
    _quiz(page, booth)
    page.wait_for_selector("quiz-page .note:not(:empty)")


def _second_question(page: Page, booth: StandIn) -> None:
    _quiz(page, booth)
    page.locator("[data-choice]").first.click()
    expect(page.locator(".dabs .full")).to_have_count(1)


def _waiting(page: Page, booth: StandIn) -> None:
    visit_id = _quiz(page, booth)
    answer_all(page)
    booth.paint(visit_id, "renoir", "queued", position=3)
    booth.paint(visit_id, "vangogh", "painting", step=2, steps=5)
    booth.paint(visit_id, "picasso", "failed", reason="ENGINE_FAILED")
    booth.paint(visit_id, "lichtenstein", "painting", step=1, steps=5, attempts=2)
    page.wait_for_selector("artist-canvas[data-state=failed]")


def _due(page: Page, booth: StandIn) -> None:
    visit_id = _quiz(page, booth)
    answer_all(page)
    for artist, seconds in (("vangogh", 9.0), ("renoir", 31.0)):
        booth.paint(visit_id, artist, "painting", step=2, steps=5, seconds_left=seconds)
    booth.paint_all(visit_id, but=("vangogh", "renoir"))
    booth.match(visit_id, "vangogh", ticket=False)
    expect(page.locator("waiting-page .lead")).to_contain_text("about 10 s")


def _before_the_match(page: Page, booth: StandIn) -> None:
    booth.parts.paint = PaintMode.MATCHED_ONLY
    page.reload()
    page.wait_for_selector(".painters li")
    page.set_input_files("#album", PHOTO)
    page.wait_for_selector("studio-strip .sending p:not([id])")


def _after_the_quiz(page: Page, booth: StandIn) -> None:
    _before_the_match(page, booth)
    answer_all(page)
    page.wait_for_selector("waiting-page .easel img")


def _alone(page: Page, booth: StandIn) -> None:
    booth.parts.paint = PaintMode.MATCHED_ONLY
    visit_id = booth.with_photo()
    booth.match(visit_id, "vangogh", ticket=False)
    booth.paint(visit_id, "vangogh", "done", steps=5, step=5, is_fallback=True)
    booth.skip_all(visit_id, but="vangogh")
    booth.match(visit_id, "vangogh")
    page.goto(f"/v/{visit_id}")
    page.wait_for_selector("reveal-page .alone")


def _understudied(page: Page, booth: StandIn) -> None:
    page.goto(f"/v/{booth.finished(stand_ins=('vangogh', 'renoir'))}")
    page.wait_for_selector("reveal-page .of-others:not([hidden])")


def _lost(page: Page, booth: StandIn) -> None:
    booth.fail(_quiz(page, booth), "no_painting")
    page.wait_for_selector("waiting-page .another button")


def _reveal(page: Page, booth: StandIn) -> None:
    page.goto(f"/v/{booth.finished()}")
    page.wait_for_selector("reveal-page")


def _printed(page: Page, booth: StandIn) -> None:
    visit_id = booth.finished()
    booth.print(visit_id, "waiting", reason="media-empty")
    page.goto(f"/v/{visit_id}")
    page.wait_for_selector("ticket-stub .lead:not(:empty)")


def _dialog(page: Page, booth: StandIn) -> None:
    _reveal(page, booth)
    page.locator("[data-look]").first.click()
    page.wait_for_selector("painting-dialog dialog[open]")


def _deleting(page: Page, booth: StandIn) -> None:
    _quiz(page, booth)
    page.locator("[data-ask]").click()
    page.wait_for_selector("erase-button dialog[open]")


def _gone(page: Page, booth: StandIn) -> None:
    page.goto("/v/nothing-here")
    page.wait_for_selector("farewell-page")


def _offline(page: Page, booth: StandIn) -> None:
    page.context.set_offline(True)
    page.wait_for_selector(".offline:not([hidden])")


START = (_welcome, _greeted, _expired, _under_way, _closed, _paused, _full, _too_many, _refused, _sending, _offline)
VISIT = (_second_question, _controller, _monitor_lost, _waiting, _lost, _reveal, _printed, _dialog, _deleting, _gone)
PACE = (_due, _before_the_match, _after_the_quiz, _alone, _understudied)
PHONE = (*START, *VISIT, *PACE)
State = Callable[[Page, StandIn], object]


@pytest.mark.slow
@pytest.mark.parametrize("state", PHONE)
def test_a_narrow_phone_shows_every_state_to_everyone(page: Page, booth: StandIn, state: State) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    state(page, booth)
    _check(page)
    page.evaluate("document.querySelector('.language').click()")  # also where a dialog lies over it
    expect(page.locator("html")).to_have_attribute("lang", "ko")
    _check(page)


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["ko"])
@pytest.mark.parametrize("state", [_dialog, _deleting])
def test_dialogs_that_a_switch_of_language_closes(page: Page, booth: StandIn, state: State) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    state(page, booth)
    _check(page)


def _check(page: Page) -> None:
    assert _violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert page.evaluate(TOO_SMALL, SMALLEST_TARGET_PX) == []


def _violations(page: Page) -> list[object]:
    page.evaluate(
        "Promise.all(document.getAnimations().map((one) => one.finished))"
    )  # what fades in has its contrast only then
    page.evaluate(_axe())
    found = page.evaluate("tags => axe.run({ runOnly: tags })", WCAG)["violations"]
    return [(one["id"], [node["html"][:160] for node in one["nodes"]]) for one in found]


def test_a_whole_visit_needs_no_mouse(page: Page, booth: StandIn) -> None:
    visit_id = _quiz(page, booth)
    for count in range(7):
        expect(page.locator(".dabs .full")).to_have_count(count)
        assert page.evaluate("document.activeElement.tagName") == "H1"
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
    expect(page.locator("waiting-page")).to_be_visible()
    booth.paint_all(visit_id)
    booth.match(visit_id)
    expect(page.locator("reveal-page h1")).to_be_focused()


def test_the_live_region_tells_what_matters_and_only_once(page: Page, booth: StandIn) -> None:
    page.evaluate("""() => {
      globalThis.said = [];
      new MutationObserver(() => said.push(document.querySelector(".announcer").textContent))
        .observe(document.querySelector(".announcer"), { childList: true, characterData: true, subtree: true });
    }""")
    visit_id = _quiz(page, booth)
    answer_all(page)
    for step in range(1, 5):
        booth.paint(visit_id, "vangogh", "painting", step=step, steps=5)
    booth.paint(visit_id, "vangogh", "done", step=5, steps=5)
    page.wait_for_selector("artist-canvas[data-state=done]")
    booth.tell(visit_id)
    page.wait_for_timeout(300)
    assert page.evaluate("said") == ["Your photo is here. The painters have begun.", "Vincent van Gogh has finished."]
