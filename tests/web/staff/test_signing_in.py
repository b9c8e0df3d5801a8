"""The door: PIN by pad and keyboard, too many tries, a session that ends, a new PIN."""

from __future__ import annotations

import re

import pytest

from tests.web.staff.conftest import look_again, open_desk, sign_in
from tests.web.staff.stand_in import TRIES, Booth, Refusal

playwright = pytest.importorskip("playwright.sync_api", reason="the pages are tested with playwright: pip install playwright")
Page, expect = playwright.Page, playwright.expect


def test_the_pad_takes_the_pin(door: Page, booth: Booth) -> None:
    door.goto("/staff")
    for digit in booth.pin:
        door.get_by_role("button", name=digit, exact=True).tap()
    door.get_by_role("button", name="Sign in").tap()
    expect(door.locator("desk-page")).to_be_visible()


def test_a_wrong_pin_is_told_and_the_keyboard_goes_on(door: Page, booth: Booth) -> None:
    door.goto("/staff")
    sign_in(door, "111111")
    expect(door.get_by_role("alert")).to_have_text("That is not the PIN.")
    expect(door.locator("#pin")).to_be_focused()
    expect(door.locator("#pin")).to_have_value("")
    sign_in(door)
    expect(door.locator("desk-page")).to_be_visible()


def test_after_too_many_tries_it_counts_down_and_opens_again(door: Page, booth: Booth) -> None:
    booth.tries = TRIES
    door.clock.install()
    door.goto("/staff")
    sign_in(door)
    expect(door.locator(".lock b")).to_have_text(re.compile("^0:4[12]$"))
    sign_in(door)
    expect(door.locator("desk-page")).to_have_count(0)
    booth.tries = 0
    door.clock.fast_forward(43_000)
    expect(door.locator(".lock")).to_have_count(0)
    door.locator("#pin").fill("")
    sign_in(door)
    expect(door.locator("desk-page")).to_be_visible()


def test_nothing_of_a_visitor_is_on_the_page_of_somebody_who_is_not_signed_in(door: Page, booth: Booth) -> None:
    booth.add("0042")
    door.goto("/staff")
    door.wait_for_selector("#pin")
    assert booth.looks == 0
    assert "0042" not in door.content()


def test_an_expired_session_leads_back_to_where_one_was(page: Page, booth: Booth) -> None:
    for number in range(60):
        booth.add(f"{number:04}")
    open_desk(page, "#show=print")
    page.evaluate("scrollTo(0, 2000)")
    booth.sessions.clear()
    look_again(page)
    expect(page.locator("sign-in")).to_contain_text("Your time is up")
    assert page.locator("visit-card").count() == 0
    sign_in(page)
    expect(page.get_by_role("button", name=re.compile("To print"))).to_have_attribute("aria-pressed", "true")
    page.wait_for_function("() => scrollY === 2000")


def test_a_tap_that_finds_the_session_expired_asks_for_the_pin(page: Page, booth: Booth) -> None:
    booth.add("0042")
    open_desk(page)
    booth.refusal = Refusal(401, "not_signed_in")
    page.get_by_role("button", name="Print: ticket 0042").tap()
    expect(page.locator("sign-in")).to_be_visible()


def test_signing_out_leaves_nothing_behind(page: Page, booth: Booth) -> None:
    booth.add("0042")
    open_desk(page, "#find=42")
    page.get_by_role("button", name="Menu").tap()
    page.get_by_role("button", name="Sign out").tap()
    expect(page.locator("sign-in")).to_be_visible()
    assert booth.sessions == set()
    assert page.url == f"{booth.url}/staff"
    assert "0042" not in page.content()


def test_the_pin_is_changed_and_mistakes_are_told_before_it_is_sent(page: Page, booth: Booth) -> None:
    open_desk(page)
    page.get_by_role("button", name="Menu").tap()
    page.get_by_role("button", name="Change the PIN").tap()
    page.fill("#pin-now", booth.pin)
    page.fill("#pin-new", "975310")
    page.fill("#pin-again", "975311")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="not the same")).to_be_visible()
    page.fill("#pin-again", "975310")
    page.keyboard.press("Enter")
    expect(page.locator("dialog")).to_have_count(0)
    assert booth.pin == "975310"
    expect(page.locator("desk-page")).to_be_visible()


@pytest.mark.parametrize("lang", ["ko"])
def test_the_browser_s_language_comes_first_and_the_chosen_one_is_remembered(door: Page, booth: Booth) -> None:
    door.goto("/staff")
    expect(door.locator("h1")).to_contain_text("로그인")
    door.get_by_role("button", name="English").tap()
    expect(door.locator("h1")).to_contain_text("Sign in")
    door.reload()
    expect(door.locator("h1")).to_contain_text("Sign in")
    assert door.evaluate("document.documentElement.lang") == "en"
