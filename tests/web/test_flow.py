"""A visit on the phone, from the photo to the deleted photo."""

from __future__ import annotations

import pytest

from articket_gateway.errors import Problem
from tests.web.conftest import PHOTO, answer_all
from tests.web.stand_in import ARTISTS, StandIn

playwright = pytest.importorskip("playwright.sync_api", reason="the pages are tested with playwright: pip install playwright")
Page, expect = playwright.Page, playwright.expect


def test_answers_arrive_as_they_were_given(page: Page, booth: StandIn, visit_id: str) -> None:
    answer_all(page)
    expect(page.locator("waiting-page")).to_be_visible()
    assert len(booth.answers[visit_id]) == 7


def test_a_skipped_question_is_left_out(page: Page, booth: StandIn, visit_id: str) -> None:
    page.locator("[data-skip]").click()
    expect(page.locator(".dabs .full")).to_have_count(1)
    answer_all(page)
    expect(page.locator("waiting-page")).to_be_visible()
    assert len(booth.answers[visit_id]) == 6


def test_back_shows_the_answer_that_was_given(page: Page, visit_id: str) -> None:
    page.locator("[data-choice]").nth(1).click()
    expect(page.locator(".dabs .full")).to_have_count(1)
    page.locator("[data-back]").click()
    expect(page.locator("[data-choice]").nth(1)).to_have_attribute("aria-pressed", "true")


def test_every_canvas_shows_its_progress(page: Page, booth: StandIn, visit_id: str) -> None:
    answer_all(page)
    booth.paint(visit_id, "renoir", "queued", position=3)
    booth.paint(visit_id, "vangogh", "painting", step=2, steps=5)
    booth.paint(visit_id, "picasso", "failed", reason="ENGINE_FAILED")
    expect(page.locator("artist-canvas[artist=renoir]")).to_contain_text("3 before you")
    expect(page.locator("artist-canvas[artist=vangogh] .paint")).to_be_visible()
    assert page.locator("artist-canvas[artist=vangogh] progress").evaluate("one => one.value") == 0.4
    expect(page.locator("artist-canvas[artist=picasso]")).to_contain_text("Could not paint")


def test_tries_and_the_stand_in_are_told_truthfully(page: Page, booth: StandIn, visit_id: str) -> None:
    answer_all(page)
    canvas = {artist: page.locator(f"artist-canvas[artist={artist}]") for artist in ARTISTS}
    booth.paint(visit_id, "vangogh", "painting", step=4, steps=5, attempts=1)
    booth.paint(visit_id, "vangogh", "queued", attempts=1, reason="ENGINE_FAILED")
    expect(canvas["vangogh"]).to_contain_text("Trying once more")
    booth.paint(visit_id, "vangogh", "painting", step=1, steps=5, attempts=2)
    booth.tell(visit_id)
    expect(canvas["vangogh"]).to_contain_text("Trying once more")
    booth.paint(visit_id, "renoir", "painting", step=1, steps=5, attempts=3, is_fallback=True)
    expect(canvas["renoir"]).to_contain_text("Our understudy is at it")
    booth.paint(visit_id, "renoir", "done", step=5, steps=5, attempts=3, is_fallback=True)
    expect(canvas["renoir"]).to_contain_text("Painted by our understudy")
    booth.paint(visit_id, "picasso", "failed", reason="ENGINE_FAILED")
    booth.paint(visit_id, "picasso", "queued", position=1)  # staff have tapped "try again"
    expect(canvas["picasso"]).to_contain_text("1 before you")


@pytest.mark.parametrize(
    ("printed", "words"),
    [
        (("waiting", 2), "2 tickets to print before yours"),
        (("waiting", 0, "media-empty"), "waits for paper"),
        (("waiting", 0, "offline"), "takes a break"),
        (("printing",), "is being printed"),
        (("printed",), "Pick it up with this number"),
        (("held",), "Ask the staff to print it"),
        (("failed",), "could not be printed"),
    ],
)
def test_the_ticket_tells_where_it_is_on_its_way(page: Page, booth: StandIn, printed: tuple[str], words: str) -> None:
    visit_id = booth.finished()
    page.goto(f"/v/{visit_id}")
    expect(page.locator("ticket-stub")).to_contain_text("Show this number")
    booth.print(visit_id, *printed)
    expect(page.locator("ticket-stub")).to_contain_text(words)


