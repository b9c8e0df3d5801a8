"""Make docs/screens.md and docs/pictures/screens/: each page in each state, in both languages.

A booth of its own is opened, a phone, a kiosk and the staff's desk play one visit through in a real browser, and each state is
photographed as it is met. What no real visit holds still for (a time left, a stand-in, a booth that paints one artist only) is
played by the tests' stand-in booths with the same pages. Run it again when a page has changed: `make screens`; with `still` as
argument it makes only those latter pictures. Needs what the tests need, and a Chromium.
"""

from __future__ import annotations

import io
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from articket_gateway.visit.states import PaintMode  # noqa: E402
from tests.support.booth import PHOTOS, Booth, Visitor, running_booth  # noqa: E402 -- the tests' own booth
from tests.web import stand_in  # noqa: E402
from tests.web.conftest import FLAGS  # noqa: E402
from tests.web.kiosk import kiosk_booth  # noqa: E402
from tests.web.kiosk.states import STATES  # noqa: E402

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

PAGE = ROOT / "docs/screens.md"
PICTURES = ROOT / "docs/pictures/screens"
PIN = "271828"
LOCALES = {"en": "en-GB", "ko": "ko-KR"}
SIZES = {"phone": (390, 844), "kiosk": (1920, 1080), "staff": (1280, 900)}
WIDTHS = {"phone": 390, "kiosk": 960, "staff": 960}
"""Of the pictures, in pixels."""

VISITORS = ("portrait-woman-astronaut.jpg", "portrait-woman-old-glasses.jpg", "pet-dog.jpg", "pet-kitten.jpg")
OTHERS = ("thing-coffee.jpg", "pet-cat.jpg", "place-night-rocket.jpg", "pet-kitten.jpg", "pet-dog.jpg", VISITORS[1])
"""Who is there at the same time; mirrored, for a painting of the same photo would be reused."""

HEAD = """# Screens

Every page in its states, in English and Korean, as `scripts/make_screens.py` met them in a real booth; those marked * at the
tests' stand-in booth, with the same pages, since no real visit holds still for them.
"""


@dataclass(frozen=True)
class Shot:
    """One state of one page."""

    client: str
    name: str
    words: str


SHOTS = (
    Shot("phone", "welcome", "The start page: what it is, and the consent in one sentence."),
    Shot("phone", "paired", "The same, opened by the kiosk's code: this phone plays with that monitor."),
    Shot("phone", "expired", "An old code."),
    Shot("phone", "quiz-monitor", "The quiz with the question on the monitor, the phone in hand."),
    Shot("phone", "quiz-phone", "The quiz where there is no monitor."),
    Shot("phone", "waiting", "The quiz is over: who will it be?"),
    Shot("phone", "time-left", "The time left, by the pace of the pods: the visitor's own painting, and all of them. *"),
    Shot("phone", "quiz-first", "A booth that paints only the artist who matches: the painter begins when the quiz is done. *"),
    Shot("phone", "quiz-done", "The quiz is over there; nobody paints yet. *"),
    Shot("phone", "alone", "The one artist at work. *"),
    Shot("phone", "reveal", "The reveal."),
    Shot("phone", "stand-in", "The GPUs were away: the CPU's engine has painted. The artist's own painting replaces it. *"),
    Shot("phone", "gallery", "The other paintings, and the ticket."),
    Shot("phone", "paused", "The booth takes no photos right now."),
    Shot("phone", "offline", "No network."),
    Shot("phone", "erase", "Deleting asks once."),
    Shot("phone", "erased", "Everything deleted."),
    Shot("kiosk", "pairing", "Pairing a monitor, once."),
    Shot("kiosk", "idle", "The invitation."),
    Shot("kiosk", "gallery", "The invitation, with paintings of visitors who allow it."),
    Shot("kiosk", "greeting", "A phone has scanned the code."),
    Shot("kiosk", "quiz", "The quiz, moved by the phone."),
    Shot("kiosk", "mesh", "The photo on its way through the mesh."),
    Shot("kiosk", "quiz-first", "A booth that paints only the artist who matches: the paintings wait for the quiz. *"),
    Shot("kiosk", "alone", "The one artist at work, a stand-in; the others stand by in case of a failure. *"),
    Shot("kiosk", "reveal", "The reveal."),
    Shot("kiosk", "paused", "The booth takes no photos right now."),
    Shot("kiosk", "lost", "The booth cannot be reached."),
    Shot("staff", "sign-in", "The PIN."),
    Shot("staff", "desk", "What is going on."),
    Shot("staff", "paused", "The intake is paused."),
)


