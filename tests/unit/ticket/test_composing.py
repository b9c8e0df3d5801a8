"""The ticket as a file and as a page: where slots land, in which order, and what holds for the PDF."""

import io
import shutil
import subprocess

import pikepdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import ImageChops
from pypdf import PdfReader

from articket_ticket.composing import MAX_PDF_BYTES, Composer
from articket_ticket.errors import PictureError, TemplateError
from articket_ticket.order import TicketOrder
from articket_ticket.picturing import Picture
from tests.unit.ticket.samples import (
    BLUE,
    GREEN,
    RED,
    YELLOW,
    an_artist,
    an_order,
    busy_jpeg,
    colour_at,
    is_near,
    jpeg_of,
    page_of,
    rendered,
    text_of,
)

PAPER = (247, 242, 230)


@pytest.fixture
def compose(tmp_path):
    """Compose a ticket of some slots; `_order` is the order, what follows goes to the artist."""

    def compose(*slots, _order=None, **artist):
        return Composer().compose(an_artist(tmp_path / "hokusai", *slots, **artist), _order or an_order())

    return compose


def shows(pdf, point, colour):
    return is_near(colour_at(rendered(pdf), *point), colour)


def around(box, gap=0.4):
    """Points just inside the middle of each edge of a box, and just outside."""
    x, y, w, h = box
    inside = [(x + gap, y + h / 2), (x + w - gap, y + h / 2), (x + w / 2, y + gap), (x + w / 2, y + h - gap)]
    outside = [(x - gap, y + h / 2), (x + w + gap, y + h / 2), (x + w / 2, y - gap), (x + w / 2, y + h + gap)]
    return inside, outside


@pytest.mark.parametrize("box", [(5, 20, 90, 90), (10.5, 130.25, 30, 20), (60, 150, 12.5, 40)])
def test_a_picture_fills_the_box_that_the_yaml_names(compose, box):
    image = rendered(compose({"kind": "painting", "box_mm": list(box)}).pdf)
    inside, outside = around(box)
    assert all(is_near(colour_at(image, *point), RED) for point in inside)
    assert all(is_near(colour_at(image, *point), PAPER) for point in outside)


def test_a_picture_may_reach_into_the_bleed(compose):
    pdf = compose({"kind": "painting", "box_mm": [-3, -3, 106, 60]}).pdf
    assert shows(pdf, (0.2, 0.2), RED)
    assert shows(pdf, (99.8, 56.5), RED)


def test_paintings_come_by_rank(compose):
    order = an_order(paintings=(Picture(jpeg_of(RED)), Picture(jpeg_of(GREEN))))
    slots = [{"kind": "painting", "rank": rank, "box_mm": [10, 10 + 30 * rank, 20, 20]} for rank in (1, 2)]
    image = rendered(compose(*slots, _order=order).pdf)
    assert is_near(colour_at(image, 20, 50), RED)
    assert is_near(colour_at(image, 20, 80), GREEN)


def test_later_slots_lie_over_earlier_ones(compose):
    under = {"kind": "painting", "box_mm": [10, 10, 60, 60]}
    over = {"kind": "photo", "box_mm": [30, 30, 20, 20]}
    assert shows(compose(under, over).pdf, (40, 40), BLUE)
    assert shows(compose(over, under).pdf, (40, 40), RED)


def test_the_foreground_lies_over_pictures_and_under_words(compose):
    slots = (
        {"kind": "painting", "box_mm": [10, 10, 80, 80]},
        {"kind": "text", "of": "because", "box_mm": [20, 40, 60, 20], "size_pt": 40, "colour": "#ffffff", "font": "poster"},
    )
    green = page_of("0 0.63 0.23 rg 0 292 300 292 re f")  # the upper half of the page
    image = rendered(compose(*slots, _order=an_order(because="HHHH"), foreground=green).pdf)
    assert is_near(colour_at(image, 15, 15), (0, 161, 59))
    assert (255, 255, 255) in {colour for _, colour in image.crop((200, 400, 800, 600)).getcolors(10**6) or []}


def test_a_missing_optional_picture_leaves_the_template_as_it_is(compose):
    slots = [
        {"kind": "photo", "box_mm": [60, 60, 30, 30], "border": {"width_mm": 2}},
        {"kind": "painting", "rank": 2, "box_mm": [10, 60, 30, 30]},
    ]
    ticket = compose(*slots, {"kind": "painting", "box_mm": [2, 2, 6, 6]}, _order=an_order(photo=None))
    assert shows(ticket.pdf, (75, 75), PAPER)
    assert shows(ticket.pdf, (60.5, 60.5), PAPER)
    assert ticket.notices == ("picture missing: photo", "picture missing: painting 2")


def test_round_corners_and_a_border(compose):
    slot = {"kind": "painting", "box_mm": [20, 20, 40, 40], "radius_mm": 20, "border": {"width_mm": 2, "colour": "#00a03c"}}
    image = rendered(compose(slot).pdf)
    assert is_near(colour_at(image, 21, 21), PAPER)
    assert is_near(colour_at(image, 40, 21), (0, 160, 60))
    assert is_near(colour_at(image, 40, 23), RED)


