"""A whole visit through every service, as a visitor's phone makes it."""

import io
import json
import re
import threading

import httpx
import pikepdf
import pytest
import zxingcpp
from PIL import Image

from tests.support.booth import ASTRONAUT, PHOTOS, Booth, Visitor
from tests.support.plain_http import PLAIN

pytestmark = pytest.mark.slow

FOUR = ["lichtenstein", "picasso", "renoir", "vangogh"]


def sse(text: str) -> list[dict[str, object]]:
    """Parse a stream of server-sent events."""
    events = []
    for block in re.split(r"\r?\n\r?\n", text):
        fields: dict[str, object] = {}
        for line in block.splitlines():
            if line and not line.startswith(":"):
                key, _, value = line.partition(":")
                fields[key] = value.strip()
        if "data" in fields:
            fields["data"] = json.loads(str(fields["data"]))
            events.append(fields)
    return events


def has_ticket(event: dict[str, object]) -> bool:
    data = event["data"]
    return isinstance(data, dict) and bool(data.get("ticket"))


def follow(visitor: Visitor, last_event_id: str | None = None, *, until: int | None = None) -> list[dict[str, object]]:
    """Read the visit's events until the one that tells of the ticket, or the one with this id."""
    headers = {} if last_event_id is None else {"Last-Event-ID": last_event_id}
    text = ""
    with visitor.http.stream("GET", f"{visitor.path}/events", headers=headers, timeout=60) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        for part in response.iter_text():
            text += part
            if text.endswith("\n\n") and any(
                has_ticket(event) if until is None else event.get("id") == str(until) for event in sse(text)
            ):
                break
    return sse(text)


@pytest.fixture(scope="module")
def visited(booth: Booth) -> Visitor:
    visitor = Visitor(booth.url, "ko")
    visitor.send_photo()
    visitor.answer(match="vangogh")
    visitor.wait_until_done()
    return visitor


def test_a_photo_becomes_four_paintings_and_a_ticket(visited: Visitor):
    visit = visited.look()
    assert visit["state"] == "ticket_ready"
    assert [one["artist_id"] for one in visit["paintings"]] == FOUR
    assert all(one["state"] == "done" and one["engine"] == "painterly" and one["attempts"] == 1 for one in visit["paintings"])
    assert visit["match"]["artist_id"] == "vangogh"
    assert visit["caption"]["ko"]
    assert {step["name"] for step in visit["steps"]} == {"caption", "match", "ticket", *(f"paint:{one}" for one in FOUR)}


@pytest.mark.parametrize(("size", "side"), [("thumb", 320), ("screen", 960), ("print", 1280)])
def test_paintings_come_in_three_sizes(visited: Visitor, size: str, side: int):
    response = visited.get(f"paintings/vangogh?size={size}")
    picture = Image.open(io.BytesIO(response.content))
    assert picture.format == "JPEG"
    assert max(picture.size) <= side
    assert not picture.getexif()


def test_a_painting_is_kept_by_its_visitor_only_and_asked_about_each_time(visited: Visitor):
    first = visited.get("paintings/renoir")
    again = visited.get("paintings/renoir", headers={"If-None-Match": first.headers["etag"]})
    assert first.headers["cache-control"] == "private, no-cache"
    assert (again.status_code, again.content) == (304, b"")


def test_a_range_gives_just_that_part(visited: Visitor):
    whole = visited.get("paintings/picasso").content
    part = visited.get("paintings/picasso", headers={"Range": "bytes=100-199"})
    tail = visited.get("paintings/picasso", headers={"Range": "bytes=-10"})
    beyond = visited.get("paintings/picasso", headers={"Range": f"bytes={len(whole)}-"})
    assert (part.status_code, part.content) == (206, whole[100:200])
    assert part.headers["content-range"] == f"bytes 100-199/{len(whole)}"
    assert tail.content == whole[-10:]
    assert (beyond.status_code, beyond.json()["reason"]) == (416, "range_not_satisfiable")


def test_the_ticket_is_one_clean_page_whose_code_leads_to_the_visit(visited: Visitor, booth: Booth):
    pdf = visited.get("ticket.pdf")
    png = visited.get("ticket.png")
    assert len(pdf.content) <= 700_000
    with pikepdf.open(io.BytesIO(pdf.content)) as document:
        assert len(document.pages) == 1
        assert document.check_pdf_syntax() == []
    (code,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(png.content)))
    assert code.text == f"{booth.url}/v/{visited.visit_id}"


