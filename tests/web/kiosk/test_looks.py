"""Every state in both languages: nothing that axe can find, nothing too small for three metres, nothing cut off."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.web.kiosk.kiosk_booth import ROOT, KioskBooth
from tests.web.kiosk.states import STATES

playwright = pytest.importorskip("playwright.sync_api", reason="the pages are tested with playwright: pip install playwright")
Page, expect = playwright.Page, playwright.expect

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SMALLEST = 0.022
"""Of the shorter side: what can be read from three metres."""

FAULTS = """smallest => {
  const faults = [];
  const isSeen = { visibilityProperty: true, opacityProperty: true };
  const seen = (one) => one.checkVisibility(isSeen) && !one.closest(".visually-hidden, .controls, .wall");
  const least = smallest * Math.min(innerWidth, innerHeight) - 0.5;
  for (const one of document.querySelectorAll("kiosk-app *")) {
    const text = [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!text || !seen(one)) continue;
    const box = one.getBoundingClientRect();
    const name = `${one.closest("[class]")?.className} "${one.textContent.trim().slice(0, 40)}"`;
    if (parseFloat(getComputedStyle(one).fontSize) < least) faults.push(`small: ${name}`);
    const isIn = box.left > -1 && box.top > -1 && box.right < innerWidth + 1 && box.bottom < innerHeight + 1;
    if (!isIn) faults.push(`cut off: ${name}`);
  }
  const page = document.scrollingElement;
  if (page.scrollWidth > innerWidth || page.scrollHeight > innerHeight) faults.push("scrolls");
  return faults;
}"""


def _axe() -> str:
    if "ARTICKET_TEST_AXE" in os.environ:
        return Path(os.environ["ARTICKET_TEST_AXE"]).read_text()
    package = pytest.importorskip(
        "axe_playwright_python", reason="pages are checked with axe: pip install axe-playwright-python"
    )
    return next(Path(package.__file__).parent.rglob("axe.min.js")).read_text()


def _violations(page: Page) -> list[object]:
    found = page.evaluate("tags => axe.run({ runOnly: tags })", WCAG)["violations"]
    return [(one["id"], [node["html"][:160] for node in one["nodes"]]) for one in found]


@pytest.mark.slow
@pytest.mark.parametrize("state", STATES)
def test_every_state_can_be_read_by_everyone_in_both_languages(monitor: Page, booth: KioskBooth, state: str) -> None:
    monitor.evaluate(_axe())
    if state == "lost":
        monitor.clock.install()
    for lang in ("ko", "en"):
        booth.clear()
        booth.change(lang=lang)
        if state == "lost":
            monitor.clock.fast_forward(6000)  # it tries again
        if state != "pairing":
            expect(monitor.locator("html")).to_have_attribute("lang", lang)
        selector = STATES[state](booth)
        if state == "lost":
            monitor.wait_for_timeout(300)
            monitor.clock.fast_forward(4500)  # a short cut is not told
        if state == "pairing":
            monitor.locator(f"label[for=lang-{lang}]").click()
        monitor.wait_for_selector(selector, state="attached")
        monitor.evaluate("document.fonts.ready.then(() => true)")  # letters that come late move what is below them
        monitor.wait_for_timeout(250)
        assert _violations(monitor) == []
        assert monitor.evaluate(FAULTS, SMALLEST) == []


@pytest.mark.slow
@pytest.mark.parametrize("size", [(1280, 720), (1080, 1920)])
def test_every_state_fits_smaller_and_upright_windows(monitor: Page, booth: KioskBooth) -> None:
    for state, show in STATES.items():
        if state in ("pairing", "lost"):
            continue
        booth.clear()
        booth.change(lang="en")  # whose words are longer
        expect(monitor.locator("idle-scene")).to_be_visible()
        monitor.wait_for_selector(show(booth), state="attached")
        monitor.wait_for_timeout(150)
        assert (state, monitor.evaluate(FAULTS, SMALLEST)) == (state, [])


def test_every_word_is_there_in_both_languages() -> None:
    keys = [re.findall(r'\b(\w+): "', (ROOT / f"web/kiosk/words/{lang}.js").read_text()) for lang in ("en", "ko")]
    assert keys[0] == keys[1]


def test_every_word_that_is_said_exists() -> None:
    known = set(re.findall(r'\b(\w+): "', (ROOT / "web/kiosk/words/en.js").read_text()))
    said = {key for path in (ROOT / "web/kiosk").rglob("*.js") for key in re.findall(r'(?<!#)\bsay\("(\w+)"', path.read_text())}
    assert said <= known


def test_the_pointer_hides_while_nobody_moves_it(monitor: Page) -> None:
    assert monitor.locator("main").evaluate("one => getComputedStyle(one).cursor") == "none"
    monitor.mouse.move(300, 300)
    expect(monitor.locator("[data-full]")).to_be_visible()
    assert monitor.locator("main").evaluate("one => getComputedStyle(one).cursor") != "none"
