"""News reach the phone also where its event stream does not: held back, cut or dead on the way through somebody's proxy."""

from __future__ import annotations

import pytest

from tests.web.conftest import answer_all
from tests.web.stand_in import StandIn

playwright = pytest.importorskip("playwright.sync_api", reason="the pages are tested with playwright: pip install playwright")
Page, expect = playwright.Page, playwright.expect


def _wait_on(page: Page, visit_id: str) -> None:
    """Open the waiting page with a clock that can be moved."""
    answer_all(page)
    expect(page.locator("waiting-page")).to_be_visible()
    page.clock.install()
    page.goto(f"/v/{visit_id}")
    expect(page.locator("waiting-page artist-canvas")).to_have_count(4)
    page.wait_for_timeout(300)  # the stream opens in real time, whatever the page's clock says
    page.clock.pause_at(page.evaluate("Date.now()") / 1000 + 0.01)  # on a slow machine nothing becomes due by itself


def _pass(page: Page, seconds: float) -> None:
    page.clock.run_for(int(seconds * 1000))
    page.wait_for_timeout(200)  # for what was asked meanwhile


def test_a_stream_that_is_held_back_is_replaced_by_asking(page: Page, booth: StandIn, visit_id: str) -> None:
    booth.stream = "silent"
    _wait_on(page, visit_id)
    _pass(page, 3.1)
    booth.paint(visit_id, "vangogh", "painting", step=2, steps=5)
    _pass(page, 2.1)
    expect(page.locator("artist-canvas[artist=vangogh]")).to_have_attribute("data-state", "painting")
    looks = booth.looks
    for _ in range(3):
        _pass(page, 1.05)
    assert booth.looks == looks + 3  # once a second while it paints


def test_the_stream_is_taken_up_again_when_it_gets_through(page: Page, booth: StandIn, visit_id: str) -> None:
    booth.stream = "silent"
    _wait_on(page, visit_id)
    _pass(page, 3.1)
    booth.stream = "open"
    _pass(page, 60.1)
    page.wait_for_timeout(200)
    looks = booth.looks
    _pass(page, 6)
    assert booth.looks == looks
    booth.paint(visit_id, "renoir", "done", step=5, steps=5)
    expect(page.locator("artist-canvas[artist=renoir]")).to_have_attribute("data-state", "done")


def test_a_stream_that_is_cut_again_and_again_is_given_up(page: Page, booth: StandIn, visit_id: str) -> None:
    booth.stream = "cut"
    _wait_on(page, visit_id)
    page.wait_for_timeout(1500)  # the browser itself reconnects after 200 ms
    looks = booth.looks
    _pass(page, 2.1)
    assert booth.looks > looks
    booth.paint(visit_id, "picasso", "done", step=5, steps=5)
    _pass(page, 2.1)
    expect(page.locator("artist-canvas[artist=picasso]")).to_have_attribute("data-state", "done")


def test_a_stream_that_died_without_a_word_is_noticed(page: Page, booth: StandIn, visit_id: str) -> None:
    _wait_on(page, visit_id)
    booth.stream = "deaf"
    booth.paint_all(visit_id)
    booth.match(visit_id)
    _pass(page, 24)
    expect(page.locator("waiting-page")).to_be_visible()
    _pass(page, 2)
    expect(page.locator("reveal-page")).to_be_visible()


def test_a_quiet_stream_is_asked_about_only_now_and_then(page: Page, booth: StandIn, visit_id: str) -> None:
    _wait_on(page, visit_id)
    looks = booth.looks
    for _ in range(10):
        _pass(page, 10)
    assert booth.looks - looks <= 4


def test_a_visit_that_is_erased_is_noticed_also_by_asking(page: Page, booth: StandIn, visit_id: str) -> None:
    booth.stream = "silent"
    _wait_on(page, visit_id)
    _pass(page, 3.1)
    booth.erase(visit_id)
    _pass(page, 2.1)
    expect(page.locator("farewell-page")).to_be_visible()