def test_events_are_resumed_without_a_gap(booth: Booth):
    visitor = Visitor(booth.url)
    visitor.send_photo(PHOTOS / "pet-cat.jpg")
    visitor.answer(match="renoir")
    visitor.wait_until_done()
    events = follow(visitor)
    last = int(str(events[0]["id"]))
    missed = follow(visitor, last_event_id="0", until=last)  # a painting may well come after the ticket
    kept = [event for event in missed if "id" in event]
    ids = [int(str(event["id"])) for event in kept]
    assert ids == sorted(ids)
    assert ids[-1] <= last
    done = [event["data"]["artist_id"] for event in kept if event["event"] == "painting"]  # type: ignore[index]
    assert sorted(done) == FOUR
    tail = follow(visitor, last_event_id=str(ids[2]), until=last)
    assert [int(str(event["id"])) for event in tail if "id" in event] == ids[3:]


def test_progress_and_previews_are_shown_while_it_paints(booth: Booth):
    visitor = Visitor(booth.url)
    previews: list[httpx.Response] = []
    seen: list[dict[str, object]] = []
    ready = threading.Event()

    def listen() -> None:
        with httpx.stream("GET", f"{booth.url}{visitor.path}/events", timeout=60, **PLAIN) as response:
            ready.set()
            text = ""
            for part in response.iter_text():
                text += part
                for event in sse(text):
                    data = event["data"]
                    assert isinstance(data, dict)
                    if event["event"] == "painting" and data["preview_url"] and len(previews) < 3:
                        previews.append(httpx.get(booth.url + str(data["preview_url"]), **PLAIN))
                seen[:] = sse(text)
                if any(has_ticket(event) for event in seen):
                    return

    phone = threading.Thread(target=listen)
    phone.start()
    ready.wait(10)
    visitor.send_photo(PHOTOS / "place-mountains.jpg")
    visitor.answer(match="vangogh")
    visitor.wait_until_done()
    phone.join(30)
    steps = [event["data"] for event in seen if event["event"] == "painting"]
    assert any(one["steps"] > 1 and 0 < one["step"] < one["steps"] for one in steps)  # type: ignore[index]
    shown = [response for response in previews if response.status_code == 200]
    assert shown
    assert Image.open(io.BytesIO(shown[0].content)).size[0] <= 320


def test_the_same_photo_is_painted_once(booth: Booth, visited: Visitor):
    again = Visitor(booth.url)
    again.send_photo()
    again.answer(match="picasso")
    visit = again.wait_until_done()
    assert [one["engine_seconds"] for one in visit["paintings"]] == [0.0] * 4
    assert again.get("paintings/vangogh?size=print").content == visited.get("paintings/vangogh?size=print").content


def test_erasing_removes_everything_at_once_also_while_it_paints(booth: Booth):
    photos = booth.data_dir / "pictures/photos"
    before = {folder.name for folder in photos.iterdir()} if photos.exists() else set()
    visitor = Visitor(booth.url)
    visitor.send_photo(PHOTOS / "portrait-man-beard.jpg")
    (own,) = {folder.name for folder in photos.iterdir()} - before
    assert visitor.request("DELETE", visitor.path).status_code == 204
    assert visitor.request("DELETE", visitor.path).status_code == 204
    assert not list(photos.glob(f"{own}/**/*.jpg"))
    for path in (visitor.path, f"{visitor.path}/photo", f"{visitor.path}/paintings/vangogh", f"{visitor.path}/events"):
        response = visitor.request("GET", path)
        assert (response.status_code, response.json()["reason"]) == (410, "visit_erased")


def test_one_visitor_cannot_guess_another(booth: Booth, visited: Visitor):
    stranger = visited.visit_id[:-1] + ("A" if visited.visit_id[-1] != "A" else "B")
    response = httpx.get(f"{booth.url}/api/v1/visits/{stranger}", **PLAIN)
    assert (response.status_code, response.json()["reason"]) == (404, "visit_unknown")


def test_answers_choose_the_artist_and_say_why(booth: Booth):
    quiz = httpx.get(f"{booth.url}/api/v1/quiz", **PLAIN).json()
    visitor = Visitor(booth.url)
    answers = {question["id"]: question["choices"][0]["id"] for question in quiz["questions"]}
    assert visitor.answer(answers=answers).status_code == 202
    visitor.send_photo(ASTRONAUT)
    match = visitor.wait_until_done()["match"]
    assert match["because"]["en"].startswith("Because")
    assert match["ranking"][0]["artist_id"] == match["artist_id"]
    assert sorted(one["artist_id"] for one in match["ranking"]) == FOUR
    late = visitor.answer(answers={})
    assert (late.status_code, late.json()["reason"]) == (409, "already_matched")
