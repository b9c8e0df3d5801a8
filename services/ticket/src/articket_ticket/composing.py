"""Making a ticket: the artist's template, the pictures, the template's foreground, and the words, as one PDF page.

`servicer.py` calls this in a thread; `previewing.py` makes the PNG of the result.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass

from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    BooleanObject,
    DecodedStreamObject,
    DictionaryObject,
    IndirectObject,
    NameObject,
    NumberObject,
    RectangleObject,
    StreamObject,
    TextStringObject,
)

from articket_artists import LoadedArtist
from articket_artists.slots import PaintingSlot, PhotoSlot, QrSlot, SerialSlot, Slot, TextSlot
from articket_ticket.drawing import Overlay, PictureSlot, WordsSlot, frame_of
from articket_ticket.lettering import Fitted
from articket_ticket.order import Ticket, TicketOrder
from articket_ticket.picturing import Decoded, Jpeg, Picture, decode, fitted_jpeg
from articket_ticket.qr_code import make_qr_code
from articket_ticket.templates import (
    BLEED,
    MEDIA_HEIGHT,
    MEDIA_WIDTH,
    TRIM_HEIGHT,
    TRIM_WIDTH,
    Layer,
    add_stream,
    as_layer,
    read_template,
)
from articket_ticket.typefaces import typeface

MAX_PDF_BYTES = 700_000
WORDS_BYTES = 70_000
"""What is set aside for words, fonts and the file's frame: enough for three hundred different characters."""
LEAST_PICTURES_BYTES = 100_000
"""What pictures get beside a template that takes nearly all: then the ticket is larger than promised, but not ugly."""

_MEDIA_BOX = RectangleObject((0, 0, MEDIA_WIDTH, MEDIA_HEIGHT))
_TRIM_BOX = RectangleObject((BLEED, BLEED, BLEED + TRIM_WIDTH, BLEED + TRIM_HEIGHT))


@dataclass(frozen=True)
class _Design:
    """An artist's ticket, ready to print on."""

    digest: str
    slots: tuple[Slot, ...]
    template: Layer
    foreground: Layer | None
    pictures_bytes: int
    """What the template leaves for the pictures."""


class Composer:
    """Makes tickets. It keeps each artist's template as it was read, until the artist's folder changes.

    Not for several threads at once: reportlab's fonts are shared by all documents.
    """

    def __init__(self) -> None:
        self._designs: dict[str, _Design] = {}

    def compose(self, artist: LoadedArtist, order: TicketOrder) -> Ticket:
        """Make one ticket; the same input gives the same bytes. Raises `PictureError` and `TemplateError`."""
        design = self._design(artist)
        notices: list[str] = []
        overlay = Overlay()
        for slot, jpeg in _pictures(design, order, notices):
            overlay.draw_picture(slot, jpeg)
        overlay.next_page()
        words = _Words(artist, order)
        for slot in design.slots:
            if isinstance(slot, QrSlot):
                overlay.draw_qr_code(slot, make_qr_code(order.visit_url))
            elif isinstance(slot, TextSlot | SerialSlot):
                name = _name(slot)
                notices += _words_notices(name, overlay.draw_words(slot, words.of(slot)))
        return Ticket(_merged(design, overlay, order), tuple(dict.fromkeys(notices)))

    def _design(self, artist: LoadedArtist) -> _Design:
        design = self._designs.get(artist.id)
        if design is None or design.digest != artist.digest:
            design = self._designs[artist.id] = _read_design(artist)
        return design


@dataclass(frozen=True)
class _Words:
    artist: LoadedArtist
    order: TicketOrder

    def of(self, slot: WordsSlot) -> str:
        """What is printed in the slot."""
        if isinstance(slot, SerialSlot):
            sign = "№" if typeface(slot.font, slot.weight).has("№") else "No."
            return f"{sign} {self.order.number}"
        artist, order = self.artist.artist, self.order
        written = {
            "name": artist.name.in_language(order.language),
            "personality.title": artist.personality.title.in_language(order.language),
            "personality.text": artist.personality.text.in_language(order.language),
            "caption": order.caption,
            "because": order.because,
            "number": order.number,
            "date": order.date,
            "booth": order.booth,
        }
        return written[slot.of]


def _read_design(artist: LoadedArtist) -> _Design:
    ticket = artist.artist.ticket
    template = read_template(artist.template_pdf, f"{artist.id}/{ticket.template}")
    foreground = read_template(artist.foreground_pdf, f"{artist.id}/{ticket.foreground}") if artist.foreground_pdf else None
    left = MAX_PDF_BYTES - WORDS_BYTES - len(artist.template_pdf) - len(artist.foreground_pdf or b"")
    return _Design(artist.digest, ticket.slots, template, foreground, max(left, LEAST_PICTURES_BYTES))


