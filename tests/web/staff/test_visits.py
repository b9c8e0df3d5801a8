"""The visits of today: live without moving away under a finger, found at once, mended with one tap that never fires twice."""

from __future__ import annotations

import re

import pytest

from tests.web.staff.conftest import look_again, open_desk
from tests.web.staff.stand_in import Booth, Refusal, print_of

playwright = pytest.importorskip("playwright.sync_api", reason="the pages are tested with playwright: pip install playwright")
Page, Locator, expect = playwright.Page, playwright.Locator, playwright.expect


def card(page: Page, number: str) -> Locator:
    return page.locator("visit-card").filter(has=page.locator("h3 b", has_text=number))


def numbers(page: Page) -> list[str]:
    return page.locator("visit-card h3 b").all_text_contents()


def test_typing_42_finds_0042_at_once(page: Page, booth: Booth) -> None:
    for number in ("0042", "0041", "0420", "0142"):
        booth.add(number)
    open_desk(page)
    page.evaluate("""() => {
      const field = document.querySelector("#find");
      field.value = "42";
      field.dispatchEvent(new InputEvent("input", { bubbles: true }));
      globalThis.atOnce = [...document.querySelectorAll("visit-card h3 b")].map((one) => one.textContent);
    }""")
    assert page.evaluate("atOnce") == ["0042", "0420"]


def test_the_booth_finds_what_is_not_loaded(page: Page, booth: Booth) -> None:
    for number in range(1, 70):
        booth.add(f"{number:04}")
    open_desk(page)
    page.fill("#find", "7")
    expect(card(page, "0007")).to_be_visible()
    page.fill("#find", "999")
    expect(page.get_by_role("heading", name="No ticket 999")).to_be_visible()
    assert page.get_by_role("button", name="All").get_attribute("aria-pressed") == "true"
    page.reload()
    expect(page.locator("#find")).to_have_value("999")


def test_filters_show_what_is_to_print_and_what_is_in_trouble(page: Page, booth: Booth) -> None:
    booth.add("0001", prints=[print_of("printed")])
    booth.add("0002")
    booth.add("0003", prints=[print_of("waiting", reason="media-empty")])
    booth.fail(booth.add("0004", prints=[print_of("printed")]), "renoir")
    booth.add()
    open_desk(page)
    page.get_by_role("button", name="To print 2").tap()
    assert numbers(page) == ["0003", "0002"]
    page.get_by_role("button", name="Trouble 2").tap()
    assert numbers(page) == ["0004", "0003"]
    expect(card(page, "0003")).to_contain_text("Held: Paper is out")


def test_older_visits_come_on_demand_and_stay_live(page: Page, booth: Booth) -> None:
    for number in range(1, 61):
        booth.add(f"{number:04}")
    open_desk(page)
    expect(page.locator("visit-card")).to_have_count(50)
    page.get_by_role("button", name="Show older ones").tap()
    expect(page.locator("visit-card")).to_have_count(60)
    booth.visits[-1]["is_hidden"] = True
    look_again(page)
    expect(card(page, "0001")).to_contain_text("Hidden by staff")


def test_what_is_new_waits_while_somebody_is_further_down(page: Page, booth: Booth) -> None:
    for number in range(10, 20):
        booth.add(f"{number:04}")
    open_desk(page)
    card(page, "0014").scroll_into_view_if_needed()
    before = card(page, "0014").bounding_box()
    booth.add("0020")
    look_again(page)
    page.get_by_role("button", name="All , 1 new").wait_for()
    assert card(page, "0014").bounding_box() == before
    page.get_by_role("button", name="All , 1 new").tap()
    expect(card(page, "0020")).to_be_in_viewport()


def test_what_is_new_appears_by_itself_when_nobody_is_at_the_list(page: Page, booth: Booth) -> None:
    booth.add("0001")
    open_desk(page)
    booth.add("0002")
    expect(page.locator("visit-card").first).to_contain_text("0002")


