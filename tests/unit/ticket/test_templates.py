"""Templates: which pages can be printed on, and what is said of the others."""

import io

import pytest
from pypdf import PdfReader, PdfWriter

from articket_ticket.composing import Composer
from articket_ticket.errors import TemplateError
from articket_ticket.templates import read_template
from tests.unit.ticket.samples import an_artist, an_order, colour_at, is_near, page_of, rendered

# A red square of 10 mm whose upper left corner is 20 mm from the finished ticket's left and top edge.
MM = 72 / 25.4


def square(left_mm: float, bottom_mm: float) -> str:
    return f"1 0 0 rg {left_mm * MM:.3f} {bottom_mm * MM:.3f} {10 * MM:.3f} {10 * MM:.3f} re f"


def encrypted(pdf: bytes) -> bytes:
    writer, stream = PdfWriter(PdfReader(io.BytesIO(pdf))), io.BytesIO()
    writer.encrypt("secret", algorithm="RC4-128")
    writer.write(stream)
    return stream.getvalue()


@pytest.mark.parametrize(
    "pdf",
    [
        page_of(square(23, 173)),
        page_of(square(20, 170), 100, 200),
        page_of(square(30, 180), 120, 220, extra="/TrimBox [28.346 28.346 311.811 595.276]"),
    ],
    ids=["with bleed", "without bleed", "with marks around its TrimBox"],
)
def test_the_finished_ticket_is_found_on_the_page(tmp_path, pdf):
    ticket = Composer().compose(an_artist(tmp_path / "hokusai", template=pdf), an_order())
    image = rendered(ticket.pdf)
    inside, outside = [(20.5, 20.5), (29.5, 29.5)], [(19.5, 25), (30.5, 25), (25, 19.5), (25, 30.5)]
    assert all(is_near(colour_at(image, *point), (255, 0, 0)) for point in inside)
    assert not any(is_near(colour_at(image, *point), (255, 0, 0)) for point in outside)


@pytest.mark.parametrize(
    ("pdf", "message"),
    [
        (page_of("", 210, 297), "expected a page of 106 × 206 mm .* found 210.0 × 297.0 mm"),
        (page_of("", pages=2), "expected one page, found 2"),
        (page_of("", extra="/Rotate 90"), "found /Rotate 90"),
        (encrypted(page_of("")), "password"),
        (b"%PDF-1.7 nothing else %%EOF", "damaged"),
        (page_of("")[:200] + b"%%EOF", "damaged"),
    ],
)
def test_a_page_that_cannot_be_printed_on_is_refused_by_name(pdf, message):
    with pytest.raises(TemplateError, match=rf"^hokusai/template.pdf: .*{message}"):
        read_template(pdf, "hokusai/template.pdf")


def test_several_content_streams_are_one_page(tmp_path):
    writer, stream = PdfWriter(), io.BytesIO()
    page = writer.add_page(PdfReader(io.BytesIO(page_of(square(23, 173)))).pages[0])
    page.merge_page(PdfReader(io.BytesIO(page_of(square(43, 173)))).pages[0])
    writer.write(stream)
    image = rendered(Composer().compose(an_artist(tmp_path / "hokusai", template=stream.getvalue()), an_order()).pdf)
    assert is_near(colour_at(image, 25, 25), (255, 0, 0))
    assert is_near(colour_at(image, 45, 25), (255, 0, 0))


def test_scripts_of_a_template_do_not_reach_the_ticket(tmp_path):
    template = page_of("", extra="/AA << /O << /S /JavaScript /JS (app.alert) >> >>")
    assert b"app.alert" not in Composer().compose(an_artist(tmp_path / "hokusai", template=template), an_order()).pdf
