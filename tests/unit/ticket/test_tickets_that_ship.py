"""Every artist's ticket in plugins/artists, in both languages: that it is ready for print and legible.

Artists are found in the folder: a new one is tested without a change here.
"""

import io
import time
from dataclasses import replace

import pikepdf
import pytest
import zxingcpp
from PIL import Image

from articket_artists import load_artists
from articket_artists.colour import contrast
from articket_artists.slots import PaintingSlot, QrSlot, SerialSlot, TextSlot
from articket_ticket.composing import MAX_PDF_BYTES, Composer
from articket_ticket.picturing import Picture
from articket_ticket.previewing import preview
from tests.unit.ticket.samples import ARTISTS, VISIT_URL, an_order, busy_jpeg, rendered, text_of

CATALOGUE = load_artists(ARTISTS).artists
COMPOSER = Composer()
SAFE_MARGIN_MM = 4
LEAST_CONTRAST = 4.5  # WCAG AA
WARM_SECONDS = 0.06

PHOTO = {"en": "One smiling face in soft light, mostly warm brown.", "ko": "부드러운 빛 속에 웃는 얼굴 하나, 따뜻한 갈색."}
BECAUSE = {"en": "You stay calm and love order, and so did he.", "ko": "차분하고 정돈된 당신의 마음이 그와 닮았어요."}

each_artist = pytest.mark.parametrize("artist_id", sorted(CATALOGUE))
each_language = pytest.mark.parametrize("language", ["en", "ko"])


def full_order(language: str):
    paintings = tuple(Picture(busy_jpeg(960, 1280)) for _ in range(16))
    return an_order(
        language=language, paintings=paintings, photo=paintings[0], caption=PHOTO[language], because=BECAUSE[language]
    )


@pytest.fixture(scope="module")
def tickets():
    """Each artist's ticket in each language, made once."""
    made = {
        (id_, language): COMPOSER.compose(CATALOGUE[id_], full_order(language))
        for id_ in CATALOGUE
        for language in ("en", "ko")
    }
    return lambda artist_id, language: made[artist_id, language]


@each_artist
@each_language
def test_everything_is_printed_as_asked(tickets, artist_id, language):
    assert tickets(artist_id, language).notices == ()


@each_artist
@each_language
def test_the_file_is_small_and_without_fault(tickets, artist_id, language):
    pdf = tickets(artist_id, language).pdf
    assert len(pdf) <= MAX_PDF_BYTES
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        assert opened.check_pdf_syntax() == []
        assert len(opened.pages) == 1


@each_artist
@each_language
def test_every_word_can_be_copied_out_of_it(tickets, artist_id, language):
    text = text_of(tickets(artist_id, language).pdf).casefold()
    artist = CATALOGUE[artist_id].artist
    for words in (artist.name, artist.personality.title):
        assert words.in_language(language).casefold() in text
    assert "".join(artist.personality.text.in_language(language).casefold().split()) in "".join(text.split())
    assert "where your photo becomes art" in text
    assert "당신의 사진이 예술이 되는 곳" in text


@each_artist
def test_every_font_is_embedded_and_subset(tickets, artist_id):
    with pikepdf.open(io.BytesIO(tickets(artist_id, "ko").pdf)) as pdf:
        fonts = [thing for thing in pdf.objects if isinstance(thing, pikepdf.Dictionary) and thing.get("/Type") == "/Font"]
        assert all("/FontFile2" in font["/FontDescriptor"] and str(font["/BaseFont"])[7] == "+" for font in fonts)


@each_artist
def test_the_template_has_no_pixels(artist_id):
    for page in (CATALOGUE[artist_id].template_pdf, CATALOGUE[artist_id].foreground_pdf):
        with pikepdf.open(io.BytesIO(page or CATALOGUE[artist_id].template_pdf)) as pdf:
            assert not [
                thing for thing in pdf.objects if isinstance(thing, pikepdf.Stream) and thing.get("/Subtype") == "/Image"
            ]


@each_artist
def test_the_code_scans_from_the_preview_and_from_half_of_it(tickets, artist_id):
    image = Image.open(io.BytesIO(preview(tickets(artist_id, "en").pdf)))
    for picture in (image, image.resize((image.width // 2, image.height // 2), Image.Resampling.LANCZOS)):
        assert [code.text for code in zxingcpp.read_barcodes(picture)] == [VISIT_URL]


@each_artist
def test_the_painting_is_printed_large_and_at_250_dpi(artist_id):
    (slot,) = [slot for slot in CATALOGUE[artist_id].artist.ticket.slots if isinstance(slot, PaintingSlot) and slot.rank == 1]
    assert slot.box.width >= 80
    source_width = min(960, 1280 * slot.box.width / slot.box.height)
    assert source_width / (slot.box.width / 25.4) >= 250


@each_artist
def test_words_and_codes_keep_away_from_the_edge(artist_id):
    for slot in CATALOGUE[artist_id].artist.ticket.slots:
        if isinstance(slot, TextSlot | SerialSlot | QrSlot):
            assert slot.box.turned(slot.rotate_deg).is_inside_page(-SAFE_MARGIN_MM), slot


@each_artist
def test_words_stand_out_from_what_is_behind_them(artist_id):
    """Nearly every pixel behind a text; the last ones are the hairlines that a brush leaves."""
    loaded = CATALOGUE[artist_id]
    blank = an_order(caption="", because="", booth="", date="", paintings=(Picture(busy_jpeg(960, 1280)),))
    image = rendered(COMPOSER.compose(_without_words(loaded), blank).pdf, pixels_per_mm=5)
    for slot in loaded.artist.ticket.slots:
        if isinstance(slot, TextSlot | SerialSlot):
            x, y, width, height = (round(edge * 5) for edge in slot.box)
            colours = image.crop((x, y, x + width, y + height)).getcolors(width * height) or []
            legible = sum(count for count, colour in colours if contrast(slot.colour, _hex(colour)) >= LEAST_CONTRAST)
            assert legible >= 0.97 * width * height, f"{slot.kind} {getattr(slot, 'of', '')}: {legible / width / height:.3f}"


def _hex(colour):
    return "#" + "".join(f"{channel:02x}" for channel in colour)


def _without_words(loaded):
    slots = tuple(slot for slot in loaded.artist.ticket.slots if not isinstance(slot, TextSlot | SerialSlot))
    ticket = loaded.artist.ticket.model_copy(update={"slots": slots})
    return replace(loaded, artist=loaded.artist.model_copy(update={"ticket": ticket}), digest=f"{loaded.digest} without words")


@each_artist
def test_a_warm_ticket_takes_no_more_work_than_promised_for_a_machine_of_half_the_speed(tickets, artist_id):
    order, seconds = full_order("en"), []
    for _ in range(3):
        begin = time.thread_time()  # not the clock: other tests may be running on the same core
        COMPOSER.compose(CATALOGUE[artist_id], order)
        seconds.append(time.thread_time() - begin)
    assert min(seconds) <= 2 * WARM_SECONDS
