"""An artist's template as something to print on: its one page, checked, with the finished ticket's corner found.

A page becomes a form XObject of pypdf: its content streams stay as they are, vector, and are never interpreted. `composing.py`
puts it under the pictures (the template) or over them (the foreground).
"""

import io
import logging
from dataclasses import dataclass

from pypdf import PageObject, PdfReader, PdfWriter
from pypdf.errors import PyPdfError
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    FloatObject,
    IndirectObject,
    NameObject,
    NullObject,
    RectangleObject,
    StreamObject,
)

from articket_artists.slots import BLEED_MM, PAGE_HEIGHT_MM, PAGE_WIDTH_MM
from articket_ticket.errors import TemplateError

POINTS_PER_MM = 72 / 25.4
TRIM_WIDTH, TRIM_HEIGHT = PAGE_WIDTH_MM * POINTS_PER_MM, PAGE_HEIGHT_MM * POINTS_PER_MM
BLEED = BLEED_MM * POINTS_PER_MM
MEDIA_WIDTH, MEDIA_HEIGHT = TRIM_WIDTH + 2 * BLEED, TRIM_HEIGHT + 2 * BLEED

_TOLERANCE = 0.5 * POINTS_PER_MM
"""Design programs round page sizes to whole points or pixels."""

logging.getLogger("pypdf").setLevel(logging.ERROR)  # it warns of every small fault that it mends


@dataclass(frozen=True)
class Layer:
    """One page of a PDF as a form XObject, whose origin is the lower left corner of the ticket's MediaBox."""

    form: StreamObject

    def add_to(self, writer: PdfWriter) -> IndirectObject:
        """Copy the form and all that it uses into a file."""
        return add_stream(writer, self.form)


def add_stream(writer: PdfWriter, stream: StreamObject) -> IndirectObject:
    """Copy a stream and all that it refers to into a file, and return the reference to it."""
    copied = stream.clone(writer)
    reference: IndirectObject | None = getattr(copied, "indirect_reference", None)
    # A stream that comes from a file has its number by now; pypdf has no public way to give one to a stream made here.
    return reference or writer._add_object(copied)  # pyright: ignore[reportPrivateUsage]


def read_template(pdf: bytes, name: str) -> Layer:
    """Read a template of one page. Raises `TemplateError` with `name` in its message."""
    try:
        reader = PdfReader(io.BytesIO(pdf))
        if reader.is_encrypted:
            raise TemplateError(f"{name}: expected a PDF without a password, found an encrypted one")
        if len(reader.pages) != 1:
            raise TemplateError(f"{name}: expected one page, found {len(reader.pages)}")
        page = reader.pages[0]
        left, bottom = _corner(page, name)
        return as_layer(page, shift=(BLEED - left, BLEED - bottom))
    except (PyPdfError, OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise TemplateError(f"{name}: expected a PDF that can be read, found one that is damaged") from error


def as_layer(page: PageObject, shift: tuple[float, float] = (0.0, 0.0)) -> Layer:
    """Make a layer of a page, moved by `shift` points to the right and up."""
    form = _content(page)
    entries: dict[str, object] = {
        "/Type": NameObject("/XObject"),
        "/Subtype": NameObject("/Form"),
        "/BBox": RectangleObject(page.mediabox),
        "/Matrix": ArrayObject(FloatObject(number) for number in (1, 0, 0, 1, *shift)),
        "/Resources": page.get("/Resources", DictionaryObject()),
    }
    if "/Group" in page:  # how its transparency is blended
        entries["/Group"] = page["/Group"]
    form.update({NameObject(key): value for key, value in entries.items()})
    return Layer(form)


def _content(page: PageObject) -> StreamObject:
    """The page's one content stream; several are joined, and compressed anew."""
    content = page.get("/Contents", NullObject()).get_object()
    if isinstance(content, StreamObject):
        return content
    parts = [part.get_object() for part in content] if isinstance(content, ArrayObject) else []
    joined = StreamObject()
    joined.set_data(b"\n".join(part.get_data() for part in parts if isinstance(part, StreamObject)))
    return joined.flate_encode()


def _corner(page: PageObject, name: str) -> tuple[float, float]:
    """The lower left corner of the finished ticket in the page's own coordinates."""
    if page.rotation % 360:
        raise TemplateError(f"{name}: expected a page that is not turned, found /Rotate {page.rotation}")
    for box, margin in ((page.trimbox, 0.0), (page.mediabox, 0.0), (page.mediabox, BLEED)):
        if _has_size(box, TRIM_WIDTH + 2 * margin, TRIM_HEIGHT + 2 * margin):
            return float(box.left) + margin, float(box.bottom) + margin
    found = " × ".join(f"{float(side) / POINTS_PER_MM:.1f}" for side in (page.mediabox.width, page.mediabox.height))
    expected = f"{PAGE_WIDTH_MM + 2 * BLEED_MM:g} × {PAGE_HEIGHT_MM + 2 * BLEED_MM:g} mm with {BLEED_MM:g} mm bleed"
    raise TemplateError(
        f"{name}: expected a page of {expected}, or {PAGE_WIDTH_MM:g} × {PAGE_HEIGHT_MM:g} mm, found {found} mm"
    )


def _has_size(box: RectangleObject, width: float, height: float) -> bool:
    return abs(float(box.width) - width) <= _TOLERANCE and abs(float(box.height) - height) <= _TOLERANCE
