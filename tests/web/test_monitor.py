"""The phone and the monitor: the code that is scanned, the pass it gives, the question that stands up there."""

from __future__ import annotations

import pytest

from tests.support.waiting import settled, wait_for
from tests.web.conftest import PHOTO, answer_all
from tests.web.stand_in import StandIn

playwright = pytest.importorskip("playwright.sync_api", reason="the pages are tested with playwright: pip install playwright")
Page, Route, expect = playwright.Page, playwright.Route, playwright.expect

TAP_TO_REQUEST_MS = 20
REQUESTS = """() => {
  globalThis.taps = [];
  addEventListener("click", (event) => { globalThis.tappedAt = event.timeStamp; }, true);
  const send = fetch;
  globalThis.fetch = (address, options) => {
    if (String(address).endsWith("/place")) taps.push(performance.now() - tappedAt);
    return send(address, options);
  };
}"""


@pytest.fixture
def scanned(page: Page, booth: StandIn) -> Page:
    """A phone that has scanned the monitor's code."""
    page.goto(f"/k/{booth.show_code()}")
    expect(page.locator(".monitor")).to_contain_text("Main hall")
    return page


@pytest.fixture
def playing(scanned: Page, booth: StandIn) -> str:
    """The id of a visit whose question stands on the monitor."""
    scanned.set_input_files("#album", PHOTO)
    expect(scanned.locator("quiz-page.controller studio-strip artist-canvas")).to_have_count(4)
    return scanned.url.rpartition("/")[2]


def _places(booth: StandIn, visit_id: str) -> list[int]:
    return [at for one, at in booth.places if one == visit_id]


def test_a_code_is_spent_once_and_its_pass_outlives_a_reload(scanned: Page, booth: StandIn) -> None:
    assert scanned.evaluate("location.pathname") == "/"
    passes = len(booth.passes)
    scanned.reload()
    expect(scanned.locator(".monitor")).to_contain_text("Main hall")
    assert len(booth.passes) == passes


def test_a_visit_begins_with_the_monitor_and_shows_nothing_of_it_unasked(playing: str, booth: StandIn) -> None:
    visit = booth.visits[playing]
    assert visit["kiosk"]["name"] == "Main hall"
    assert visit["is_public"] is False


def test_yesterday_s_code_is_told_kindly_and_there_is_a_way_on(page: Page, booth: StandIn) -> None:
    page.goto("/k/yesterday")
    expect(page.get_by_role("dialog")).to_contain_text("scan the one on the monitor again")
    page.get_by_role("button", name="Go on without the monitor").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert page.evaluate("location.pathname") == "/"
    page.set_input_files("#album", PHOTO)
    page.wait_for_selector("studio-strip artist-canvas")
    assert booth.visits[page.url.rpartition("/")[2]]["kiosk"] is None


def test_a_pass_that_the_booth_forgot_costs_only_the_monitor(scanned: Page, booth: StandIn) -> None:
    booth.passes.clear()
    scanned.set_input_files("#album", PHOTO)
    scanned.wait_for_selector("studio-strip artist-canvas")
    assert booth.visits[scanned.url.rpartition("/")[2]]["kiosk"] is None


def test_who_scans_again_in_the_middle_of_the_quiz_is_offered_to_go_on(page: Page, booth: StandIn, visit_id: str) -> None:
    page.locator("[data-choice]").first.click()
    expect(page.locator(".dabs .full")).to_have_count(1)
    page.goto(f"/k/{booth.show_code()}")
    page.get_by_role("link", name="Go on").click()
    expect(page.locator(".dabs .full")).to_have_count(1)
    assert page.url.endswith(visit_id)


def test_every_step_moves_the_monitor_and_the_last_one_frees_it(scanned: Page, playing: str, booth: StandIn) -> None:
    scanned.locator("[data-choice]").first.click()
    expect(scanned.locator(".dabs .full")).to_have_count(1)
    scanned.locator("[data-back]").click()
    expect(scanned.locator(".dabs .full")).to_have_count(0)
    answer_all(scanned)
    expect(scanned.locator("waiting-page")).to_be_visible()
    steps = wait_for(lambda: _places(booth, playing), lambda steps: steps[-1] == 7)
    assert [at for before, at in zip([None, *steps], steps, strict=False) if at != before] == [0, 1, 0, 1, 2, 3, 4, 5, 6, 7]


