"""The code: that phones can read it off the paper and off the screen."""

import io

import pytest
import zxingcpp
from PIL import Image

from articket_ticket.composing import Composer
from articket_ticket.previewing import preview
from articket_ticket.qr_code import QUIET_MODULES, make_qr_code
from tests.unit.ticket.samples import VISIT_URL, an_artist, an_order, rendered


def scanned(image: Image.Image) -> list[str]:
    return [code.text for code in zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormat.QRCode)]


def half(image: Image.Image) -> Image.Image:
    return image.resize((image.width // 2, image.height // 2), Image.Resampling.LANCZOS)


def test_the_quiet_zone_is_light():
    code = make_qr_code(VISIT_URL)
    corners = [corner for outline in code.outlines for corner in outline]
    assert min(min(corner) for corner in corners) == QUIET_MODULES
    assert max(max(corner) for corner in corners) == code.side - QUIET_MODULES


@pytest.mark.parametrize("side", [14, 20, 26.6])
def test_a_code_scans_from_print(tmp_path, side):
    slot = {"kind": "qr", "box_mm": [50, 100, side, side]}
    assert scanned(rendered(Composer().compose(an_artist(tmp_path / "hokusai", slot), an_order()).pdf)) == [VISIT_URL]


@pytest.mark.parametrize(
    "url", ["http://192.168.0.12:8080/v/k3J9xQ2mZbT7wLr5VnYc4A", VISIT_URL, "https://a.example/" + "v" * 60]
)
def test_a_code_scans_from_the_preview_and_from_half_of_it(tmp_path, url):
    slot = {"kind": "qr", "box_mm": [50.13, 100.07, 26.6, 26.6]}
    pdf = Composer().compose(an_artist(tmp_path / "hokusai", slot), an_order(visit_url=url)).pdf
    image = Image.open(io.BytesIO(preview(pdf)))
    assert scanned(image) == [url]
    assert scanned(half(image)) == [url]


def test_the_longest_url_scans_from_print(tmp_path):
    url = "https://booth.example/" + "x" * 278
    artist = an_artist(tmp_path / "hokusai", {"kind": "qr", "box_mm": [50, 100, 40, 40]})
    assert scanned(rendered(Composer().compose(artist, an_order(visit_url=url)).pdf)) == [url]


def test_a_turned_code_in_colour_scans(tmp_path):
    slot = {"kind": "qr", "box_mm": [50, 100, 26, 26], "rotate_deg": 7, "colour": "#12204f", "background": "#fff3d0"}
    pdf = Composer().compose(an_artist(tmp_path / "hokusai", slot), an_order()).pdf
    assert scanned(Image.open(io.BytesIO(preview(pdf)))) == [VISIT_URL]


def test_the_preview_is_the_finished_ticket_1000_pixels_high(tmp_path):
    image = Image.open(io.BytesIO(preview(Composer().compose(an_artist(tmp_path / "hokusai"), an_order()).pdf)))
    assert (image.format, image.size, image.mode) == ("PNG", (500, 1000), "RGB")