def test_a_slot_turns_clockwise_about_its_middle(compose):
    image = rendered(compose({"kind": "painting", "box_mm": [30, 40, 40, 10], "rotate_deg": 45}).pdf)
    assert is_near(colour_at(image, 50 + 12, 45 + 12), RED)
    assert is_near(colour_at(image, 50 - 12, 45 - 12), RED)
    assert is_near(colour_at(image, 50 + 12, 45 - 12), PAPER)


def test_contain_centres_the_picture(compose):
    order = an_order(paintings=(Picture(jpeg_of(RED, (600, 300))),))
    image = rendered(compose({"kind": "painting", "box_mm": [20, 20, 40, 40], "fit": "contain"}, _order=order).pdf)
    assert is_near(colour_at(image, 40, 40), RED)
    assert is_near(colour_at(image, 21, 40), RED)
    assert is_near(colour_at(image, 40, 29), PAPER)


@pytest.mark.parametrize(
    ("of", "en", "ko"),
    [
        ("name", "Katsushika Hokusai", "가쓰시카 호쿠사이"),
        ("personality.title", "The Wave Rider", "파도를 타는 사람"),
        ("personality.text", "You wait for the one moment", "당신은 파도가 멈춰 서는"),
        ("caption", "the caption", "the caption"),
        ("because", "the reason", "the reason"),
        ("number", "0042", "0042"),
        ("date", "2026-11-21", "2026-11-21"),
        ("booth", "the booth", "the booth"),
    ],
)
@pytest.mark.parametrize("language", ["en", "ko"])
def test_each_text_is_printed_in_the_visitors_language(compose, of, en, ko, language):
    order = an_order(language=language, caption="the caption", because="the reason", booth="the booth")
    pdf = compose({"kind": "text", "of": of, "box_mm": [5, 100, 90, 40], "size_pt": 9}, _order=order).pdf
    assert (ko if language == "ko" else en) in text_of(pdf)


@pytest.mark.parametrize(("font", "printed"), [("sans", "№ 0042"), ("poster", "No. 0042")])
def test_the_serial_is_the_number_with_a_sign_that_the_font_has(compose, font, printed):
    assert printed in text_of(compose({"kind": "serial", "box_mm": [5, 100, 60, 10], "size_pt": 12, "font": font}).pdf)


def test_uppercase_sets_capitals(compose):
    pdf = compose({"kind": "text", "of": "because", "box_mm": [5, 100, 90, 40], "size_pt": 9, "uppercase": True}).pdf
    assert "YOU STAY CALM" in text_of(pdf)


def test_shortened_and_left_out_texts_are_told(compose):
    slots = (
        {"kind": "text", "of": "because", "box_mm": [5, 100, 20, 4], "size_pt": 9},
        {"kind": "text", "of": "booth", "box_mm": [5, 120, 90, 10], "size_pt": 9},
    )
    assert compose(*slots, _order=an_order(booth="Art 🎨")).notices == ("text shortened: because", "characters left out: booth")


def test_nothing_is_told_when_all_is_well(compose):
    assert compose({"kind": "text", "of": "booth", "box_mm": [5, 120, 90, 10], "size_pt": 9}).notices == ()


@settings(deadline=None, max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=120) | st.text(st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3), max_size=60))
def test_no_pixel_of_a_text_is_printed_outside_its_box(compose, text):
    box = [20, 60, 37.5, 14]
    slot = {"kind": "text", "of": "because", "box_mm": box, "size_pt": 14, "font": "serif", "align": "centre"}
    blank, printed = (rendered(compose(slot, _order=an_order(because=words)).pdf) for words in ("", text))
    touched = ImageChops.difference(blank, printed).getbbox() or (200, 600, 200, 600)
    assert touched[0] >= 199
    assert touched[1] >= 599
    assert touched[2] <= 576
    assert touched[3] <= 741


FULL = (
    {"kind": "painting", "box_mm": [5, 20, 90, 95]},
    {"kind": "photo", "box_mm": [5, 120, 20, 25]},
    {"kind": "text", "of": "because", "font": "sans", "box_mm": [30, 120, 60, 8], "size_pt": 12},
    {"kind": "text", "of": "because", "font": "serif", "box_mm": [30, 129, 60, 8], "size_pt": 12},
    {"kind": "text", "of": "because", "font": "poster", "box_mm": [30, 138, 60, 8], "size_pt": 12},
    {"kind": "text", "of": "because", "font": "hand", "box_mm": [30, 147, 60, 8], "size_pt": 12},
    {"kind": "text", "of": "caption", "weight": "bold", "box_mm": [30, 160, 40, 10], "size_pt": 9},
)