def test_looking_again_keeps_the_focus_and_an_open_question(page: Page, booth: Booth) -> None:
    visit = booth.add("0042")
    open_desk(page)
    page.get_by_role("button", name="Erase ticket 0042").tap()
    expect(page.get_by_role("button", name="Keep it")).to_be_focused()
    visit["prints"] = [print_of("printing")]
    look_again(page)
    expect(card(page, "0042")).to_contain_text("Printing now")
    expect(page.get_by_role("button", name="Keep it")).to_be_focused()


def test_one_tap_prints_one_copy_however_often_it_is_tapped(page: Page, booth: Booth) -> None:
    booth.delay = 0.15
    visit = booth.add("0042")
    open_desk(page)
    page.evaluate("for (let tap = 0; tap < 5; tap++) document.querySelector('[data-run=print]').click()")
    expect(card(page, "0042").get_by_role("button", name="Sending…")).to_be_visible()
    expect(card(page, "0042").get_by_role("button", name="Sent to print")).to_be_visible()
    page.evaluate("document.querySelector('[data-run=print]').click()")
    expect(card(page, "0042")).to_contain_text("Waits to print")
    expect(card(page, "0042")).to_contain_text("2 left")
    assert booth.calls == [("POST", f"/visits/{visit['ref']}/prints", {"copies": 1})]


def test_a_print_that_cannot_be_says_why(page: Page, booth: Booth) -> None:
    booth.add("0001", copies_left=0, prints=[print_of("printed")])
    booth.add()
    open_desk(page)
    used_up = page.get_by_role("button", name="Print again: ticket 0001")
    expect(used_up).to_have_accessible_description("All copies are used up")
    expect(used_up).to_have_attribute("aria-disabled", "true")
    used_up.dispatch_event("click")
    expect(page.get_by_role("button", name=re.compile("Print: the visit of"))).to_have_accessible_description(
        "No ticket to print yet"
    )
    assert booth.calls == []


def test_a_refusal_is_told_in_the_card_until_it_is_dismissed(page: Page, booth: Booth) -> None:
    booth.add("0042")
    booth.refusal = Refusal(409, "copies_used_up")
    open_desk(page)
    page.get_by_role("button", name="Print: ticket 0042").tap()
    expect(card(page, "0042").get_by_role("alert")).to_contain_text("All copies of this ticket are used up.")
    card(page, "0042").get_by_role("button", name="Dismiss").tap()
    expect(card(page, "0042").locator(".failure")).to_have_count(0)


def test_a_tap_without_an_answer_is_not_repeated_and_ends_with_the_truth(page: Page, booth: Booth) -> None:
    booth.add("0042")
    open_desk(page)
    page.route("**/prints", lambda route: (route.fetch(), route.abort()))  # it arrives; the answer is lost
    page.get_by_role("button", name="Print: ticket 0042").tap()
    expect(card(page, "0042").get_by_role("alert")).to_contain_text("What you see now is how it stands")
    expect(card(page, "0042")).to_contain_text("Waits to print")
    assert len(booth.calls) == 1


def test_a_waiting_print_is_cancelled(page: Page, booth: Booth) -> None:
    job = print_of("waiting")
    booth.add("0042", prints=[job])
    open_desk(page)
    page.get_by_role("button", name="Cancel this print").tap()
    expect(card(page, "0042")).to_contain_text("Not printed yet")
    assert booth.calls == [("DELETE", f"/prints/{job['id']}", None)]


def test_a_failed_artist_is_tried_again(page: Page, booth: Booth) -> None:
    visit = booth.add("0042")
    booth.fail(visit, "renoir")
    open_desk(page)
    expect(card(page, "0042")).to_contain_text("the painter broke down")
    page.get_by_role("button", name="Try Pierre-Auguste Renoir again").tap()
    expect(card(page, "0042").get_by_text("Pierre-Auguste Renoir: waiting")).to_be_attached()
    assert booth.calls == [("POST", f"/visits/{visit['ref']}/paintings/renoir/retry", None)]


