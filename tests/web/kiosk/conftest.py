"""A monitor before a stand-in booth, which is shared and begins anew for each test; the browser is that of the other pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.web.kiosk.kiosk_booth import KioskBooth, running

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page


@pytest.fixture(scope="session")
def running_booth() -> Iterator[KioskBooth]:
    with running() as booth:
        yield booth


@pytest.fixture
def booth(running_booth: KioskBooth) -> KioskBooth:
    running_booth.renew()
    return running_booth


@pytest.fixture
def size() -> tuple[int, int]:
    return (1920, 1080)


@pytest.fixture
def still() -> bool:
    """Whether motion is reduced: most tests need not watch the show."""
    return True


@pytest.fixture
def window(browser: Browser, booth: KioskBooth, size: tuple[int, int], still: bool) -> Iterator[BrowserContext]:
    context = browser.new_context(
        base_url=booth.url,
        viewport={"width": size[0], "height": size[1]},
        locale="en-GB",
        reduced_motion="reduce" if still else "no-preference",
    )
    context.set_default_timeout(15_000)
    yield context
    context.close()


@pytest.fixture
def bare(window: BrowserContext) -> Iterator[Page]:
    """A monitor that has not opened the page yet; a fault on the page, or one that its policy finds, fails the test."""
    page = window.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
    yield page
    assert faults == []


@pytest.fixture
def monitor(bare: Page) -> Page:
    """A paired monitor that invites."""
    bare.goto("/kiosk")
    bare.wait_for_selector("idle-scene .painters li")
    return bare
