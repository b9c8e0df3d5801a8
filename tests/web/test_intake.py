"""When the booth takes no new visits, and what the visitor allows."""

from __future__ import annotations

import pytest

from articket_gateway.errors import Problem
from tests.support.waiting import wait_for
from tests.web.conftest import PHOTO, answer_all
from tests.web.stand_in import StandIn

playwright = pytest.importorskip("playwright.sync_api", reason="the pages are tested with playwright: pip install playwright")
Page, expect = playwright.Page, playwright.expect

BREAK = {"en": "We are having soup.", "ko": "수프 먹고 올게요."}
MAY_SHOW = "My pictures may be shown on the screens of this booth."


def _pause(booth: StandIn, retry_after: float = 30) -> None:
    booth.shut = Problem("intake_paused", "paused", retry_after=retry_after, message=BREAK)


def test_a_paused_booth_says_why_and_goes_on_by_itself(page: Page, booth: StandIn) -> None:
    page.clock.install()
    page.reload()
    _pause(booth)
    page.set_input_files("#album", PHOTO)
    expect(page.locator("intake-page")).to_contain_text("We are having soup.")
    booth.shut = None
    page.clock.run_for(20_000)
    page.wait_for_timeout(200)
    expect(page.locator("intake-page")).to_be_visible()  # the booth has said when to ask again
    page.clock.run_for(10_500)
    expect(page.locator("studio-strip artist-canvas")).to_have_count(4)


def test_the_staff_s_words_come_in_the_visitor_s_language(page: Page, booth: StandIn) -> None:
    _pause(booth)
    page.set_input_files("#album", PHOTO)
    expect(page.locator("intake-page")).to_be_visible()
    page.get_by_role("button", name="한국어").click()
    expect(page.locator("intake-page")).to_contain_text("수프 먹고 올게요.")


def test_the_photo_waits_also_through_a_reload(page: Page, booth: StandIn) -> None:
    _pause(booth)
    page.set_input_files("#album", PHOTO)
    expect(page.locator("intake-page")).to_be_visible()
    page.wait_for_timeout(300)
    page.reload()
    expect(page.locator("intake-page img")).to_be_visible()
    booth.shut = None
    page.get_by_role("button", name="Try now").click()
    expect(page.locator("studio-strip artist-canvas")).to_have_count(4)


def test_who_will_not_wait_gives_the_photo_up(page: Page, booth: StandIn) -> None:
    _pause(booth, 1)
    page.set_input_files("#album", PHOTO)
    page.get_by_role("button", name="Not now").click()
    expect(page.locator("welcome-page")).to_be_visible()
    booth.shut = None
    visits = len(booth.visits)
    page.wait_for_timeout(1500)
    assert len(booth.visits) == visits
    page.reload()
    page.wait_for_selector(".painters li")
    expect(page.locator("intake-page, quiz-page")).to_have_count(0)


def test_another_photo_calls_off_the_one_that_waits(page: Page, booth: StandIn) -> None:
    _pause(booth, 1)
    page.set_input_files("#album", PHOTO)
    expect(page.locator("intake-page")).to_be_visible()
    page.go_back()
    expect(page.locator("welcome-page")).to_be_visible()
    visits = len(booth.visits)
    page.set_input_files("#album", PHOTO)
    expect(page.locator("intake-page")).to_be_visible()
    booth.shut = None
    expect(page.locator("studio-strip artist-canvas")).to_have_count(4)
    page.wait_for_timeout(1200)
    assert len(booth.visits) == visits + 1


def test_nothing_is_ticked_for_anybody(page: Page, booth: StandIn, visit_id: str) -> None:
    assert booth.visits[visit_id]["is_public"] is False
    page.goto("/k/nothing")  # a start page, though a quiz is open
    expect(page.get_by_label(MAY_SHOW)).not_to_be_checked()


def test_a_yes_goes_along_with_the_photo_and_can_be_taken_back(page: Page, booth: StandIn) -> None:
    page.get_by_label(MAY_SHOW).check()
    page.set_input_files("#album", PHOTO)
    page.wait_for_selector("studio-strip artist-canvas")
    visit_id = page.url.rpartition("/")[2]
    assert booth.visits[visit_id]["is_public"] is True
    answer_all(page)
    page.locator("waiting-page").get_by_label(MAY_SHOW).uncheck()
    wait_for(lambda: booth.visits[visit_id]["is_public"] is False)
    booth.paint_all(visit_id)
    booth.match(visit_id)
    box = page.locator("reveal-page").get_by_label(MAY_SHOW)
    expect(box).not_to_be_checked()
    box.check()
    wait_for(lambda: booth.visits[visit_id]["is_public"] is True)


def test_a_no_without_network_arrives_when_there_is_one(page: Page, booth: StandIn) -> None:
    visit_id = booth.finished()
    booth.visits[visit_id]["is_public"] = True
    page.goto(f"/v/{visit_id}")
    box = page.locator("reveal-page").get_by_label(MAY_SHOW)
    expect(box).to_be_checked()
    page.context.set_offline(True)
    box.uncheck()
    expect(page.locator("public-choice")).to_contain_text("We keep telling it")
    page.context.set_offline(False)
    expect(page.locator("public-choice .trouble")).to_be_empty()
    assert booth.visits[visit_id]["is_public"] is False
