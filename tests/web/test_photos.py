"""A photo on its way from the phone to the booth: small enough for any proxy, upright, and it does not get lost."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from tests.web.conftest import PHOTO
from tests.web.stand_in import StandIn

playwright = pytest.importorskip("playwright.sync_api", reason="the pages are tested with playwright: pip install playwright")
Page, Route, expect = playwright.Page, playwright.Route, playwright.expect

MAX_BYTES = 900_000
UPRIGHT_SIZE, ROTATED_BY_90 = (300, 400), 6


def _jpeg(picture: Image.Image, **more: object) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=90, **more)
    return stream.getvalue()


def _noise(width: int, height: int) -> bytes:
    grain = Image.effect_noise((500, 500), 90).convert("RGB")
    picture = Image.new("RGB", (width, height))
    for left in range(0, width, grain.width):
        for top in range(0, height, grain.height):
            picture.paste(grain, (left, top))
    return _jpeg(picture)


def _choose(page: Page, content: bytes, name: str = "photo.jpg", kind: str = "image/jpeg") -> None:
    page.set_input_files("#album", {"name": name, "mimeType": kind, "buffer": content})


def _sent(page: Page, booth: StandIn) -> Image.Image:
    page.wait_for_selector("studio-strip artist-canvas", timeout=20_000)
    assert len(booth.uploads[-1]) <= MAX_BYTES
    return Image.open(io.BytesIO(booth.uploads[-1]))


@pytest.mark.parametrize("size", [(4000, 3000), (12_000, 2000), (1500, 6000)])
def test_a_large_photo_is_scaled_before_it_is_sent(page: Page, booth: StandIn, tmp_path: Path, size: tuple[int, int]) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(_noise(*size))
    page.set_input_files("#album", photo)
    sent = _sent(page, booth)
    assert 800 <= max(sent.size) <= 1280
    assert sent.width / sent.height == pytest.approx(size[0] / size[1], rel=0.01)


def test_a_photo_arrives_upright_and_without_its_metadata(page: Page, booth: StandIn) -> None:
    exif = Image.Exif()
    exif[0x0112] = ROTATED_BY_90
    exif[0x010F] = "a camera's maker"
    _choose(page, _jpeg(Image.new("RGB", UPRIGHT_SIZE[::-1], "#c04020"), exif=exif))
    sent = _sent(page, booth)
    assert sent.size == UPRIGHT_SIZE
    assert not sent.getexif()


def test_a_small_picture_that_the_browser_cannot_read_is_sent_as_it_is(page: Page, booth: StandIn) -> None:
    heic = b"\0\0\0\x18ftypheic" + bytes(200)
    _choose(page, heic, "photo.heic", "image/heic")
    page.wait_for_selector("studio-strip artist-canvas")
    assert booth.uploads[-1] == heic


def test_a_large_one_is_explained(page: Page, booth: StandIn) -> None:
    _choose(page, b"\0\0\0\x18ftypheic" + bytes(MAX_BYTES), "photo.heic", "image/heic")
    expect(page.locator(".trouble")).to_contain_text("This browser cannot open that photo")
    expect(page.locator(".trouble")).to_contain_text("Take one right here")


def test_the_upload_shows_how_far_it_is(page: Page, booth: StandIn) -> None:
    devtools = page.context.new_cdp_session(page)
    slow = {"offline": False, "latency": 50, "downloadThroughput": 200_000, "uploadThroughput": 250_000}
    devtools.send("Network.emulateNetworkConditions", slow)
    _choose(page, _noise(2400, 1800))
    page.wait_for_selector("studio-strip .sending")
    shares: set[str] = set()
    while page.locator("studio-strip .sending").count():
        shares.add(page.evaluate("document.querySelector('studio-strip p')?.textContent ?? ''"))
    assert len([one for one in shares if "%" in one]) >= 3, shares


def test_an_answer_that_got_lost_does_not_lose_the_photo(page: Page, booth: StandIn) -> None:
    def lose(route: Route) -> None:
        route.fetch()
        route.abort("connectionreset")

    page.route("**/photo", lose, times=1)
    uploads = len(booth.uploads)
    page.set_input_files("#album", PHOTO)
    page.wait_for_selector("studio-strip artist-canvas")
    assert len(booth.uploads) == uploads + 2
    assert booth.uploads[-1] == booth.uploads[-2]


def test_a_proxy_s_bad_gateway_is_waited_out(page: Page, booth: StandIn) -> None:
    page.route("**/photo", lambda route: route.fulfill(status=502, body="<h1>Bad Gateway</h1>"), times=1)
    page.set_input_files("#album", PHOTO)
    page.wait_for_selector("studio-strip artist-canvas")
