"""The pages in a real browser: from a tap on the phone to the monitor, from the chosen photo to a painting begun."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench.reporting import table, verdict, write_section
from tests.support.booth import PHOTOS, Booth, running_booth
from tests.web.conftest import FLAGS

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

PIN = "271828"
VISITS = ("portrait-woman-astronaut.jpg", "portrait-woman-old-glasses.jpg", "pet-dog.jpg", "pet-kitten.jpg", "thing-coffee.jpg")

NOTE_TURNS = """() => {
  window.turns = [];
  let last = "";
  new MutationObserver(() => {
    const text = document.querySelector("quiz-scene h1")?.textContent ?? "";
    if (text && text !== last) turns.push(performance.timeOrigin + performance.now());
    last = text;
  }).observe(document.body, { childList: true, subtree: true, characterData: true });
}"""
NOTE_TAPS = """() => {
  window.taps = [];
  const now = () => performance.timeOrigin + performance.now();
  addEventListener("pointerdown", (event) => { if (event.target.closest("[data-choice]")) taps.push(now()); }, true);
  addEventListener("change", (event) => { if (event.target.id === "album") window.chosenAt = now(); }, true);
}"""


def run(_rounds: int) -> None:
    """Measure and write the section."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    assert chromium is not None, "expected a Chromium, found none"
    taps: list[float] = []
    begun: list[float] = []
    environment = {"ARTICKET_GATEWAY_STAFF_PIN": PIN}
    with (
        tempfile.TemporaryDirectory() as folder,
        running_booth(Path(folder) / "data", environment=environment) as booth,
        sync_playwright() as driver,
    ):
        browser = driver.chromium.launch(executable_path=chromium, args=FLAGS)
        kiosk = _kiosk(browser, booth)
        for photo in VISITS:
            _visit(browser, booth, kiosk, PHOTOS / photo, taps, begun)
        browser.close()
    taps.sort()
    begun.sort()
    p95 = taps[int(0.95 * len(taps))]
    rows = [
        ["tap on the phone to the question changed on the monitor, median", f"{taps[len(taps) // 2]:.0f} ms", "", ""],
        ["the same, p95", f"{p95:.0f} ms", "≤ 100 ms", verdict(reached=p95 <= 100)],
        [
            "photo chosen to painting started, slowest",
            f"{begun[-1]:.0f} ms",
            "≤ 1000 ms",
            verdict(reached=begun[-1] <= 1000),
        ],
    ]
    text = (
        table(["what", "measured", "promised", "kept"], rows)
        + f"\n\n{len(VISITS)} visits on one machine, {len(taps)} taps: Chromium's own clock from the finger going down on the"
        " phone's page to the change in the kiosk's page, both in one browser, painters at work on the same cores. Painting"
        " started: when the gateway gave the first painting to a pod."
    )
    write_section("pages", text, "make bench ARGS=pages")
    print(text)


def _kiosk(browser: Browser, booth: Booth) -> Page:
    context: BrowserContext = browser.new_context(base_url=booth.url, viewport={"width": 1280, "height": 720}, locale="ko-KR")
    kiosk = context.new_page()
    answer = kiosk.request.post(f"{booth.url}/api/v1/kiosks", data={"pin": PIN, "name": "Hall A", "lang": "ko"})
    assert answer.status == 201, answer.text()
    kiosk.goto("/kiosk")
    kiosk.wait_for_selector("[data-scene=idle]")
    return kiosk


def _visit(browser: Browser, booth: Booth, kiosk: Page, photo: Path, taps: list[float], begun: list[float]) -> None:
    code = kiosk.request.get(f"{booth.url}/api/v1/kiosk").json()["invitation"]["code"]
    context = browser.new_context(
        base_url=booth.url, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, locale="ko-KR"
    )
    phone = context.new_page()
    phone.goto(f"/k/{code}")
    phone.wait_for_selector(".painters li")
    phone.evaluate(NOTE_TAPS)
    phone.set_input_files("#album", photo)
    phone.wait_for_selector("quiz-page [data-choice]")
    kiosk.wait_for_selector("quiz-scene h1")
    kiosk.evaluate(NOTE_TURNS)
    kiosk.wait_for_timeout(400)
    while phone.locator("quiz-page").count():
        at = phone.locator(".dabs .full").count()
        phone.locator("[data-choice]").first.tap()
        phone.wait_for_function(
            "at => !document.querySelector('quiz-page') || document.querySelectorAll('.dabs .full').length > at", arg=at
        )
        kiosk.wait_for_timeout(300)
    tapped: list[float] = phone.evaluate("taps")
    turned: list[float] = kiosk.evaluate("turns")
    for tap in tapped[:-1]:  # the last one ends the quiz
        after = [turn for turn in turned if turn > tap]
        assert after, "a tap never reached the monitor"
        taps.append(after[0] - tap)
    begun.append(_begun_at(phone, booth) - phone.evaluate("chosenAt"))
    context.close()
    kiosk.wait_for_timeout(500)


def _begun_at(phone: Page, booth: Booth) -> float:
    """Give when the visit's first painting began, in milliseconds of Unix time."""
    visit_id = phone.evaluate("document.querySelector('phone-app').visit.id")
    visit = phone.request.get(f"{booth.url}/api/v1/visits/{visit_id}").json()
    starts: list[str] = [step["started_at"] for step in visit["steps"] if step["name"].startswith("paint:")]
    return phone.evaluate("at => Date.parse(at)", min(starts))