SAYS = {
    "skipped": {"en": "Pablo Picasso: not asked", "ko": "파블로 피카소: 그리지 않음"},
    "stand-in": {"en": "Stand-in engine: Vincent van Gogh", "ko": "예비 엔진으로 그림: 빈센트 반 고흐"},
    "of it": {"en": "Vincent van Gogh: done, by the stand-in engine", "ko": "빈센트 반 고흐: 완성, 예비 엔진으로"},
    "waits": {"en": "Painted after the quiz", "ko": "퀴즈 뒤에 그려요"},
    "trouble": {"en": "Trouble", "ko": "문제"},
}


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_skipped_paintings_are_no_failures_and_offer_nothing_to_mend(page: Page, booth: Booth, lang: str) -> None:
    booth.paint = "matched-only"
    booth.skip(booth.add("0042", prints=[print_of("printed")]), but="vangogh")
    open_desk(page)
    expect(card(page, "0042").get_by_text(SAYS["skipped"][lang])).to_be_attached()
    assert page.locator("visit-card [data-run=retry]").count() == 0
    assert page.locator("visit-card .trouble").count() == 0
    page.get_by_role("button", name=SAYS["trouble"][lang]).tap()
    expect(page.locator("visit-card:visible")).to_have_count(0)


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_a_stand_in_is_marked(page: Page, booth: Booth, lang: str) -> None:
    visit = booth.add("0042")
    painted = next(one for one in visit["paintings"] if one["artist_id"] == "vangogh")
    painted["is_fallback"] = True
    open_desk(page)
    expect(card(page, "0042").locator(".stand-ins")).to_have_text(SAYS["stand-in"][lang])
    expect(card(page, "0042").locator("li.stand-in img")).to_have_attribute("alt", SAYS["of it"][lang])
    painted["is_fallback"] = False
    look_again(page)
    expect(card(page, "0042").locator(".stand-ins")).to_have_count(0)


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_a_visit_that_is_painted_after_the_quiz_says_so(page: Page, booth: Booth, lang: str) -> None:
    booth.paint = "matched-first"
    visit = booth.add(state="captioned")
    for one in visit["paintings"]:
        one |= {"state": "queued", "attempts": 0}
    open_desk(page)
    expect(page.locator("visit-card .state")).to_have_text(SAYS["waits"][lang])
    visit["artist_id"], visit["state"] = "vangogh", "matched"
    look_again(page)
    expect(page.locator("visit-card .state")).not_to_have_text(SAYS["waits"][lang])


def test_a_visit_is_hidden_and_shown_again(page: Page, booth: Booth) -> None:
    visit = booth.add("0042")
    open_desk(page)
    page.get_by_role("button", name="Hide ticket 0042 from the public screen").tap()
    expect(card(page, "0042")).to_contain_text("Hidden by staff")
    page.get_by_role("button", name="Show ticket 0042 on the public screen again").tap()
    expect(card(page, "0042")).to_contain_text("On the public screen")
    assert [body for _, _, body in booth.calls] == [{"is_hidden": True}, {"is_hidden": False}]
    assert not visit["is_hidden"]


def test_erasing_asks_once_in_place_and_hands_the_focus_on(page: Page, booth: Booth) -> None:
    booth.add("0041")
    booth.add("0042")
    open_desk(page)
    page.get_by_role("button", name="Erase ticket 0042").press("Enter")
    expect(card(page, "0042")).to_contain_text("This cannot be undone")
    assert booth.calls == []
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(card(page, "0042")).to_have_count(0)
    assert [visit["number"] for visit in booth.visits] == ["0041"]
    assert page.evaluate("document.activeElement.closest('visit-card')?.textContent.includes('0041')")


def test_the_ticket_opens_large_and_as_pdf(page: Page, booth: Booth) -> None:
    visit = booth.add("0042")
    open_desk(page)
    expect(page.get_by_role("link", name="Open ticket 0042 as PDF")).to_have_attribute("href", visit["ticket_pdf_url"])
    page.get_by_role("button", name="Look at ticket 0042").tap()
    picture = page.get_by_role("img", name="Picture of ticket 0042")
    expect(picture).to_be_visible()
    assert picture.evaluate("(one) => one.decode().then(() => one.getBoundingClientRect().height > 400)")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Look at ticket 0042")).to_be_focused()