class Camera:
    """Takes the pictures of one language."""

    def __init__(self, browser: Browser, booth: Booth | None, lang: str) -> None:
        """Look at the booth's pages; without a booth, at those of the address that is given for each."""
        self.browser = browser
        self._booth = booth
        self.lang = lang

    @property
    def booth(self) -> Booth:
        """The booth."""
        assert self._booth is not None
        return self._booth

    @contextmanager
    def page(self, client: str, path: str, *, url: str = "", is_still: bool = False) -> Iterator[Page]:
        """Open a page of its own window, of the booth or of another address."""
        width, height = SIZES[client]
        context: BrowserContext = self.browser.new_context(
            base_url=url or self.booth.url,
            viewport={"width": width, "height": height},
            locale=LOCALES[self.lang],
            has_touch=client != "kiosk",
            device_scale_factor=2 if client == "phone" else 1,
            reduced_motion="reduce" if is_still else "no-preference",
        )
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.goto(path)
        yield page
        context.close()

    def take(self, page: Page, client: str, name: str, *, after: float = 0.7) -> None:
        """Photograph the page once it has come to rest."""
        assert any((shot.client, shot.name) == (client, name) for shot in SHOTS), f"{client}/{name} is not listed"
        page.evaluate("document.fonts.ready")
        time.sleep(after)
        picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        width = WIDTHS[client]
        picture = picture.resize((width, round(picture.height * width / picture.width)), Image.Resampling.LANCZOS)
        path = PICTURES / self.lang / f"{client}-{name}.webp"
        path.parent.mkdir(parents=True, exist_ok=True)
        picture.save(path, quality=78, method=6)


def main() -> None:
    """Make every picture and the page; with a language as argument only its pictures, with `still` only those of stand-ins."""
    languages = [lang for lang in LOCALES if lang in sys.argv[1:]] or list(LOCALES)
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    assert chromium is not None, "expected a Chromium, found none"
    environment = {"ARTICKET_GATEWAY_STAFF_PIN": PIN, "ARTICKET_GATEWAY_BOOTH_NAME": "Seoul Art Week"}
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=FLAGS)
        for lang in languages:
            if "still" in sys.argv[1:]:
                play_still(Camera(browser, None, lang))
                continue
            shutil.rmtree(PICTURES / lang, ignore_errors=True)
            with (
                tempfile.TemporaryDirectory() as folder,
                running_booth(Path(folder) / "data", environment=environment) as booth,
            ):
                play(Camera(browser, booth, lang))
            play_still(Camera(browser, None, lang))
        browser.close()
    write_pair()
    write_page()


def play(camera: Camera) -> None:
    """Play one visit through on all pages."""
    with camera.page("kiosk", "/kiosk") as kiosk:
        kiosk.wait_for_selector("[data-scene=pairing]")
        camera.take(kiosk, "kiosk", "pairing")
        pair(kiosk, camera)
        for photo in VISITORS[1:]:
            earlier_visit(camera, PHOTOS / photo)
        kiosk.wait_for_selector("[data-scene=idle]", timeout=90_000)
        camera.take(kiosk, "kiosk", "idle", after=3.0)
        kiosk.wait_for_selector("idle-scene .wall:not([hidden])", timeout=40_000)
        camera.take(kiosk, "kiosk", "gallery", after=2.5)
        with camera.page("phone", "/") as phone:
            phone.wait_for_selector(".painters li")
            camera.take(phone, "phone", "welcome")
        play_visit(camera, kiosk)
        play_alone(camera, kiosk)
        desk(camera, kiosk)


def pair(kiosk: Page, camera: Camera) -> None:
    """Pair the monitor as staff do, but without typing."""
    answer = kiosk.request.post("/api/v1/kiosks", data={"pin": PIN, "name": "Hall A", "lang": camera.lang})
    assert answer.status == 201, answer.text()
    kiosk.reload()
    kiosk.wait_for_selector("[data-scene=idle]")


def earlier_visit(camera: Camera, photo: Path, *, is_answered: bool = True) -> Visitor:
    """Make a visit whose pictures may be shown; one that is answered is waited for until it has ended."""
    visitor = Visitor(camera.booth.url, camera.lang)
    visitor.request("PUT", f"{visitor.path}/public", json={"is_public": True})
    if is_answered:
        visitor.answer(match="renoir")
    visitor.request("PUT", f"{visitor.path}/photo", content=photo.read_bytes() if is_answered else mirrored(photo))
    if is_answered:
        visitor.wait_until_done()
    return visitor


def code_of(kiosk: Page) -> str:
    """Give the code that the monitor shows now."""
    return kiosk.request.get("/api/v1/kiosk").json()["invitation"]["code"]