def _pictures(design: _Design, order: TicketOrder, notices: list[str]) -> list[tuple[PictureSlot, Jpeg]]:
    """The slots whose picture is there, in the order of the list, with the picture. The smallest get their bytes first."""
    slots = [slot for slot in design.slots if isinstance(slot, PaintingSlot | PhotoSlot)]
    notices += [f"picture missing: {_name(slot)}" for slot in slots if _picture(slot, order) is None]
    slots = [slot for slot in slots if _picture(slot, order)]
    decoded = _decoded(slots, order)
    jpegs: dict[int, Jpeg] = {}
    bytes_left, area_left = design.pictures_bytes, sum(map(_area, slots))
    for index, slot in sorted(enumerate(slots), key=lambda item: _area(item[1])):
        share = _area(slot) / area_left
        jpegs[index] = fitted_jpeg(decoded[_name(slot)], frame_of(slot), int(bytes_left * share))
        bytes_left -= len(jpegs[index].encoded)
        area_left -= _area(slot)
    return [(slot, jpegs[index]) for index, slot in enumerate(slots)]


def _decoded(slots: Sequence[PictureSlot], order: TicketOrder) -> dict[str, Decoded]:
    """Each picture by its name, decoded once for all of its slots."""
    decoded: dict[str, Decoded] = {}
    for slot in slots:
        name, picture = _name(slot), _picture(slot, order)
        if picture and name not in decoded:
            decoded[name] = decode(picture, name, [frame_of(other) for other in slots if _name(other) == name])
    return decoded


def _area(slot: PictureSlot) -> float:
    return slot.box.width * slot.box.height


def _picture(slot: PictureSlot, order: TicketOrder) -> Picture | None:
    if isinstance(slot, PhotoSlot):
        return order.photo
    return order.paintings[slot.rank - 1] if slot.rank <= len(order.paintings) else None


def _name(slot: PictureSlot | WordsSlot) -> str:
    match slot:
        case PaintingSlot():
            return f"painting {slot.rank}"
        case TextSlot():
            return slot.of
        case PhotoSlot() | SerialSlot():
            return slot.kind


def _words_notices(name: str, fitted: Fitted) -> list[str]:
    notices = [f"text shortened: {name}"] if fitted.is_shortened else []
    return [*notices, f"characters left out: {name}"] if fitted.has_gaps else notices


def _merged(design: _Design, overlay: Overlay, order: TicketOrder) -> bytes:
    """The layers on one page, as a file."""
    writer = PdfWriter()
    writer.pdf_header = "%PDF-1.7"
    pictures, words = (as_layer(page) for page in PdfReader(io.BytesIO(overlay.finish())).pages)
    called = {NameObject(f"/{name}"): add_stream(writer, _image(jpeg)) for name, jpeg in overlay.pictures.items()}
    pictures.form[NameObject("/Resources")] = _resources(called)
    layers = {"Template": design.template, "Pictures": pictures, "Foreground": design.foreground, "Words": words}
    page = writer.add_blank_page(MEDIA_WIDTH, MEDIA_HEIGHT)
    content = DecodedStreamObject()
    content.set_data(" ".join(f"q /{name} Do Q" for name, layer in layers.items() if layer).encode())
    forms = {NameObject(f"/{name}"): layer.add_to(writer) for name, layer in layers.items() if layer}
    page[NameObject("/Resources")] = _resources(forms)
    page[NameObject("/Contents")] = add_stream(writer, content)
    page.mediabox = page.bleedbox = _MEDIA_BOX
    page.trimbox = page.cropbox = page.artbox = _TRIM_BOX
    writer.add_metadata({"/Title": f"Articket {order.number}", "/Producer": "Articket"})
    writer.root_object[NameObject("/Lang")] = TextStringObject(order.language)
    writer.root_object[NameObject("/ViewerPreferences")] = DictionaryObject(
        {NameObject("/DisplayDocTitle"): BooleanObject(True)}
    )
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


def _resources(named: dict[NameObject, IndirectObject]) -> DictionaryObject:
    return DictionaryObject({NameObject("/XObject"): DictionaryObject(named)})


def _image(jpeg: Jpeg) -> StreamObject:
    """The picture as an image XObject: the JPEG's bytes are the stream."""
    image = StreamObject()
    image.set_data(jpeg.encoded)
    entries = {
        "/Type": NameObject("/XObject"),
        "/Subtype": NameObject("/Image"),
        "/Width": NumberObject(jpeg.width),
        "/Height": NumberObject(jpeg.height),
        "/BitsPerComponent": NumberObject(8),
        "/ColorSpace": NameObject("/DeviceGray" if jpeg.is_grey else "/DeviceRGB"),
        "/Filter": NameObject("/DCTDecode"),
    }
    image.update({NameObject(key): value for key, value in entries.items()})
    return image