def full_order() -> TicketOrder:
    """A ticket with large pictures and words in both scripts."""
    return an_order(
        paintings=(Picture(busy_jpeg(1280, 1280)),),
        photo=Picture(busy_jpeg(960, 1280)),
        because="고요하고 대담하게: calm and bold",
        caption="한 줄 설명 one line",
    )


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    return Composer().compose(an_artist(tmp_path_factory.mktemp("full") / "hokusai", *FULL), full_order())


def test_it_is_one_page_of_the_right_size(full):
    (page,) = PdfReader(io.BytesIO(full.pdf)).pages
    boxes = {name: [round(float(side) * 25.4 / 72, 1) for side in page[name]] for name in page if name.endswith("Box")}
    media, trim = [0, 0, 106, 206], [3, 3, 103, 203]
    assert boxes == {"/MediaBox": media, "/BleedBox": media, "/TrimBox": trim, "/CropBox": trim, "/ArtBox": trim}


def test_it_is_at_most_700_kb(full):
    assert len(full.pdf) <= MAX_PDF_BYTES


def test_its_painting_has_250_dpi_or_more(full):
    images = [found.image for found in PdfReader(io.BytesIO(full.pdf)).pages[0].images]
    assert max(image.width for image in images if image) / (90 / 25.4) >= 250


def test_its_syntax_is_without_fault(full, tmp_path):
    with pikepdf.open(io.BytesIO(full.pdf)) as pdf:
        assert pdf.check_pdf_syntax() == []
    if shutil.which("qpdf"):
        (tmp_path / "ticket.pdf").write_bytes(full.pdf)
        check = subprocess.run(["qpdf", "--check", tmp_path / "ticket.pdf"], capture_output=True, text=True, check=False)
        assert (check.returncode, check.stderr) == (0, "")


def test_every_font_is_embedded_and_subset(full):
    with pikepdf.open(io.BytesIO(full.pdf)) as pdf:
        fonts = [thing for thing in pdf.objects if isinstance(thing, pikepdf.Dictionary) and thing.get("/Type") == "/Font"]
        names = {str(font["/BaseFont"]) for font in fonts}
        assert all("/FontFile2" in font["/FontDescriptor"] for font in fonts)
    assert all(name[7] == "+" for name in names)
    assert {name[8:] for name in names} >= {"Pretendard-Regular", "Pretendard-Bold", "GowunBatang-Bold", "BlackHanSans-Regular"}


def test_words_of_both_languages_can_be_copied_out_of_it(full):
    assert "고요하고 대담하게: calm and bold" in text_of(full.pdf)


def test_it_tells_its_title_and_language(full):
    reader = PdfReader(io.BytesIO(full.pdf))
    assert (reader.metadata or {})["/Title"] == "Articket 0042"
    assert reader.trailer["/Root"]["/Lang"] == "en"


def test_the_same_order_gives_the_same_bytes(full, tmp_path):
    assert Composer().compose(an_artist(tmp_path / "hokusai", *FULL), full_order()).pdf == full.pdf


def test_another_number_gives_another_ticket_from_the_same_composer(tmp_path):
    composer, artist = (
        Composer(),
        an_artist(tmp_path / "hokusai", {"kind": "serial", "box_mm": [5, 100, 60, 10], "size_pt": 12}),
    )
    first, second = (composer.compose(artist, an_order(number=number)).pdf for number in ("0001", "0002"))
    assert ("0001" in text_of(first), "0002" in text_of(second)) == (True, True)


def test_the_template_is_kept_as_it_is_drawn(compose):
    drawing = "0.2 0.3 0.4 rg 10 10 m 20 30 40 50 60 70 c f % untouched"
    pdf = compose({"kind": "painting", "box_mm": [20, 20, 20, 20]}, template=page_of(drawing)).pdf
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        streams = [thing for thing in opened.objects if isinstance(thing, pikepdf.Stream)]
        contents = [stream.read_bytes() for stream in streams if stream.get("/Subtype") != "/Image"]
    assert any(drawing.encode() in content for content in contents)


def test_a_changed_template_is_read_anew(tmp_path):
    composer, folder = Composer(), tmp_path / "hokusai"
    slot = {"kind": "painting", "box_mm": [20, 20, 20, 20]}
    composer.compose(an_artist(folder, slot), an_order())
    changed = an_artist(folder, slot, template=page_of("1 0.82 0 rg 0 0 400 700 re f"))
    assert shows(composer.compose(changed, an_order()).pdf, (50, 100), YELLOW)


def test_a_broken_picture_is_refused_by_its_rank(compose):
    order = an_order(paintings=(Picture(jpeg_of(RED)), Picture(b"broken")))
    slots = [{"kind": "painting", "rank": rank, "box_mm": [10, 10 + 30 * rank, 20, 20]} for rank in (1, 2)]
    with pytest.raises(PictureError, match=r"^painting 2: "):
        compose(*slots, _order=order)


def test_a_broken_foreground_is_refused_by_its_name(compose):
    with pytest.raises(TemplateError, match=r"^hokusai/foreground\.pdf: "):
        compose({"kind": "painting", "box_mm": [20, 20, 20, 20]}, foreground=page_of("", 50, 50))
