"""What the start page costs: everything that comes over the wire until it is there, headers included, pictures left out."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.web.conftest import PHOTO
from tests.web.stand_in import StandIn

playwright = pytest.importorskip("playwright.sync_api", reason="the pages are tested with playwright: pip install playwright")
Browser, Page, expect = playwright.Browser, playwright.Page, playwright.expect

BUDGET_BYTES = 60_000
LARGEST_BYTES = 1_000_000


@pytest.fixture(params=["en-GB", "ko-KR"])
def newcomer(browser: Browser, booth: StandIn, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A phone that was never here."""
    booth.reset()
    context = browser.new_context(base_url=booth.url, locale=request.param, viewport={"width": 390, "height": 844})
    yield context.new_page()
    context.close()


def _meter(page: Page) -> dict[str, tuple[str, int]]:
    """Give request id → media type and bytes, filled in as they come."""
    seen: dict[str, tuple[str, int]] = {}
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.on("Network.responseReceived", lambda told: seen.update({told["requestId"]: (told["response"]["mimeType"], 0)}))
    devtools.on("Network.loadingFinished", lambda told: seen.update({told["requestId"]: _sized(seen, told)}))
    return seen


def _sized(seen: dict[str, tuple[str, int]], told: dict[str, int]) -> tuple[str, int]:
    return seen.get(str(told["requestId"]), ("", 0))[0], int(told["encodedDataLength"])


@pytest.mark.parametrize("path", ["/", "/k/"])
def test_the_start_page_is_small(newcomer: Page, booth: StandIn, path: str) -> None:
    seen = _meter(newcomer)
    newcomer.goto(path + booth.show_code() if path == "/k/" else path)
    newcomer.wait_for_selector(".painters li")
    newcomer.wait_for_timeout(500)
    size = sum(size for kind, size in seen.values() if not kind.startswith("image/"))
    assert 20_000 < size <= BUDGET_BYTES, size


def test_nothing_that_a_phone_loads_is_large(newcomer: Page, booth: StandIn) -> None:
    seen = _meter(newcomer)
    newcomer.goto("/")
    newcomer.set_input_files("#album", PHOTO)
    newcomer.wait_for_selector("studio-strip artist-canvas")
    newcomer.goto(f"/v/{booth.finished()}")
    newcomer.wait_for_selector("reveal-page")
    newcomer.wait_for_timeout(500)
    assert max(size for _, size in seen.values()) < LARGEST_BYTES


def test_a_photo_chosen_before_the_pages_are_there_is_not_lost(page: Page, booth: StandIn) -> None:
    page.route("**/pages.js", lambda route: route.abort())
    page.set_input_files("#album", PHOTO)
    page.wait_for_timeout(500)
    assert booth.uploads  # it is on its way already
    page.unroute("**/pages.js")
    expect(page.locator("quiz-page studio-strip artist-canvas")).to_have_count(4)
