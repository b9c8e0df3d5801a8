"""What the fallback engine has painted: said in one line, and replaced under the visitor's eyes when the artist is back."""

from __future__ import annotations

import re

import pytest

from articket_gateway.visit.states import PaintMode
from tests.web.conftest import answer_all
from tests.web.stand_in import StandIn

playwright = pytest.importorskip("playwright.sync_api", reason="the pages are tested with playwright: pip install playwright")
Page, expect = playwright.Page, playwright.expect

BOTH = pytest.mark.parametrize("lang", ["en", "ko"])
LINE = {
    "en": "Painted by our understudy; the master is on the way.",
    "ko": "대신 온 화가가 먼저 그렸어요. 진짜 화가가 오면 다시 그려 드려요.",
}
OWN = re.compile(r"\?v=1\b")
LINE_OF_OTHERS = {
    "en": "Our understudy has helped out; the masters are on the way.",
    "ko": "몇 점은 대신 온 화가가 먼저 그렸어요. 진짜 화가가 오면 다시 그려 드려요.",
}
SAID = """() => {
  globalThis.said = [];
  const region = document.querySelector(".announcer");
  const note = () => said.push(region.textContent);
  new MutationObserver(note).observe(region, { childList: true, characterData: true, subtree: true });
}"""


@BOTH
def test_a_stand_in_is_marked_with_one_line_also_after_a_reload(page: Page, booth: StandIn, lang: str) -> None:
    visit_id = booth.finished(stand_ins=("vangogh", "renoir", "picasso"))
    for _ in range(2):
        page.goto(f"/v/{visit_id}")
        expect(page.locator("reveal-page .of-hero")).to_have_text(LINE[lang])
        expect(page.locator("reveal-page .of-others")).to_have_text(LINE_OF_OTHERS[lang])
        assert page.locator("reveal-page .understudy:not([hidden])").count() == 2  # not one for each canvas
        marked = page.locator("artist-canvas[data-stand-in]")
        assert marked.evaluate_all("all => all.map((one) => one.getAttribute('artist'))") == ["picasso", "renoir"]
        expect(marked.first.locator("small")).to_have_text(
            {"en": "Painted by our understudy", "ko": "대신 온 화가가 그렸어요"}[lang]
        )


def test_without_a_stand_in_nothing_is_said_of_one(page: Page, booth: StandIn) -> None:
    page.goto(f"/v/{booth.finished()}")
    expect(page.locator("reveal-page")).to_be_visible()
    assert page.locator(".understudy:not([hidden])").count() == 0


@BOTH
def test_the_artists_own_painting_takes_its_place_and_is_announced_once(page: Page, booth: StandIn, lang: str) -> None:
    visit_id = booth.finished(stand_ins=("vangogh", "renoir"))
    page.goto(f"/v/{visit_id}")
    expect(page.locator("reveal-page .of-others")).to_be_visible()
    page.evaluate(SAID)
    booth.paint(visit_id, "vangogh", "done", step=5, steps=5)
    booth.paint(visit_id, "renoir", "done", step=5, steps=5)
    expect(page.locator("reveal-page .of-hero")).to_be_hidden()
    expect(page.locator("reveal-page .of-others")).to_be_hidden()
    hero = page.locator("reveal-page > compare-slider")
    expect(hero.locator(".painting")).to_have_count(1)
    for shown in (hero.locator(".painting"), page.locator("artist-canvas[artist=renoir] .paint"), page.locator(".glow")):
        expect(shown.last).to_have_attribute("src", OWN)
    expect(page.locator("reveal-page > .actions a")).to_have_attribute("href", OWN)
    booth.tell(visit_id)
    page.wait_for_timeout(300)
    names = {"en": ("Vincent van Gogh", "Pierre-Auguste Renoir"), "ko": ("빈센트 반 고흐", "오귀스트 르누아르")}[lang]
    said = {"en": "{} has painted it anew.", "ko": "{}의 그림으로 다시 그렸어요."}[lang]
    assert page.evaluate("said") == [said.format(name) for name in names]


