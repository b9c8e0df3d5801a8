"""A Chromium and a stand-in booth for the tests of the pages. Both are shared: starting a browser takes longer than a test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.web.stand_in import ROOT, StandIn, running

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHOTO = ROOT / "tests/data/photos/portrait-woman-astronaut.jpg"
EXPECTED_WITHIN_MS = 10_000
"""Twice as long as playwright would wait: two browsers and whatever they speak to share a small machine."""
LOCALES = {"en": "en-GB", "ko": "ko-KR"}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="the pages are tested with playwright: pip install playwright"
    )
    chromium = os.environ.get("ARTICKET_TEST_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium here: install one, or name it in ARTICKET_TEST_CHROMIUM")
    playwright.expect.set_options(timeout=EXPECTED_WITHIN_MS)
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def booth() -> Iterator[StandIn]:
    with running() as stand_in:
        yield stand_in


@pytest.fixture
def lang() -> str:
    return "en"


@pytest.fixture
def still() -> bool:
    """Whether the visitor prefers reduced motion: most tests need not watch the show."""
    return True


@pytest.fixture
def page(browser: Browser, booth: StandIn, lang: str, still: bool) -> Iterator[Page]:
    """A phone at the start page; a fault on the page, or one that its Content-Security-Policy finds, fails the test."""
    booth.reset()
    context = browser.new_context(
        base_url=booth.url,
        viewport={"width": 390, "height": 844},
        locale=LOCALES[lang],
        has_touch=True,
        reduced_motion="reduce" if still else "no-preference",
    )
    page = context.new_page()
    page.set_default_timeout(15_000)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
    page.goto("/")
    page.wait_for_selector(".painters li")
    yield page
    context.close()
    assert faults == []


@pytest.fixture
def visit_id(page: Page, booth: StandIn) -> str:
    """The id of a visit whose photo has just been sent; the page is at the first question."""
    page.set_input_files("#album", PHOTO)
    page.wait_for_selector("studio-strip artist-canvas")
    return page.url.rpartition("/")[2]


def answer_all(page: Page) -> None:
    """Answer every question with its first choice."""
    while page.locator("quiz-page").count():
        at = page.locator(".dabs .full").count()
        page.locator("[data-choice]").first.click()
        page.wait_for_function(
            "at => !document.querySelector('quiz-page') || document.querySelectorAll('.dabs .full').length > at", arg=at
        )
