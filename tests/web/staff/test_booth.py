"""The booth at a glance, and what is mended there: intake, printing, monitors; a connection that is lost and comes back."""

from __future__ import annotations

import re

import pytest

from tests.support.waiting import settled
from tests.web.staff.conftest import look_again, open_desk
from tests.web.staff.stand_in import Booth, kiosk, sink

playwright = pytest.importorskip("playwright.sync_api", reason="the pages are tested with playwright: pip install playwright")
Page, expect = playwright.Page, playwright.expect


def test_the_band_says_what_is_missing(page: Page, booth: Booth) -> None:
    booth.missing = ["stylize", "abacus"]
    open_desk(page)
    expect(page.locator("state-band h2")).to_have_text("Not ready")
    expect(page.locator("state-band")).to_contain_text("Not answering: the painters, abacus.")


def test_pausing_sends_the_message_in_both_languages_and_opening_takes_one_tap(page: Page, booth: Booth) -> None:
    open_desk(page)
    page.get_by_role("button", name="Pause", exact=True).tap()
    page.get_by_role("button", name="Over for today").tap()
    page.get_by_label("In English").fill("Closed. See you tomorrow!")
    page.get_by_role("button", name="Pause now").tap()
    expect(page.locator("state-band h2")).to_have_text("Paused")
    expect(page.locator("state-band")).to_contain_text("Closed. See you tomorrow!")
    assert booth.intake == {
        "is_paused": True,
        "message": {"en": "Closed. See you tomorrow!", "ko": "오늘은 여기까지예요. 와 주셔서 고마워요!"},
    }
    page.get_by_role("button", name="Open again").tap()
    expect(page.locator("state-band h2")).to_have_text("Open")
    assert booth.intake == {"is_paused": False, "message": None}


def test_figures_and_bars_are_told_as_a_table_too(page: Page, booth: Booth) -> None:
    open_desk(page, "#view=booth")
    panel = page.locator("figures-panel")
    expect(panel.locator(".tickets_today dd")).to_have_text("140")
    expect(panel.locator(".cost_each dd")).to_have_text("$0.0092")
    expect(panel.locator("rect")).to_have_count(12)
    expect(panel.get_by_role("table", name="Tickets per hour").get_by_role("row").last).to_contain_text("12")


def test_a_printer_without_paper_says_what_to_do_and_an_idle_one_s_spare_tray_does_not(page: Page, booth: Booth) -> None:
    booth.printing = {
        "is_automatic": True,
        "is_paused": False,
        "sinks": [sink("Left", "stopped", "media-empty"), sink("Right")],
    }
    booth.printing["sinks"][1]["reasons"] = ["media-empty"]
    open_desk(page)
    troubles = page.locator("troubles-list li")
    expect(troubles).to_have_count(1)
    expect(troubles).to_contain_text("Paper is out Left")
    expect(troubles).to_contain_text("Fill in paper. Printing goes on by itself.")
    booth.printing["sinks"][0] |= {"state": "idle", "reasons": []}
    look_again(page)
    expect(troubles).to_have_count(0)


def test_printing_is_switched_and_paused_and_goes_on_with_one_tap(page: Page, booth: Booth) -> None:
    open_desk(page, "#view=booth")
    page.get_by_role("switch", name="Print by itself").tap()
    expect(page.get_by_role("switch", name="Print by itself")).not_to_be_checked()
    page.get_by_role("switch", name="Pause printing").tap()
    expect(page.get_by_role("switch", name="Pause printing")).to_be_checked()
    page.get_by_role("button", name="Go on printing").tap()
    expect(page.get_by_role("switch", name="Pause printing")).not_to_be_checked()
    assert [body for _, _, body in booth.calls] == [
        {"is_automatic": False, "is_paused": False},
        {"is_automatic": False, "is_paused": True},
        {"is_automatic": False, "is_paused": False},
    ]


