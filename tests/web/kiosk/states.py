"""Every state that the monitor can be in, each made by moving the stand-in booth, to be looked at in turn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.web.kiosk.kiosk_booth import ARTISTS, KioskBooth, moment

Json = dict[str, Any]
State = Callable[[KioskBooth], str]
"""Moves the booth there and gives the selector of what the page then shows."""


def _pairing(booth: KioskBooth) -> str:
    booth.is_paired = False
    booth.cut()
    return "pairing-page"


def _idle(booth: KioskBooth) -> str:
    recent = [(one, number) for number in range(2) for one in ARTISTS]
    url = "/api/v1/kiosk/shows/r{}/paintings/{}?v=1"
    booth.change(
        recent=[
            {"ref": f"r{number}{one}", "artist_id": one, "picture_url": url.format(number, one), "at": moment(-60)}
            for one, number in recent
        ]
    )
    return "idle-scene"


def _nobody_yet(booth: KioskBooth) -> str:
    booth.tell()
    return "idle-scene"


def _paused(booth: KioskBooth) -> str:
    message = {"en": "We are back at 15:00. See you then!", "ko": "15시에 다시 열어요. 그때 만나요!"}
    booth.change(intake={"is_paused": True, "message": message})
    return "invite-panel[data-paused]"


def _out_of_paper(booth: KioskBooth) -> str:
    sink: Json = {"name": "Counter", "kind": "ipp", "state": "stopped", "reasons": ["media-empty"], "waiting": 3, "printed": 40}
    booth.change(printing={"is_automatic": True, "is_paused": False, "sinks": [sink], "waiting": 3})
    return ".trouble:not(:empty)"


def _greeting(booth: KioskBooth) -> str:
    booth.greet()
    return "greeting-scene"


def _painting(booth: KioskBooth, ref: str, *, is_public: bool = True, ago: float = 14.0) -> None:
    """Paintings in every state: waiting, under way, done by the stand-in engine at the second attempt, given up."""
    booth.begin(ref, is_public=is_public, ago=ago)
    booth.hop(ref, "gateway", "done", seconds=0.18, tell=False)
    booth.hop(ref, "caption", "done", seconds=0.42, engine="blip", tell=False)
    booth.hop(ref, "paint:lichtenstein", "waiting", position=3, tell=False)
    at_work: Json = {"step": 3, "steps": 5, "attempts": 2, "pod": "stylize-2", "engine": "webui", "started_at": moment(-7.4)}
    booth.hop(ref, "paint:picasso", "running", tell=False, **at_work)
    failed: Json = {"attempts": 3, "pod": "stylize-1", "engine": "webui", "reason": "ENGINE_FAILED", "seconds": 9.6}
    booth.hop(ref, "paint:renoir", "failed", tell=False, **failed)
    done: Json = {"step": 5, "steps": 5, "attempts": 1, "pod": "stylize-1", "engine": "painterly", "is_fallback": True}
    booth.hop(ref, "paint:vangogh", "done", seconds=12.3, tell=False, **done)
    booth.shows[ref]["state"] = "painting"
    booth.tell_show(ref)


def _quiz(booth: KioskBooth) -> str:
    _painting(booth, "s1")
    booth.ask("s1", 2, lang=booth.kiosk["lang"])
    return "quiz-scene show-track growing-canvas"


def _quiz_of_another_language(booth: KioskBooth) -> str:
    _painting(booth, "s1", is_public=False)
    booth.ask("s1", 0, lang="en" if booth.kiosk["lang"] == "ko" else "ko")
    return "quiz-scene .other"


def _quiz_before_the_photo(booth: KioskBooth) -> str:
    booth.ask("s1", 3, lang=booth.kiosk["lang"], photo=False)
    return "quiz-scene .coming"


def _quiz_left_alone(booth: KioskBooth) -> str:
    _painting(booth, "s1")
    _others(booth, 2)
    booth.ask("s1", 5, lang=booth.kiosk["lang"], held=14)
    booth.greet()
    return "quiz-scene .held:not([hidden])"


def _mesh(booth: KioskBooth) -> str:
    _painting(booth, "s1")
    return "mesh-scene growing-canvas[data-state=done] img.paint"


def _mesh_without_pictures(booth: KioskBooth) -> str:
    _painting(booth, "s1", is_public=False)
    return "mesh-scene growing-canvas[data-private]"


def _mesh_of_six(booth: KioskBooth) -> str:
    _others(booth, 5)
    _painting(booth, "s1", ago=3.0)
    return "visitor-card"


def _others(booth: KioskBooth, count: int) -> None:
    for number in range(count):
        ref = f"o{number}"
        booth.begin(ref, is_public=number % 2 == 0, ago=20 + number)
        if number:
            booth.paint_all(ref)
            booth.hop(ref, "paint:renoir", "running", step=number, steps=5, attempts=1)
        else:
            booth.hop(ref, "gateway", "done", seconds=0.2)


def _ticket(booth: KioskBooth) -> str:
    booth.begin("s1", ago=20)
    booth.paint_all("s1")
    booth.hop("s1", "paint:picasso", "done", is_reused=True, pod=None, seconds=0.0, tell=False)
    booth.hop("s1", "paint:vangogh", "running", step=4, steps=5, tell=False)
    booth.match("s1", number=None)
    booth.hop("s1", "ticket", "running")
    return 'mesh-scene [data-hop="ticket"][data-state=running]'


def _reveal(booth: KioskBooth) -> str:
    booth.begin("s1", ago=20)
    booth.paint_all("s1")
    booth.hop("s1", "paint:renoir", "running", step=3, steps=5, tell=False)
    booth.match("s1")
    booth.shows["s1"]["ticket_print"] = {"state": "waiting", "ahead": 2, "reason": None}
    booth.tell_show("s1")
    return "reveal-scene .picture"


def _reveal_without_pictures(booth: KioskBooth) -> str:
    booth.begin("s1", is_public=False, ago=20)
    booth.paint_all("s1")
    booth.match("s1", "lichtenstein")
    _others(booth, 2)
    return "reveal-scene .private"


def _mesh_before_the_match(booth: KioskBooth) -> str:
    _matched(booth, "match", ago=14)
    return 'mesh-map [data-hop="caption"][data-state=done] .node'


def _matched(booth: KioskBooth, waits_for: str, *, ago: float) -> None:
    """A visit where the match decides who paints."""
    booth.begin("s1", ago=ago)
    booth.hop("s1", "gateway", "done", seconds=0.18, tell=False)
    booth.hop("s1", "caption", "done", seconds=0.42, engine="blip", tell=False)
    for one in ARTISTS:
        booth.hop("s1", f"paint:{one}", "waiting", waits_for=waits_for, tell=False)
    booth.tell_show("s1")


def _mesh_of_one(booth: KioskBooth) -> str:
    _matched(booth, "reserve", ago=20)
    booth.match("s1", "renoir", number=None)
    at_work: Json = {"step": 3, "steps": 5, "attempts": 1, "pod": "stylize-9", "engine": "painterly", "is_fallback": True}
    booth.hop("s1", "paint:renoir", "running", waits_for=None, started_at=moment(-6), **at_work)
    return 'mesh-scene [data-hop="paint:renoir"][data-state=running]'


def _reveal_of_one(booth: KioskBooth) -> str:
    _mesh_of_one(booth)
    for one in ARTISTS:
        booth.hop("s1", f"paint:{one}", "done" if one == "renoir" else "skipped", waits_for=None, seconds=9.0, tell=False)
    booth.match("s1", "renoir")
    return "reveal-scene .picture"


def _lost(booth: KioskBooth) -> str:
    booth.refusal = 502
    booth.cut()
    return ".lost:not([hidden])"


STATES: dict[str, State] = {
    "pairing": _pairing,
    "idle": _idle,
    "nobody-yet": _nobody_yet,
    "paused": _paused,
    "out-of-paper": _out_of_paper,
    "greeting": _greeting,
    "quiz": _quiz,
    "quiz-of-another-language": _quiz_of_another_language,
    "quiz-before-the-photo": _quiz_before_the_photo,
    "quiz-left-alone": _quiz_left_alone,
    "mesh": _mesh,
    "mesh-without-pictures": _mesh_without_pictures,
    "mesh-of-six": _mesh_of_six,
    "mesh-before-the-match": _mesh_before_the_match,
    "mesh-of-one": _mesh_of_one,
    "reveal-of-one": _reveal_of_one,
    "ticket": _ticket,
    "reveal": _reveal,
    "reveal-without-pictures": _reveal_without_pictures,
    "lost": _lost,
}