def test_the_reveal_waits_for_the_matched_painting(page: Page, booth: StandIn, visit_id: str) -> None:
    answer_all(page)
    booth.match(visit_id, "vangogh", ticket=False)
    expect(page.locator("waiting-page h1")).to_have_text("Your painter is chosen. The last strokes…")
    booth.paint(visit_id, "vangogh", "done", step=5, steps=5)
    booth.match(visit_id, "vangogh")
    expect(page.locator("reveal-page h1")).to_contain_text("Vincent van Gogh")
    expect(page.locator("ticket-stub")).to_contain_text("0042")


def test_late_paintings_appear_when_they_are_done(page: Page, booth: StandIn, visit_id: str) -> None:
    answer_all(page)
    booth.paint_all(visit_id, but=("renoir",))
    booth.match(visit_id)
    expect(page.locator("reveal-page")).to_be_visible()
    expect(page.locator("[data-look=renoir]")).to_be_hidden()
    booth.paint(visit_id, "renoir", "done", step=5, steps=5)
    expect(page.locator("[data-look=renoir]")).to_be_visible()
    assert page.locator(".others li").count() == len(ARTISTS) - 1


def test_the_slider_follows_the_arrow_keys(page: Page, booth: StandIn) -> None:
    page.goto(f"/v/{booth.finished()}")
    slider = page.get_by_role("slider")
    slider.focus()
    before = float(slider.input_value())
    slider.press("ArrowRight")
    assert float(slider.input_value()) > before
    assert "photo" in (slider.get_attribute("aria-valuetext") or "")


def test_the_ticket_s_address_shows_the_reveal_on_another_phone(page: Page, booth: StandIn) -> None:
    page.goto(f"/v/{booth.finished()}")
    expect(page.locator("reveal-page")).to_be_visible()


def test_paintings_are_shown_also_when_the_ticket_failed(page: Page, booth: StandIn, visit_id: str) -> None:
    answer_all(page)
    booth.paint_all(visit_id)
    booth.match(visit_id, ticket=False)
    booth.fail(visit_id, "BAD_TEMPLATE")
    expect(page.locator("ticket-stub")).to_contain_text("Your paintings are safe")


def test_a_photo_nobody_can_paint_leads_to_another_one(page: Page, booth: StandIn, visit_id: str) -> None:
    answer_all(page)
    booth.fail(visit_id, "no_painting")
    page.get_by_role("button", name="Try another photo").click()
    expect(page.locator("welcome-page")).to_be_visible()


def test_a_refused_photo_is_told_in_friendly_words(page: Page, booth: StandIn) -> None:
    booth.refusal = Problem("photo_side_too_small", "photo: expected sides of 64 px")
    page.set_input_files("#album", PHOTO)
    expect(page.get_by_role("alert")).to_contain_text("too small to paint")
    expect(page.get_by_role("alert")).to_contain_text("Choose the original")


def test_deleting_asks_once_and_deletes(page: Page, booth: StandIn, visit_id: str) -> None:
    page.get_by_role("button", name="Delete my photos now").click()
    page.get_by_role("button", name="Delete everything").click()
    expect(page.locator("farewell-page h1")).to_have_text("All gone.")
    assert booth.visits[visit_id]["state"] == "erased"
    assert page.evaluate("localStorage.getItem('articket-visit')") is None


def test_a_link_to_nothing_says_so(page: Page) -> None:
    page.goto("/v/nothing-here")
    expect(page.locator("farewell-page h1")).to_have_text("Nothing here any more")


@pytest.mark.parametrize("still", [False])
def test_the_spotlight_ends_at_the_painter(page: Page, booth: StandIn) -> None:
    page.set_input_files("#album", PHOTO)
    page.wait_for_selector("studio-strip artist-canvas")
    visit_id = page.url.rpartition("/")[2]
    answer_all(page)
    booth.paint_all(visit_id)
    booth.match(visit_id, "renoir")
    expect(page.locator(".winner[data-artist=renoir]")).to_be_visible()
    expect(page.locator("reveal-page")).to_be_visible()
