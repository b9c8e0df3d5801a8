"""The script that draws the templates: that the files in plugins/artists are what it draws, and print-ready."""

import io
import subprocess
import sys
from pathlib import Path

import pikepdf
import pytest

ROOT = Path(__file__).parents[3]
MAX_TEMPLATE_BYTES = 250_000
FILES = ("template.pdf", "foreground.pdf")


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    out = tmp_path_factory.mktemp("artists")
    subprocess.run([sys.executable, ROOT / "scripts/make_templates.py", "--out", out], check=True, capture_output=True)
    return {path.relative_to(out): path.read_bytes() for path in sorted(out.glob("*/*.pdf"))}


def test_every_design_is_drawn(drawn):
    assert len(drawn) == 4 * len(FILES)


def test_drawing_again_gives_the_files_that_ship_byte_by_byte(drawn):
    assert {str(path): pdf == (ROOT / "plugins/artists" / path).read_bytes() for path, pdf in drawn.items()} == {
        str(path): True for path in drawn
    }


def test_they_are_small(drawn):
    by_artist = {path.parent for path in drawn}
    assert all(sum(len(drawn[artist / name]) for name in FILES) <= MAX_TEMPLATE_BYTES for artist in by_artist)


def test_they_are_one_page_with_bleed_and_trim(drawn):
    for pdf in drawn.values():
        with pikepdf.open(io.BytesIO(pdf)) as opened:
            (page,) = opened.pages
            boxes = [[round(float(side) * 25.4 / 72, 1) for side in box] for box in (page.mediabox, page.trimbox, page.cropbox)]
            assert boxes == [[0, 0, 106, 206], [3, 3, 103, 203], [3, 3, 103, 203]]
            assert opened.check_pdf_syntax() == []


def test_their_fonts_are_embedded_and_subset(drawn):
    for pdf in drawn.values():
        with pikepdf.open(io.BytesIO(pdf)) as opened:
            fonts = [
                thing for thing in opened.objects if isinstance(thing, pikepdf.Dictionary) and thing.get("/Type") == "/Font"
            ]
            assert all("/FontFile2" in font["/FontDescriptor"] and str(font["/BaseFont"])[7] == "+" for font in fonts)


def test_an_unknown_artist_is_told():
    result = subprocess.run(
        [sys.executable, ROOT / "scripts/make_templates.py", "monet"], capture_output=True, text=True, check=False
    )
    assert result.returncode == 2
    assert "expected one of lichtenstein, picasso, renoir, vangogh, found monet" in result.stderr
