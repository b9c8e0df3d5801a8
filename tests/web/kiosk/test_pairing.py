"""Pairing a monitor: once, by touch or keyboard, with errors that help."""

from __future__ import annotations

import pytest

from articket_gateway.errors import Problem
from tests.web.kiosk.kiosk_booth import PIN, KioskBooth

playwright = pytest.importorskip("playwright.sync_api", reason="the pages are tested with playwright: pip install playwright")
Page, expect = playwright.Page, playwright.expect


@pytest.fixture
def unpaired(bare: Page, booth: KioskBooth) -> Page:
    booth.is_paired = False
    bare.goto("/kiosk")
    bare.wait_for_selector("pairing-page")
    return bare


def _tap(page: Page, digits: str) -> None:
    for digit in digits:
        page.locator(f'[data-digit="{digit}"]').click()


def test_a_monitor_is_paired_by_touch_once_and_never_asked_again(unpaired: Page, booth: KioskBooth) -> None:
    unpaired.locator("label[for=lang-ko]").click()
    unpaired.locator("#kiosk-name").fill("Hall B")
    _tap(unpaired, PIN + "7")
    unpaired.locator("[data-erase]").click()
    unpaired.locator(".go").click()
    expect(unpaired.locator("idle-scene")).to_be_visible()
    assert booth.paired == [{"pin": PIN, "name": "Hall B", "lang": "ko"}]
    expect(unpaired.locator("html")).to_have_attribute("lang", "ko")
    unpaired.reload()
    expect(unpaired.locator("idle-scene")).to_be_visible()


def test_a_keyboard_is_enough(unpaired: Page, booth: KioskBooth) -> None:
    unpaired.keyboard.type(PIN)
    unpaired.keyboard.press("Enter")
    expect(unpaired.locator("idle-scene")).to_be_visible()
    assert booth.paired[0]["lang"] == "en"


def test_a_wrong_pin_is_told_and_may_be_tried_again(unpaired: Page, booth: KioskBooth) -> None:
    unpaired.keyboard.type("111111")
    unpaired.keyboard.press("Enter")
    expect(unpaired.locator(".problem")).to_have_text("That is not the PIN. Please try again.")
    assert unpaired.locator("[name=pin]").input_value() == ""
    unpaired.keyboard.type(PIN)
    expect(unpaired.locator(".problem")).to_be_empty()
    unpaired.keyboard.press("Enter")
    expect(unpaired.locator("idle-scene")).to_be_visible()


def test_too_many_tries_tell_the_time_and_the_pad_waits(unpaired: Page, booth: KioskBooth) -> None:
    booth.pairing_problem = Problem("pin_tries", "too many", retry_after=75)
    unpaired.keyboard.type("111111")
    unpaired.keyboard.press("Enter")
    expect(unpaired.locator(".problem")).to_contain_text("Too many wrong PINs. Try again in 7")
    expect(unpaired.locator("[data-digit='1']")).to_be_disabled()


def test_a_short_pin_is_not_sent(unpaired: Page, booth: KioskBooth) -> None:
    _tap(unpaired, "12")
    unpaired.locator(".go").click()
    expect(unpaired.locator(".problem")).to_have_text("The PIN has at least 6 digits.")


def test_a_monitor_that_is_unpaired_comes_back_to_pairing(monitor: Page, booth: KioskBooth) -> None:
    booth.is_paired = False
    booth.cut()
    expect(monitor.locator("pairing-page")).to_be_visible()