@pytest.mark.parametrize("still", [False])
def test_the_picture_changes_in_a_crossfade_with_the_old_one_below(page: Page, booth: StandIn) -> None:
    visit_id = booth.finished(stand_ins=("vangogh",))
    page.goto(f"/v/{visit_id}")
    expect(page.locator("reveal-page .of-hero")).to_be_visible()
    booth.paint(visit_id, "vangogh", "done", step=5, steps=5)
    page.wait_for_selector("compare-slider .anew")
    below, above = page.locator("compare-slider .painting").first, page.locator("compare-slider .anew")
    assert "v=stand-in" in (below.get_attribute("src") or "")
    assert above.evaluate("one => one.getAnimations()[0].effect.getTiming().duration") > 500
    assert [below.bounding_box(), above.get_attribute("alt")] == [above.bounding_box(), ""]
    expect(above).to_have_count(0)
    expect(below).to_have_attribute("src", OWN)


def test_with_reduced_motion_it_changes_at_once(page: Page, booth: StandIn) -> None:
    page.goto(f"/v/{(visit_id := booth.finished(stand_ins=('vangogh',)))}")
    expect(page.locator("reveal-page .of-hero")).to_be_visible()
    page.evaluate("""() => {
      globalThis.durations = [];
      document.addEventListener("animationstart", ({ target, animationName: name }) => {
        if (name === "anew") durations.push(parseFloat(getComputedStyle(target).animationDuration));
      });
    }""")
    booth.paint(visit_id, "vangogh", "done", step=5, steps=5)
    expect(page.locator("compare-slider .painting").first).to_have_attribute("src", OWN)
    assert page.evaluate("durations") == [0.001]


def test_an_open_painting_changes_too(page: Page, booth: StandIn) -> None:
    visit_id = booth.finished(stand_ins=("renoir",))
    page.goto(f"/v/{visit_id}")
    page.locator("[data-look=renoir]").click()
    dialog = page.locator("painting-dialog dialog")
    expect(dialog).to_be_visible()
    booth.paint(visit_id, "renoir", "done", step=5, steps=5)
    expect(dialog.locator(".painting").first).to_have_attribute("src", OWN)
    expect(dialog.locator(".actions a")).to_have_attribute("href", OWN)


def test_a_late_word_of_the_stand_in_takes_nothing_back(page: Page, booth: StandIn) -> None:
    visit_id = booth.finished()
    page.goto(f"/v/{visit_id}")
    expect(page.locator("reveal-page")).to_be_visible()
    booth.paint(visit_id, "vangogh", "done", step=5, steps=5, is_fallback=True)
    booth.tell(visit_id)
    page.wait_for_timeout(300)
    expect(page.locator("reveal-page .of-hero")).to_be_hidden()
    expect(page.locator("compare-slider .painting").first).to_have_attribute("src", OWN)


def test_a_stand_in_that_paints_alone_is_marked_and_replaced(page: Page, booth: StandIn) -> None:
    booth.parts.paint = PaintMode.MATCHED_ONLY
    visit_id = booth.with_photo()
    booth.paint(visit_id, "renoir", "done", step=5, steps=5, is_fallback=True)
    booth.skip_all(visit_id, but="renoir")
    booth.match(visit_id, "renoir")
    page.goto(f"/v/{visit_id}")
    expect(page.locator("reveal-page .of-hero")).to_have_text(LINE["en"])
    booth.paint(visit_id, "renoir", "done", step=5, steps=5)
    expect(page.locator("reveal-page .of-hero")).to_be_hidden()


def test_while_waiting_the_canvas_is_painted_over_and_it_is_said(page: Page, booth: StandIn, visit_id: str) -> None:
    answer_all(page)
    booth.paint(visit_id, "renoir", "painting", step=2, steps=5, attempts=1, is_fallback=True)
    expect(page.locator("artist-canvas[artist=renoir]")).to_contain_text("Our understudy is at it")
    booth.paint(visit_id, "renoir", "done", step=5, steps=5, is_fallback=True)
    expect(page.locator("artist-canvas[artist=renoir]")).to_contain_text("Painted by our understudy")
    booth.paint(visit_id, "renoir", "done", step=5, steps=5)
    expect(page.locator(".announcer")).to_have_text("Pierre-Auguste Renoir has painted it anew.")
    expect(page.locator("artist-canvas[artist=renoir] small")).to_have_text("Finished")