@pytest.mark.alone
@pytest.mark.parametrize("still", [False])
def test_a_tap_goes_out_at_once(scanned: Page, playing: str) -> None:
    scanned.evaluate(REQUESTS)
    for count in range(1, 5):
        scanned.locator("[data-choice]").first.click()
        expect(scanned.locator(".dabs .full")).to_have_count(count)
    taps = sorted(scanned.evaluate("taps"))
    assert len(taps) == 4
    assert taps[len(taps) // 2] <= TAP_TO_REQUEST_MS


def test_a_slow_network_holds_up_nobody_and_only_the_newest_step_is_sent(scanned: Page, playing: str, booth: StandIn) -> None:
    held: list[Route] = []
    scanned.route("**/place", lambda route: route.continue_() if held else held.append(route))
    for count in range(1, 5):
        scanned.locator("[data-choice]").first.click()
        expect(scanned.locator(".dabs .full")).to_have_count(count)
    assert _places(booth, playing)[-1] == 0  # one at a time
    with scanned.expect_response(lambda response: response.request.post_data_json == {"at": 4}):
        held[0].continue_()
    assert _places(booth, playing)[-2:] == [1, 4]


def test_a_lost_monitor_is_told_gently_and_given_back(scanned: Page, playing: str, booth: StandIn) -> None:
    booth.is_monitor_free = False
    scanned.locator("[data-choice]").first.click()
    expect(scanned.locator(".note")).to_contain_text("The monitor is busy")
    expect(scanned.locator("quiz-page.controller")).to_have_count(0)
    booth.is_monitor_free = True
    scanned.locator("[data-choice]").first.click()
    expect(scanned.locator("quiz-page.controller .look")).to_be_visible()
    expect(scanned.locator(".note")).to_be_hidden()


def test_the_phone_says_that_it_is_there_as_long_as_the_quiz_is_open(scanned: Page, booth: StandIn) -> None:
    scanned.clock.install()
    scanned.reload()
    scanned.set_input_files("#album", PHOTO)
    expect(scanned.locator("quiz-page.controller studio-strip artist-canvas")).to_have_count(4)
    visit_id = scanned.url.rpartition("/")[2]

    def told() -> int:
        return len(_places(booth, visit_id))

    settled(told)
    scanned.clock.pause_at(scanned.evaluate("Date.now()") / 1000 + 1)  # however slow the machine is, no beat comes by itself
    before = settled(told)
    for beat in (1, 2):
        scanned.clock.run_for(15_100)
        wait_for(lambda beat=beat: told() == before + beat)
    assert settled(told) == before + 2
    scanned.clock.resume()
    answer_all(scanned)
    after = settled(told)
    scanned.clock.run_for(60_000)
    assert settled(told) == after


def test_two_tabs_at_the_same_question_do_no_harm(scanned: Page, playing: str, booth: StandIn) -> None:
    second = scanned.context.new_page()
    second.goto(f"/v/{playing}")
    expect(second.locator("quiz-page.controller")).to_be_visible()
    scanned.locator("[data-choice]").first.click()
    expect(second.locator(".dabs .full")).to_have_count(1)
    second.locator("[data-choice]").first.click()
    expect(scanned.locator(".dabs .full")).to_have_count(2)
    wait_for(lambda: _places(booth, playing)[-1] == 2)


def test_a_new_photo_frees_the_monitor_of_the_visit_before(scanned: Page, playing: str, booth: StandIn) -> None:
    scanned.go_back()
    expect(scanned.locator("welcome-page")).to_be_visible()
    scanned.set_input_files("#album", PHOTO)
    scanned.wait_for_function("old => !location.pathname.endsWith(old) && location.pathname.startsWith('/v/')", arg=playing)
    wait_for(lambda: _places(booth, playing)[-1] == 7)