def play_visit(camera: Camera, kiosk: Page) -> None:
    """The visit with phone and monitor side by side."""
    with camera.page("phone", f"/k/{code_of(kiosk)}") as phone:
        phone.wait_for_selector(".painters li")
        kiosk.wait_for_selector("[data-scene=greeting]")
        camera.take(kiosk, "kiosk", "greeting")
        camera.take(phone, "phone", "paired")
        phone.locator("input[type=checkbox]").first.check(force=True)
        phone.set_input_files("#album", PHOTOS / VISITORS[0])
        kiosk.wait_for_selector("[data-scene=quiz]")
        phone.wait_for_selector("quiz-page [data-choice]")
        camera.take(phone, "phone", "quiz-monitor")
        phone.locator("[data-choice]").first.click()
        camera.take(kiosk, "kiosk", "quiz", after=1.2)
        answer_rest(phone)
        phone.wait_for_selector("reveal-page")
        camera.take(phone, "phone", "reveal", after=2.0)
        kiosk.wait_for_selector("[data-scene=reveal]")
        camera.take(kiosk, "kiosk", "reveal", after=2.0)
        phone.mouse.wheel(0, 900)
        camera.take(phone, "phone", "gallery")
        phone.evaluate("scrollTo(0, 0)")
        phone.context.set_offline(True)
        camera.take(phone, "phone", "offline")
        phone.context.set_offline(False)
        phone.locator("erase-button [data-ask]").click()
        camera.take(phone, "phone", "erase")
        phone.locator("erase-button [data-yes]").click()
        phone.wait_for_selector("farewell-page")
        camera.take(phone, "phone", "erased")
    with camera.page("phone", "/k/AAAAAAAAAA") as phone:
        phone.wait_for_selector(".painters li")
        camera.take(phone, "phone", "expired")


def play_alone(camera: Camera, kiosk: Page) -> None:
    """A visit without a monitor of its own, behind others: the wait is long enough to be looked at."""
    with camera.page("phone", "/") as phone:
        phone.wait_for_selector(".painters li")
        others = [earlier_visit(camera, PHOTOS / name, is_answered=False) for name in OTHERS]
        phone.locator("input[type=checkbox]").first.check(force=True)
        photo = mirrored(PHOTOS / VISITORS[0])
        phone.set_input_files("#album", {"name": "me.jpg", "mimeType": "image/jpeg", "buffer": photo})
        phone.wait_for_selector("quiz-page [data-choice]")
        kiosk.wait_for_selector("[data-scene=mesh]")
        camera.take(kiosk, "kiosk", "mesh", after=1.2)
        camera.take(phone, "phone", "quiz-phone", after=0.1)
        answer_rest(phone)
        phone.wait_for_selector("waiting-page, reveal-page")
        camera.take(phone, "phone", "waiting", after=0.1)
    for other in others:  # who never answers stays on the monitor for minutes
        other.request("DELETE", other.path)


def desk(camera: Camera, kiosk: Page) -> None:
    """The staff's pages, and what staff can do to the others."""
    with camera.page("staff", "/staff") as staff:
        staff.wait_for_selector("sign-in")
        camera.take(staff, "staff", "sign-in")
        signed_in = staff.request.post("/api/v1/staff/session", data={"pin": PIN})
        assert signed_in.status == 204, signed_in.text()
        staff.reload()
        staff.wait_for_selector("visit-card")
        camera.take(staff, "staff", "desk", after=2.5)
        message = {"en": "We are changing the paper. Back at three!", "ko": "용지를 갈고 있어요. 3시에 다시 만나요!"}
        staff.request.put("/api/v1/staff/intake", data={"is_paused": True, "message": message})
        camera.take(staff, "staff", "paused", after=2.5)
        kiosk.wait_for_selector("[data-scene=idle]", timeout=90_000)
        camera.take(kiosk, "kiosk", "paused", after=2.5)
        with camera.page("phone", "/") as phone:
            phone.wait_for_selector(".painters li")
            phone.set_input_files("#album", PHOTOS / VISITORS[0])
            phone.wait_for_selector("intake-page")
            camera.take(phone, "phone", "paused")
        staff.request.put("/api/v1/staff/intake", data={"is_paused": False, "message": None})
    with gateway_gone(camera.booth):
        camera.take(kiosk, "kiosk", "lost", after=9.0)