def test_a_monitor_is_freed_with_one_tap_and_unpaired_after_a_question(page: Page, booth: Booth) -> None:
    session = {"ref": "r", "lang": "ko", "at": 2, "count": 7, "is_photo_there": True, "held_until": "2026-05-02T11:00:00.000Z"}
    booth.kiosks = [kiosk("k1", "Entrance", session=session), kiosk("k2", "Back wall", is_connected=False)]
    open_desk(page, "#view=booth")
    expect(page.locator("kiosks-panel")).to_contain_text("In use · question 3 of 7")
    expect(page.locator("troubles-list")).to_contain_text("Back wall is not connected")
    page.get_by_role("button", name="Free it: Entrance").tap()
    expect(page.locator("kiosks-panel")).not_to_contain_text("In use")
    page.get_by_role("button", name="Unpair: Back wall").tap()
    page.get_by_role("button", name="Unpair", exact=True).tap()
    expect(page.locator("kiosks-panel li")).to_have_count(1)
    assert booth.calls == [("POST", "/kiosks/k1/release", None), ("DELETE", "/kiosks/k2", None)]


def test_a_pairing_code_is_shown_while_it_is_good_and_goes_when_the_monitor_is_there(page: Page, booth: Booth) -> None:
    open_desk(page, "#view=booth")
    page.get_by_role("button", name="Pair a kiosk").tap()
    given = page.locator("pairing-code")
    expect(given.locator(".code")).to_have_text("4821 9037")
    expect(given.locator(".left")).to_contain_text(re.compile(r"Good for (10:00|9:5\d)"))
    booth.kiosks.append(kiosk("k9", "Window"))
    look_again(page)
    expect(given).to_contain_text("Window is paired.")


def test_a_pairing_code_runs_out(page: Page, booth: Booth) -> None:
    page.clock.install()
    open_desk(page, "#view=booth")
    page.get_by_role("button", name="Pair a kiosk").tap()
    expect(page.locator("pairing-code .code")).to_be_visible()
    booth.is_down = True  # the clock of the booth is not asked again
    page.clock.fast_forward("10:05")
    expect(page.locator("pairing-code")).to_contain_text("This code has run out.")


def test_artists_are_counted_and_those_left_out_say_why(page: Page, booth: Booth) -> None:
    booth.artists[0] |= {"waiting": 5, "failed": 2, "median_seconds": None}
    booth.refused = [
        {
            "folder": "klimt",
            "file": "artist.yaml",
            "key": "lora.weight",
            "expected": "a number",
            "found": "'heavy'",
            "hint": "0.8",
        }
    ]
    open_desk(page, "#view=booth")
    first = page.locator("artists-panel li").first
    expect(first.locator(".waiting dd")).to_have_text("5")
    expect(first.locator(".median dd")).to_have_text("–")
    expect(page.locator("artists-panel .fault")).to_contain_text("lora.weight: expected a number, found 'heavy'.")


def test_a_lost_connection_is_told_and_goes_on_by_itself(page: Page, booth: Booth) -> None:
    booth.add("0042")
    open_desk(page)
    page.context.set_offline(True)
    expect(page.locator("state-band h2")).to_have_text("No connection")
    expect(page.locator("visit-card")).to_contain_text("0042")
    page.context.set_offline(False)
    expect(page.locator("state-band h2")).to_have_text("Open")


def test_a_booth_that_is_down_when_the_page_opens_is_waited_for(door: Page, booth: Booth) -> None:
    booth.is_down = True
    door.goto("/staff")
    expect(door.get_by_role("alert")).to_contain_text("The booth does not answer")
    booth.is_down = False
    expect(door.get_by_role("alert")).to_have_text("")
    expect(door.locator("#pin")).to_be_visible()


def test_names_from_outside_stay_text(page: Page, booth: Booth) -> None:
    booth.kiosks = [kiosk("k1", "<img src=x onerror=alert(1)>")]
    booth.printing = {"is_automatic": True, "is_paused": False, "sinks": [sink("<b>ink</b>", "stopped", "<i>odd")]}
    open_desk(page, "#view=booth")
    expect(page.locator("kiosks-panel li")).to_contain_text("<img src=x onerror=alert(1)>")
    expect(page.locator("troubles-list")).to_contain_text("<i>odd")
    assert page.locator("kiosks-panel img").count() == 0


def test_a_page_that_nobody_sees_looks_seldom(page: Page, booth: Booth) -> None:
    page.clock.install()
    open_desk(page)
    page.evaluate("Object.defineProperty(document, 'hidden', { value: true })")
    page.clock.run_for(2500)  # the look that was already due
    looks = settled(lambda: booth.looks)
    page.clock.run_for(30_000)
    assert looks > 1
    assert settled(lambda: booth.looks) == looks
