"""A monitor beside a phone, with every real service: what it shows is what happened, in that order and with those times."""

import json
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import httpx
import pytest

from tests.support.booth import PHOTOS, Booth, Visitor, running_booth
from tests.support.plain_http import PLAIN

pytestmark = pytest.mark.slow

PIN = "271828"
FOUR = ["lichtenstein", "picasso", "renoir", "vangogh"]
Json = dict[str, Any]


@pytest.fixture(scope="module")
def booth(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Booth]:
    environment = {"ARTICKET_GATEWAY_STAFF_PIN": PIN}
    with running_booth(tmp_path_factory.mktemp("kiosk") / "data", environment=environment) as booth:
        yield booth


def paired(booth: Booth) -> httpx.Client:
    """Pair a monitor."""
    monitor = httpx.Client(base_url=booth.url, timeout=30, **PLAIN)
    response = monitor.post("/api/v1/kiosks", json={"pin": PIN, "name": "Left", "lang": "ko"})
    assert response.status_code == 201, response.text
    return monitor


class Story(threading.Thread):
    """Reads a monitor's stream until a show is over."""

    def __init__(self, monitor: httpx.Client) -> None:
        super().__init__(daemon=True)
        self.monitor = monitor
        self.told: list[tuple[str, Json, float]] = []
        self.has_begun = threading.Event()

    def run(self) -> None:
        with self.monitor.stream("GET", "/api/v1/kiosk/events", timeout=60) as response:
            kind = ""
            for line in response.iter_lines():
                key, _, value = line.partition(": ")
                if key == "event":
                    kind = value
                elif key == "data":
                    self.told.append((kind, json.loads(value), time.time()))
                    self.has_begun.set()
                    if kind == "show" and self.told[-1][1]["until"]:
                        return

    def first(self, name: str, state: str) -> tuple[Json, float]:
        """Give the hop as it was when it was first told in this state, and when that came."""
        for kind, data, at in self.told:
            for hop in data["hops"] if kind == "show" else ():
                if (hop["name"], hop["state"]) == (name, state):
                    return hop, at
        raise AssertionError(f"{name} was never {state}")


def seconds(iso: str) -> float:
    return datetime.fromisoformat(iso).timestamp()


def test_the_monitor_tells_the_whole_story_of_a_visit_with_its_true_times(booth: Booth):
    monitor = paired(booth)
    story = Story(monitor)
    story.start()
    assert story.has_begun.wait(10)
    code = monitor.get("/api/v1/kiosk").json()["invitation"]["code"]
    given = httpx.post(f"{booth.url}/api/v1/passes", json={"code": code}, **PLAIN).json()
    visit = httpx.post(f"{booth.url}/api/v1/visits", json={"pass": given["pass"], "is_public": True}, **PLAIN).json()
    path = f"{booth.url}/api/v1/visits/{visit['id']}"
    sent = time.time()
    photo = (PHOTOS / "place-mountains.jpg").read_bytes()
    assert httpx.put(f"{path}/photo", content=photo, timeout=30, **PLAIN).status_code == 202
    for at in (1, 2):
        assert httpx.put(f"{path}/place", json={"at": at}, **PLAIN).json()["kiosk"]["has_monitor"]
    assert httpx.put(f"{path}/answers", json={"match": "renoir"}, **PLAIN).status_code == 202
    story.join(60)
    assert not story.is_alive()

    sessions = [data["session"] and data["session"]["at"] for kind, data, _ in story.told if kind == "kiosk"]
    assert [at for at, before in zip(sessions, [object(), *sessions], strict=False) if at != before] == [None, 0, 1, 2, None]
    assert visit["id"] not in json.dumps([data for _, data, _ in story.told])

    last = story.told[-1][1]
    done = {hop["name"]: hop for hop in last["hops"]}
    assert list(done) == ["gateway", "caption", *(f"paint:{one}" for one in FOUR), "ticket", "print"]
    assert {hop["state"] for name, hop in done.items() if name != "print"} == {"done"}
    assert (last["number"] is not None, last["match"]["artist_id"]) == (True, "renoir")
    begun = [seconds(done[name]["started_at"]) for name in ("gateway", "caption", "paint:renoir", "ticket")]
    assert begun == sorted(begun)
    assert sent - 0.1 <= begun[0] <= sent + 2
    gateway, caption = done["gateway"], done["caption"]
    assert begun[0] + gateway["seconds"] == pytest.approx(begun[1], abs=0.01)
    assert begun[1] + caption["seconds"] <= begun[2] + 0.01
    for name, hop in done.items():
        if name != "print":
            ended = seconds(hop["started_at"]) + hop["seconds"]
            assert -0.05 <= story.first(name, "done")[1] - ended < 2  # told after it happened, and soon
    for artist_id in FOUR:
        hop, at = story.first(f"paint:{artist_id}", "running")
        assert (hop["pod"], hop["attempts"], hop["engine"]) == ("stylize-1", 1, "painterly")
        assert at >= seconds(hop["started_at"]) - 0.05
    shows = [data for kind, data, _ in story.told if kind == "show"]
    canvases = [hop["preview_url"] for show in shows for hop in show["hops"] if hop["preview_url"]]
    assert canvases
    assert monitor.get(done["paint:renoir"]["picture_url"], params={"size": "thumb"}).status_code == 200
    recorded = {step["name"]: step for step in httpx.get(path, **PLAIN).json()["steps"]}
    assert recorded["caption"]["seconds"] == pytest.approx(caption["seconds"], abs=0.002)
    assert recorded["paint:renoir"]["pod"] == done["paint:renoir"]["pod"]
    monitor.delete("/api/v1/kiosk")
    assert monitor.get("/api/v1/kiosk").status_code == 401
    monitor.close()


def test_a_visitor_without_a_kiosk_plays_alone(booth: Booth):
    visitor = Visitor(booth.url)
    visitor.send_photo(PHOTOS / "pet-cat.jpg")
    place = visitor.request("PUT", f"{visitor.path}/place", json={"at": 1})
    assert (place.status_code, place.json()) == (200, {"kiosk": None})
