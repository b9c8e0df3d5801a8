"""Every state of the staff page in both languages, on the narrowest phone: no axe violation, nothing too small or cut off."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.web.staff.conftest import look_again, open_desk, sign_in
from tests.web.staff.stand_in import NAMES, ROOT, TRIES, Booth, Refusal, kiosk, print_of, sink
from tests.web.test_accessibility import SMALLEST_TARGET_PX, TOO_SMALL, WCAG, _axe

playwright = pytest.importorskip("playwright.sync_api", reason="the pages are tested with playwright: pip install playwright")
Page, expect = playwright.Page, playwright.expect

WORDS = ROOT / "web/staff/words"
KEY = re.compile(r'\b(\w+): "((?:[^"\\]|\\.)*)"')


def _fill(booth: Booth) -> None:
    booth.add("0040", prints=[print_of("printed"), print_of("printed")], copies_left=0, state="printed")
    booth.add("0041", prints=[print_of("held", reason="media-empty"), print_of("failed", reason="refused")], is_hidden=True)
    booth.fail(booth.add("0042", prints=[print_of("waiting"), print_of("printing")]), "renoir")
    lost = booth.add(state="failed", error={"reason": "no_painting", "detail": ""}, is_public=False)
    for artist_id in NAMES:
        booth.fail(lost, artist_id, "OUT_OF_MEMORY")
    booth.add(state="created", paintings=[])
    booth.add()
    alone = booth.add("0044")
    booth.skip(alone, but="vangogh")
    next(one for one in alone["paintings"] if one["artist_id"] == "vangogh")["is_fallback"] = True
    booth.missing = ["stylize"]
    sinks = [sink("Counter", "stopped", "media-empty", "marker-supply-low"), sink("Tickets", kind="folder")]
    booth.printing = {"is_automatic": True, "is_paused": True, "sinks": sinks}
    session = {"ref": "r", "lang": "ko", "at": 0, "count": 7, "is_photo_there": False, "held_until": "2026-05-02T11:00:00.000Z"}
    booth.kiosks = [kiosk("k1", "Entrance", session=session), kiosk("k2", "A" * 40, is_connected=False)]
    booth.refused = [
        {"folder": "klimt", "file": "artist.yaml", "key": "lora", "expected": "x", "found": "y" * 60, "hint": "Write 0.8."}
    ]
    booth.artists[0] |= {"waiting": 12, "running": 2, "done": 1234, "failed": 2, "median_seconds": 11.4}


def _door(page: Page, booth: Booth) -> None:
    booth.sessions.clear()
    page.goto("/staff")
    sign_in(page, "1")
    page.wait_for_selector("#pin-trouble:not(:empty)")


def _locked(page: Page, booth: Booth) -> None:
    booth.tries = TRIES
    booth.sessions.clear()
    page.goto("/staff")
    sign_in(page)
    page.wait_for_selector(".lock")


def _tickets(page: Page, booth: Booth) -> None:
    """Every kind of card; one asks whether to erase, one tells of a failure; something is new."""
    _fill(booth)
    open_desk(page)
    page.locator("visit-card [data-run=hide]").nth(4).click()
    page.wait_for_selector("button.done")
    booth.refusal = Refusal(409, "copies_used_up")
    page.locator("[data-run=print][aria-disabled=false]").first.click()
    page.wait_for_selector(".failure")
    page.locator("[data-run=ask]:visible").last.click()
    booth.add("0043")
    look_again(page)
    page.wait_for_selector(".chip .fresh")


def _booth(page: Page, booth: Booth) -> None:
    _fill(booth)
    open_desk(page, "#view=booth")
    page.locator("kiosks-panel [data-run=ask]").last.click()
    page.locator("[data-run=pair]").click()
    page.wait_for_selector("pairing-code .code")


def _pausing(page: Page, booth: Booth) -> None:
    open_desk(page)
    page.locator("state-band [data-run=pause]").click()
    page.locator(".opener").click()


def _paused(page: Page, booth: Booth) -> None:
    booth.intake = {"is_paused": True, "message": {"en": "We take a short break.", "ko": "잠시 쉬고 있어요."}}
    booth.printing, booth.kiosks, booth.artists = None, [], []
    open_desk(page, "#view=booth")


def _ticket(page: Page, booth: Booth) -> None:
    booth.add("0042")
    open_desk(page)
    page.locator("[data-run=ticket]").click()


def _pin(page: Page, booth: Booth) -> None:
    open_desk(page)
    page.locator(".opener").click()
    page.locator("[data-run=changePin]").click()
    page.fill("#pin-now", "1")
    page.keyboard.press("Enter")
    page.wait_for_selector("pin-dialog [aria-invalid]")


def _lost(page: Page, booth: Booth) -> None:
    open_desk(page, "#show=trouble")
    booth.is_down = True
    look_again(page)
    page.wait_for_selector("state-band .bad")


State = Callable[[Page, Booth], None]


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["en", "ko"])
@pytest.mark.parametrize("state", [_door, _locked, _tickets, _booth, _pausing, _paused, _ticket, _pin, _lost])
def test_a_narrow_phone_shows_every_state_to_everyone(page: Page, booth: Booth, state: State, lang: str) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    state(page, booth)
    assert _violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert page.evaluate(TOO_SMALL, SMALLEST_TARGET_PX) == []


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["en", "ko"])
def test_a_laptop_shows_tickets_and_booth_side_by_side_to_everyone(page: Page, booth: Booth, lang: str) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    _fill(booth)
    open_desk(page)
    expect(page.locator("visits-panel")).to_be_visible()
    expect(page.locator("kiosks-panel")).to_be_visible()
    assert _violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 1440


def _violations(page: Page) -> list[object]:
    page.wait_for_timeout(200)  # what fades in has its contrast only then
    page.evaluate(_axe())
    found = page.evaluate("tags => axe.run({ runOnly: tags })", WCAG)["violations"]
    return [(one["id"], [node["html"][:160] for node in one["nodes"]]) for one in found]


def test_a_print_needs_no_mouse(page: Page, booth: Booth) -> None:
    booth.add("0042")
    open_desk(page)
    expect(page.locator("h1")).to_be_focused()
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.dataset.run") == "print":
            break
    page.keyboard.press("Enter")
    expect(page.locator("visit-card")).to_contain_text("Waits to print")
    assert page.evaluate("document.activeElement.dataset.run") == "print"


def test_what_was_done_is_read_aloud_and_looking_again_is_not(page: Page, booth: Booth) -> None:
    booth.add("0042")
    open_desk(page)
    page.evaluate("""() => {
      globalThis.said = [];
      const tell = (changes) => said.push(...changes.flatMap((one) => [...one.addedNodes]).map((node) => node.textContent));
      for (const region of document.querySelectorAll("[role=status], [role=alert]")) {
        new MutationObserver(tell).observe(region, { childList: true, subtree: true });
      }
    }""")
    page.get_by_role("button", name="Print: ticket 0042").tap()
    expect(page.locator("visit-card")).to_contain_text("Waits to print")
    page.wait_for_function("() => said.length > 0")
    look_again(page)
    page.wait_for_timeout(200)
    assert page.evaluate("said") == ["Sent to print"]


def test_every_word_is_there_in_both_languages() -> None:
    english, korean = (dict(KEY.findall((WORDS / f"{lang}.js").read_text())) for lang in ("en", "ko"))
    assert list(english) == list(korean)
    for key, text in english.items():
        assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", korean[key])), key


def test_every_word_that_is_said_exists_and_every_word_is_said() -> None:
    known = dict(KEY.findall((WORDS / "en.js").read_text()))
    source = "\n".join(path.read_text() for path in (ROOT / "web/staff").rglob("*.js") if path.parent != WORDS)
    said = set(re.findall(r'\bsay(?:Or)?\("(\w+)"', source))
    assert said <= set(known)
    made = re.compile("^(?:" + "|".join(re.findall(r"`(\w+_)\$\{", source)) + ")")
    quoted = set(re.findall(r'"(\w+)"', source))
    assert [key for key in known if key not in said | quoted and not made.match(key)] == []