def play_still(camera: Camera) -> None:
    """What no real visit holds still for, at the tests' stand-in booths."""
    with stand_in.running() as booth:
        _time_left(camera, booth)
        _one_artist(camera, booth)
        booth.reset()
        visit_id = booth.finished(stand_ins=("vangogh", "renoir"))
        with camera.page("phone", f"/v/{visit_id}", url=booth.url, is_still=True) as phone:
            phone.wait_for_selector("reveal-page")
            camera.take(phone, "phone", "stand-in", after=1.5)
    with kiosk_booth.running() as booth:
        booth.change(lang=camera.lang)
        with camera.page("kiosk", "/kiosk", url=booth.url, is_still=True) as kiosk:
            for name, state in (("quiz-first", "mesh-before-the-match"), ("alone", "mesh-of-one")):
                kiosk.wait_for_selector(STATES[state](booth), state="attached")
                camera.take(kiosk, "kiosk", name, after=1.5)


def _time_left(camera: Camera, booth: stand_in.StandIn) -> None:
    booth.reset()
    with camera.page("phone", "/", url=booth.url, is_still=True) as phone:
        visit_id = _sent(phone)
        answer_rest(phone)
        for artist_id, seconds in zip(stand_in.ARTISTS, (28.0, 31.0, 9.0, 20.0), strict=True):
            booth.paint(visit_id, artist_id, "painting", step=2, steps=5, seconds_left=seconds)
        booth.match(visit_id, "renoir", ticket=False)
        camera.take(phone, "phone", "time-left")


def _one_artist(camera: Camera, booth: stand_in.StandIn) -> None:
    booth.parts.paint = PaintMode.MATCHED_ONLY
    with camera.page("phone", "/", url=booth.url, is_still=True) as phone:
        visit_id = _sent(phone)
        camera.take(phone, "phone", "quiz-first")
        answer_rest(phone)
        camera.take(phone, "phone", "quiz-done")
        booth.match(visit_id, "renoir", ticket=False)
        booth.paint(visit_id, "renoir", "painting", step=2, steps=5, seconds_left=12.0)
        camera.take(phone, "phone", "alone")


def _sent(phone: Page) -> str:
    """Send a photo; give the visit's id."""
    phone.wait_for_selector(".painters li")
    phone.set_input_files("#album", PHOTOS / VISITORS[0])
    phone.wait_for_selector("quiz-page [data-choice]")
    phone.wait_for_selector("quiz-page studio-strip li, quiz-page studio-strip p:not([id])")
    return phone.url.rpartition("/")[2]


@contextmanager
def gateway_gone(booth: Booth) -> Iterator[None]:
    """Kill the gateway, and keep the supervisor from starting another one for the length of the block."""
    booth.process.send_signal(signal.SIGSTOP)
    os.kill(booth.pids()["gateway"], signal.SIGKILL)
    try:
        yield
    finally:
        booth.process.send_signal(signal.SIGCONT)


def answer_rest(phone: Page) -> None:
    """Answer every question that is left with its first choice."""
    while phone.locator("quiz-page").count():
        at = phone.locator(".dabs .full").count()
        phone.locator("[data-choice]").first.click()
        phone.wait_for_function(
            "at => !document.querySelector('quiz-page') || document.querySelectorAll('.dabs .full').length > at", arg=at
        )


def mirrored(photo: Path) -> bytes:
    """Give the photo mirrored."""
    stream = io.BytesIO()
    Image.open(photo).convert("RGB").transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(stream, "JPEG", quality=90)
    return stream.getvalue()


def write_pair() -> None:
    """Write the README's picture: the monitor, and the phone that moves it."""
    kiosk = Image.open(PICTURES / "en/kiosk-quiz.webp").convert("RGB")
    phone = Image.open(PICTURES / "en/phone-quiz-monitor.webp").convert("RGB")
    gap = 24
    height = kiosk.height + 2 * gap
    phone = phone.resize((round(phone.width * kiosk.height / phone.height), kiosk.height), Image.Resampling.LANCZOS)
    pair = Image.new("RGB", (kiosk.width + phone.width + 3 * gap, height), "#fbf5e6")
    pair.paste(kiosk, (gap, gap))
    pair.paste(phone, (kiosk.width + 2 * gap, gap))
    pair.save(ROOT / "docs/pictures/booth.jpg", quality=86, optimize=True)


def write_page() -> None:
    """Write docs/screens.md."""
    parts = [HEAD]
    titles = {"phone": "Phone", "kiosk": "Kiosk", "staff": "Staff"}
    for client, title in titles.items():
        parts.append(f"## {title}\n")
        for shot in (one for one in SHOTS if one.client == client):
            width = 260 if client == "phone" else 420
            pictures = " ".join(
                f'<img src="pictures/screens/{lang}/{client}-{shot.name}.webp" width="{width}" alt="{shot.words} ({lang})">'
                for lang in LOCALES
            )
            parts.append(f"**{shot.name}** · {shot.words}\n\n{pictures}\n")
    PAGE.write_text("\n".join(parts))


if __name__ == "__main__":
    main()
