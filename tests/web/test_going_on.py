"""Reload, back, a second tab, no network: the visit goes on where it was."""

from __future__ import annotations

import pytest

from articket_gateway.errors import Problem
from tests.web.conftest import PHOTO, answer_all
from tests.web.stand_in import StandIn

playwright = pytest.importorskip("playwright.sync_api", reason="the pages are tested with playwright: pip install playwright")
Page, expect = playwright.Page, playwright.expect


def test_reload_in_the_quiz_stays_at_the_question_with_its_answers(page: Page, booth: StandIn, visit_id: str) -> None:
    page.locator("[data-choice]").first.click()
    expect(page.locator(".dabs .full")).to_have_count(1)
    page.reload()
    expect(page.locator(".dabs .full")).to_have_count(1)
    answer_all(page)
    expect(page.locator("waiting-page")).to_be_visible()
    assert len(booth.answers[visit_id]) == 7


def test_reload_while_waiting_waits_on(page: Page, visit_id: str) -> None:
    answer_all(page)
    page.reload()
    expect(page.locator("waiting-page artist-canvas")).to_have_count(4)


def test_the_start_page_goes_on_with_a_visit_in_the_quiz(page: Page, visit_id: str) -> None:
    page.goto("/")
    expect(page.locator("quiz-page")).to_be_visible()


def test_the_back_button_goes_one_question_back(page: Page, visit_id: str) -> None:
    for count in (1, 2):
        page.locator("[data-choice]").first.click()
        expect(page.locator(".dabs .full")).to_have_count(count)
    page.go_back()
    expect(page.locator(".dabs .full")).to_have_count(1)
    page.go_forward()
    expect(page.locator(".dabs .full")).to_have_count(2)


def test_back_from_the_pictures_leads_to_the_start_page_which_leads_back(page: Page, booth: StandIn, visit_id: str) -> None:
    answer_all(page)
    booth.paint_all(visit_id)
    booth.match(visit_id)
    expect(page.locator("reveal-page")).to_be_visible()
    page.go_back()
    expect(page.locator("welcome-page")).to_be_visible()
    page.get_by_text("Go back to my paintings").click()
    expect(page.locator("reveal-page")).to_be_visible()


def test_a_second_tab_follows_the_first(page: Page, visit_id: str) -> None:
    second = page.context.new_page()
    second.goto(f"/v/{visit_id}")
    expect(second.locator("quiz-page h1")).to_be_visible()
    page.locator("[data-choice]").first.click()
    expect(second.locator(".dabs .full")).to_have_count(1)


def test_an_upload_goes_on_when_the_network_is_back(page: Page, booth: StandIn) -> None:
    page.locator("h1").first.click()  # who touches the page gets the others
    page.wait_for_function("() => !!customElements.get('quiz-page')")
    page.wait_for_load_state("networkidle")
    page.context.set_offline(True)
    page.set_input_files("#album", PHOTO)
    expect(page.locator("studio-strip")).to_contain_text("No network")
    page.locator("[data-choice]").first.click()
    expect(page.locator(".dabs .full")).to_have_count(1)
    page.context.set_offline(False)
    expect(page.locator("studio-strip artist-canvas")).to_have_count(4)
    expect(page.locator(".dabs .full")).to_have_count(1)
    assert "/v/" in page.url


def test_an_upload_goes_on_after_a_reload(page: Page, booth: StandIn) -> None:
    booth.refusal = Problem("store_unavailable", "away")
    page.set_input_files("#album", PHOTO)
    expect(page.locator("studio-strip")).to_contain_text("The booth is busy")
    page.reload()
    expect(page.locator("studio-strip")).to_contain_text("The booth is busy")
    booth.refusal = None
    expect(page.locator("studio-strip artist-canvas")).to_have_count(4)


def test_answers_given_without_network_arrive_later(page: Page, booth: StandIn, visit_id: str) -> None:
    page.context.set_offline(True)
    answer_all(page)
    expect(page.locator(".offline")).to_contain_text("No network")
    page.context.set_offline(False)
    expect(page.locator(".offline")).to_be_hidden()
    for _ in range(50):
        if visit_id in booth.answers:
            break
        page.wait_for_timeout(100)
    assert len(booth.answers[visit_id]) == 7


def test_events_that_were_missed_without_network_are_caught_up(page: Page, booth: StandIn, visit_id: str) -> None:
    answer_all(page)
    page.context.set_offline(True)
    booth.paint_all(visit_id)
    booth.match(visit_id)
    page.context.set_offline(False)
    expect(page.locator("reveal-page")).to_be_visible()


def test_a_visit_that_is_erased_elsewhere_says_good_bye(page: Page, booth: StandIn, visit_id: str) -> None:
    booth.erase(visit_id)
    expect(page.locator("farewell-page h1")).to_have_text("Nothing here any more")


def test_the_language_can_be_switched_in_the_middle_and_is_kept(page: Page, visit_id: str) -> None:
    page.locator("[data-choice]").first.click()
    expect(page.locator(".dabs .full")).to_have_count(1)
    page.get_by_role("button", name="한국어").click()
    expect(page.locator("quiz-page h1")).to_contain_text("내 사진첩")
    page.reload()
    expect(page.locator("quiz-page h1")).to_contain_text("내 사진첩")
