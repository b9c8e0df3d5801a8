"""A staff page at a stand-in booth, signed in or not. The browser is that of the other pages' tests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.web.conftest import LOCALES
from tests.web.staff.stand_in import PIN, Booth, running

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@pytest.fixture(scope="session")
def staff_server() -> Iterator[Booth]:
    with running() as booth:
        yield booth


@pytest.fixture
def booth(staff_server: Booth) -> Booth:
    staff_server.reset()
    return staff_server


@pytest.fixture
def door(browser: Browser, booth: Booth, lang: str) -> Iterator[Page]:
    """The page of somebody who is not signed in; a fault on it, or of its Content-Security-Policy, fails the test."""
    context = browser.new_context(
        base_url=booth.url,
        viewport={"width": 390, "height": 844},
        locale=LOCALES[lang],
        timezone_id="Asia/Seoul",
        has_touch=True,
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.set_default_timeout(15_000)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
    yield page
    context.close()
    assert faults == []


@pytest.fixture
def page(door: Page, booth: Booth) -> Page:
    """The page of somebody who has signed in, not yet opened: a test fills the booth first."""
    booth.sessions.add("known")
    door.context.add_cookies([{"name": "articket_staff", "value": "known", "url": booth.url}])
    return door


def open_desk(page: Page, fragment: str = "") -> None:
    """Open the desk and wait until the booth has been looked at."""
    page.goto(f"/staff{fragment}")
    page.wait_for_selector("state-band .band:not(.looking)")


def look_again(page: Page) -> None:
    """Let the page look at the booth now, as it does when the network is back: no test waits two seconds for the next look."""
    page.evaluate("dispatchEvent(new Event('online'))")


def sign_in(page: Page, pin: str = PIN) -> None:
    """Type the PIN."""
    page.locator("#pin").press_sequentially(pin)
    page.keyboard.press("Enter")
