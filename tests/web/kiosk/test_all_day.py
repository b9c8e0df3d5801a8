"""A monitor that runs all day: it comes back by itself from whatever took its stream, and it does not grow."""

from __future__ import annotations

import pytest

from tests.support.waiting import wait_for
from tests.web.kiosk.kiosk_booth import KioskBooth

playwright = pytest.importorskip("playwright.sync_api", reason="the pages are tested with playwright: pip install playwright")
Page, expect = playwright.Page, playwright.expect

VISITS = 25
STEPS = 80
MOST_ELEMENTS = 700
MOST_GROWTH_BYTES = 6_000_000


def _pass(page: Page, booth: KioskBooth, seconds: int) -> None:
    """Let time pass on both sides, while codes go on changing: a page that hears of nothing would ask for the booth's time."""
    for _ in range(0, seconds, 35):
        booth.wait(35)
        page.clock.run_for(35_000)
        code = f"CODE{booth.later:.0f}"
        booth.new_code(code)
        expect(page.locator("qr-card img:not(.old)")).to_have_attribute("src", f"/api/v1/kiosk/qr.svg?code={code}")


def test_a_stream_that_was_cut_is_opened_again_without_a_sign(monitor: Page, booth: KioskBooth) -> None:
    opened = booth.opened
    booth.cut()
    wait_for(lambda: booth.opened > opened)
    booth.ask("s1", 0)
    expect(monitor.locator("quiz-scene")).to_be_visible()
    expect(monitor.locator(".lost")).to_be_hidden()


def test_a_stream_that_was_refused_is_asked_for_until_it_comes(bare: Page, booth: KioskBooth) -> None:
    bare.clock.install()
    bare.goto("/kiosk")
    bare.wait_for_selector("idle-scene .painters li")
    booth.refusal = 502
    booth.cut()
    bare.wait_for_function("() => document.querySelector('kiosk-app').booth.isLost")
    bare.clock.fast_forward(4500)
    expect(bare.locator(".lost")).to_have_text("연결이 끊겼어요. 곧 저절로 이어져요.")
    expect(bare.locator("idle-scene h1")).to_be_visible()  # it keeps what it shows
    booth.refusal = None
    for _ in range(20):
        bare.clock.fast_forward(2000)
        if bare.locator(".lost").is_hidden():
            break
        bare.wait_for_timeout(50)
    expect(bare.locator(".lost")).to_be_hidden()


def test_a_stream_that_died_in_silence_is_noticed(bare: Page, booth: KioskBooth) -> None:
    bare.clock.install()
    bare.goto("/kiosk")
    bare.wait_for_selector("idle-scene .painters li")
    booth.is_silent = True
    opened = booth.opened
    booth.new_code("SWEETCODES")
    for _ in range(10):  # in steps: a single leap would look like a monitor that slept
        bare.clock.run_for(5000)
    wait_for(lambda: booth.opened > opened)
    expect(bare.locator("qr-card img:not(.old)")).to_have_attribute("src", "/api/v1/kiosk/qr.svg?code=SWEETCODES")


def test_a_monitor_that_slept_opens_its_stream_anew(bare: Page, booth: KioskBooth) -> None:
    bare.clock.install()
    bare.goto("/kiosk")
    bare.wait_for_selector("idle-scene .painters li")
    opened = booth.opened
    bare.clock.fast_forward(3_600_000)
    wait_for(lambda: booth.opened > opened)


def test_a_code_that_is_too_old_is_veiled_while_the_booth_is_away(bare: Page, booth: KioskBooth) -> None:
    bare.clock.install()
    bare.goto("/kiosk")
    bare.wait_for_selector("qr-card img")
    _pass(bare, booth, 35)  # the stream is open: what it begins with would tell the booth's time later
    booth.refusal = 502
    booth.cut()
    bare.clock.run_for(180_000)
    expect(bare.locator("qr-card .veil")).to_have_text("곧 다시 보여요")


def test_a_show_that_ended_during_a_cut_is_gone_after_it(monitor: Page, booth: KioskBooth) -> None:
    booth.begin("s1")
    booth.hop("s1", "gateway", "done", seconds=0.1)
    expect(monitor.locator("mesh-scene")).to_be_visible()
    booth.shows.clear()
    booth.cut()
    expect(monitor.locator("idle-scene")).to_be_visible()


def test_a_show_that_waits_for_answers_that_never_come_leaves_the_stage(bare: Page, booth: KioskBooth) -> None:
    bare.clock.install()
    bare.goto("/kiosk")
    booth.begin("s1")
    booth.paint_all("s1")
    expect(bare.locator("mesh-scene growing-canvas[data-state=done]")).to_have_count(4)
    _pass(bare, booth, 140)
    expect(bare.locator("mesh-scene")).to_be_visible()
    _pass(bare, booth, 70)
    expect(bare.locator("idle-scene")).to_be_visible()


def test_thousands_of_events_leave_no_more_on_the_page(monitor: Page, booth: KioskBooth) -> None:
    session = monitor.context.new_cdp_session(monitor)

    def heap() -> int:
        session.send("HeapProfiler.collectGarbage")
        return session.send("Runtime.getHeapUsage")["usedSize"]

    def visits(count: int, first: int) -> None:
        for number in range(first, first + count):
            ref = f"v{number}"
            booth.begin(ref)
            for step in range(1, STEPS + 1):
                booth.hop(ref, "paint:vangogh", "running", step=step, steps=STEPS, attempts=1)
            booth.match(ref)
            booth.hop(ref, "paint:vangogh", "done", seconds=3.0)
            booth.end(ref)
        booth.new_code(f"CODE{first}")
        newest = monitor.locator("qr-card img:not(.old)")
        expect(newest).to_have_attribute("src", f"/api/v1/kiosk/qr.svg?code=CODE{first}", timeout=30_000)

    visits(4, 0)
    before, changes = heap(), booth.changes
    visits(VISITS, 100)
    assert booth.changes - changes >= VISITS * STEPS
    expect(monitor.locator("idle-scene")).to_be_visible()
    monitor.wait_for_timeout(800)
    assert heap() - before < MOST_GROWTH_BYTES
    assert monitor.evaluate("document.querySelectorAll('*').length") < MOST_ELEMENTS
