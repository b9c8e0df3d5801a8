"""Drawing the slots with reportlab, in millimetres from the finished ticket's top left corner.

An overlay has two pages, because the template's foreground comes between them: pictures first, then words and codes.
`composing.py` decides what is drawn; this module knows how.
"""

import io
from collections.abc import Generator
from contextlib import contextmanager

from reportlab import rl_config
from reportlab.lib.colors import HexColor
from reportlab.pdfgen.canvas import Canvas

from articket_artists.slots import Box, PaintingSlot, PhotoSlot, QrSlot, SerialSlot, TextSlot
from articket_ticket.lettering import Fitted, Style, fit
from articket_ticket.picturing import Frame, Jpeg
from articket_ticket.qr_code import QrCode
from articket_ticket.templates import BLEED, MEDIA_HEIGHT, MEDIA_WIDTH, POINTS_PER_MM
from articket_ticket.typefaces import typeface

PictureSlot = PaintingSlot | PhotoSlot
WordsSlot = TextSlot | SerialSlot


rl_config.useA85 = 0  # fonts as they are, not written out as text that is a quarter longer


class _Canvas(Canvas):
    """A canvas that does not choose Helvetica at the top of every page: that font would be in the file, and not embedded."""

    def _make_preamble(self) -> None:
        self._preamble = "1 0 0 1 0 0 cm"


class Overlay:
    """A PDF of two pages in the making: call `next_page` between pictures and words, and `finish` at the end.

    The pictures themselves are not in it: the page calls for them by the names in `pictures`, and `composing.py` adds them.
    reportlab would decode each one just to find out whether it has it already.
    """

    def __init__(self) -> None:
        self.pictures: dict[str, Jpeg] = {}
        self._stream = io.BytesIO()
        # invariant: no dates and no random ids, so the same ticket has the same bytes
        self._canvas = _Canvas(self._stream, pagesize=(MEDIA_WIDTH, MEDIA_HEIGHT), pageCompression=1, invariant=1)

    def next_page(self) -> None:
        """End the first page."""
        self._canvas.showPage()

    def finish(self) -> bytes:
        """End the last page and return the file."""
        self._canvas.showPage()
        self._canvas.save()
        return self._stream.getvalue()

    def draw_picture(self, slot: PictureSlot, jpeg: Jpeg) -> None:
        """Place a picture that was made for `frame_of(slot)`."""
        frame = frame_of(slot)
        with self._in_box(slot.box, slot.rotate_deg):
            share = 1.0 if frame.fit == "cover" else min(frame.width / jpeg.width, frame.height / jpeg.height)
            width, height = (frame.width, frame.height) if frame.fit == "cover" else (jpeg.width * share, jpeg.height * share)
            x, y = (frame.width - width) / 2, -(frame.height + height) / 2
            radius = min(slot.radius_mm * POINTS_PER_MM, width / 2, height / 2)
            self._draw_clipped(jpeg, (x, y, width, height), radius)
            if slot.border:
                line = slot.border.width_mm * POINTS_PER_MM
                self._canvas.setStrokeColor(HexColor(slot.border.colour))
                self._canvas.setLineWidth(line)
                inside = (x + line / 2, y + line / 2, width - line, height - line)
                self._canvas.roundRect(*inside, max(0.0, radius - line / 2), stroke=1, fill=0)

    def draw_words(self, slot: WordsSlot, text: str) -> Fitted:
        """Set a text in its slot, and tell how it went."""
        written = text.upper() if slot.uppercase else text
        fitted = fit(written, style_of(slot), slot.box.width * POINTS_PER_MM, slot.box.height * POINTS_PER_MM)
        with self._in_box(slot.box, slot.rotate_deg):
            self._canvas.setFillColor(HexColor(slot.colour))
            for line in fitted.lines:
                letters = self._canvas.beginText(line.x, -line.y)
                for face, run in line.runs:
                    letters.setFont(face.name, fitted.size_pt)
                    letters.textOut(run)
                self._canvas.drawText(letters)
        return fitted

    def draw_qr_code(self, slot: QrSlot, code: QrCode) -> None:
        """Draw a code as a square in the middle of its slot."""
        side = min(slot.box.width, slot.box.height)
        if slot.background:
            with self._in_box(slot.box, slot.rotate_deg):
                self._canvas.setFillColor(HexColor(slot.background))
                self._canvas.rect(0, 0, slot.box.width * POINTS_PER_MM, -slot.box.height * POINTS_PER_MM, stroke=0, fill=1)
        left, top = slot.box.x + (slot.box.width - side) / 2, slot.box.y + (slot.box.height - side) / 2
        self._fill_modules(slot, code, Box(left, top, side, side))

    def _fill_modules(self, slot: QrSlot, code: QrCode, square: Box) -> None:
        with self._in_box(square, slot.rotate_deg):
            module = square.width * POINTS_PER_MM / code.side
            dark = self._canvas.beginPath()
            for (x, y), *others in code.outlines:
                dark.moveTo(x * module, -y * module)
                for x, y in others:
                    dark.lineTo(x * module, -y * module)
                dark.close()
            self._canvas.setFillColor(HexColor(slot.colour))
            self._canvas.drawPath(dark, stroke=0, fill=1)

    def _draw_clipped(self, jpeg: Jpeg, place: tuple[float, float, float, float], radius: float) -> None:
        self._canvas.saveState()
        if radius:
            outline = self._canvas.beginPath()
            outline.roundRect(*place, radius)
            self._canvas.clipPath(outline, stroke=0, fill=0)
        x, y, width, height = place
        name = f"Picture{len(self.pictures) + 1}"
        self.pictures[name] = jpeg
        self._canvas.addLiteral(f"{width:.4f} 0 0 {height:.4f} {x:.4f} {y:.4f} cm /{name} Do")
        self._canvas.restoreState()

    @contextmanager
    def _in_box(self, box: Box, rotate_deg: float) -> Generator[None]:
        """Draw in points from the box's top left corner, with y up: what is inside the box has a negative y."""
        width, height = box.width * POINTS_PER_MM, box.height * POINTS_PER_MM
        self._canvas.saveState()
        self._canvas.translate(BLEED + box.x * POINTS_PER_MM, MEDIA_HEIGHT - BLEED - box.y * POINTS_PER_MM)
        if rotate_deg:
            self._canvas.translate(width / 2, -height / 2)
            self._canvas.rotate(-rotate_deg)
            self._canvas.translate(-width / 2, height / 2)
        yield
        self._canvas.restoreState()


def frame_of(slot: PictureSlot) -> Frame:
    """The place that a slot gives to its picture."""
    return Frame(slot.box.width * POINTS_PER_MM, slot.box.height * POINTS_PER_MM, slot.fit)


def style_of(slot: WordsSlot) -> Style:
    """How a slot's words are set; what its font lacks is taken from sans."""
    chosen, sans = typeface(slot.font, slot.weight), typeface("sans", slot.weight)
    return Style(
        faces=(chosen,) if chosen is sans else (chosen, sans),
        size_pt=slot.size_pt,
        min_size_pt=slot.min_size_pt,
        leading=slot.leading,
        align=slot.align,
        valign=slot.valign,
        max_lines=slot.max_lines,
    )
