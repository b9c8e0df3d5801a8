"""What goes where on the ticket: the `ticket` block of an artist.

The ticket is a page of 100 × 200 mm. Every slot has a `box_mm`, `[x, y, width, height]` in millimetres from the top
left corner of the finished (trimmed) ticket, y downwards. Pictures may reach into the 3 mm around the page that are
cut off; words and codes may not. The ticket service places them; see docs/adding-an-artist.md for the keys in a
table.
"""

import math
from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal, NamedTuple, cast

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from articket_artists.block import Block
from articket_artists.colour import Colour, contrast, luminance
from articket_artists.faults import fault
from articket_artists.folder import FilePath, folder_of

PAGE_WIDTH_MM = 100.0
PAGE_HEIGHT_MM = 200.0
BLEED_MM = 3.0
"""What is printed around the page and cut off."""

MIN_SIDE_MM = 2.0
MIN_QR_SIDE_MM = 14.0
"""A phone reads a 33-module code of this size from a hand's distance, and from the preview on a screen."""
MIN_QR_CONTRAST = 3.0
MAX_TEMPLATE_BYTES = 5 * 2**20
MAX_SLOTS = 60

_BOX = "[x, y, width, height] in millimetres"
_ROUNDING_MM = 0.01


class Box(NamedTuple):
    """A rectangle on the page, in millimetres from the trimmed page's top left corner."""

    x: float
    y: float
    width: float
    height: float

    def turned(self, degrees: float) -> "Box":
        """The upright rectangle that holds this one after turning it about its middle."""
        cos, sin = abs(math.cos(math.radians(degrees))), abs(math.sin(math.radians(degrees)))
        width = self.width * cos + self.height * sin
        height = self.width * sin + self.height * cos
        return Box(self.x + (self.width - width) / 2, self.y + (self.height - height) / 2, width, height)

    def is_inside_page(self, margin_mm: float) -> bool:
        """Whether it lies on the page, or within `margin_mm` around it."""
        margin = margin_mm + _ROUNDING_MM
        return (
            self.x >= -margin
            and self.y >= -margin
            and self.x + self.width <= PAGE_WIDTH_MM + margin
            and self.y + self.height <= PAGE_HEIGHT_MM + margin
        )


def _four_numbers(value: object) -> object:
    """Say in one sentence what is wrong with a box, instead of once for each number."""
    numbers = cast(Sequence[object], value) if isinstance(value, list | tuple) else ()
    if len(numbers) != 4 or not all(isinstance(n, int | float) and not isinstance(n, bool) for n in numbers):
        hint = "four plain numbers, measured from the top left corner of the page, for example [5, 60, 90, 90]"
        raise fault(_BOX, hint=hint)
    return tuple(numbers)


BoxMm = Annotated[
    tuple[float, float, float, float], BeforeValidator(_four_numbers), Field(json_schema_extra={"x-expected": _BOX})
]
Degrees = Annotated[float, Field(ge=-180, le=180)]
Points = Annotated[float, Field(ge=5, le=72)]


class _Placed(Block):
    """Something with a place on the page."""

    reach_mm: ClassVar[float] = 0.0
    """How far it may reach over the edge of the page."""

    box_mm: BoxMm = Field(description="Where it is: from the top left corner of the finished ticket, y downwards.")
    rotate_deg: Degrees = Field(default=0.0, description="Turns the slot about its middle, clockwise, in degrees.")

    @property
    def box(self) -> Box:
        """The slot's rectangle before turning."""
        return Box(*self.box_mm)

    @model_validator(mode="after")
    def _lies_on_the_page(self) -> "_Placed":
        if min(self.box.width, self.box.height) < MIN_SIDE_MM:
            raise fault(f"a width and a height of at least {MIN_SIDE_MM:g} mm", found=_listed(self.box), at=("box_mm",))
        if not self.box.turned(self.rotate_deg).is_inside_page(self.reach_mm):
            raise _off_the_page(self.box, self.reach_mm, is_turned=self.rotate_deg != 0)
        return self


class Border(Block):
    """A line around a picture, inside its box."""

    width_mm: float = Field(gt=0, le=10, description="The line's width.")
    colour: Colour = Field(default="#000000", description="The line's colour.")


class _Picture(_Placed):
    """A picture in its box."""

    reach_mm: ClassVar[float] = BLEED_MM

    fit: Literal["cover", "contain"] = Field(
        default="cover", description="cover fills the box and crops round the picture's focus; contain shows all of it."
    )
    radius_mm: float = Field(default=0.0, ge=0, le=100, description="Rounds the corners; half the side makes a circle.")
    border: Border | None = Field(default=None, description="A line around the picture.")


class PaintingSlot(_Picture):
    """A painting of the visit."""

    kind: Literal["painting"]
    rank: int = Field(default=1, ge=1, le=16, description="1 is the matched artist's painting, 2 the next best match's, …")


class PhotoSlot(_Picture):
    """The photo that the visitor uploaded."""

    kind: Literal["photo"]


class _Lettering(_Placed):
    """How words are set: they wrap at the box's width, shrink down to `min_size_pt`, and end with an ellipsis then."""

    size_pt: Points = Field(description="The type size to begin with.")
    min_size_pt: Points = Field(default=5.0, description="The size down to which words shrink to fit.")
    align: Literal["left", "centre", "right"] = Field(default="left", description="Where lines stand in the box's width.")
    valign: Literal["top", "middle", "bottom"] = Field(default="top", description="Where the words stand in its height.")
    colour: Colour = Field(default="#000000", description="The words' colour.")
    font: Literal["sans", "serif", "poster", "hand"] = Field(
        default="sans", description="Only sans has two weights. What a font lacks is taken from sans."
    )
    weight: Literal["regular", "bold"] = Field(default="regular", description="The type's weight.")
    uppercase: bool = Field(default=False, description="Sets Latin letters in capitals.")
    leading: float = Field(default=1.35, ge=0.8, le=3, description="The distance from line to line, as a multiple of the size.")
    max_lines: int | None = Field(default=None, ge=1, le=60, description="At most so many lines; without it, what fits.")

    @model_validator(mode="after")
    def _shrinks(self) -> "_Lettering":
        if self.min_size_pt > self.size_pt:
            raise fault(f"at most size_pt, which is {self.size_pt:g}", found=f"{self.min_size_pt:g}", at=("min_size_pt",))
        return self


class TextSlot(_Lettering):
    """Words that belong to the artist or to the visit, in the visitor's language."""

    kind: Literal["text"]
    of: Literal["name", "personality.title", "personality.text", "caption", "because", "number", "date", "booth"] = Field(
        description="Which words: the artist's (name, personality) or the visit's (all others)."
    )


class SerialSlot(_Lettering):
    """The ticket's number as it is printed on a stub."""

    kind: Literal["serial"]


class QrSlot(_Placed):
    """The code that leads to the visit, as a square in the middle of the box."""

    kind: Literal["qr"]
    colour: Colour = Field(default="#000000", description="The code's colour: dark.")
    background: Colour | None = Field(default="#ffffff", description="Light; null lets the template show through.")

    @model_validator(mode="after")
    def _can_be_scanned(self) -> "QrSlot":
        if min(self.box.width, self.box.height) < MIN_QR_SIDE_MM:
            raise fault(
                f"a width and a height of at least {MIN_QR_SIDE_MM:g} mm",
                found=_listed(self.box),
                hint="phones cannot read a smaller code",
                at=("box_mm",),
            )
        background = self.background or "#ffffff"
        if contrast(self.colour, background) < MIN_QR_CONTRAST or luminance(self.colour) > luminance(background):
            raise fault(
                "a dark colour on a light background",
                found=f"{self.colour} on {background}",
                hint="many phones read neither pale nor inverted codes",
                at=("colour",),
            )
        return self


Slot = Annotated[PaintingSlot | PhotoSlot | TextSlot | QrSlot | SerialSlot, Field(discriminator="kind")]


class TicketDesign(Block):
    """The PDF page that is printed on, and what is printed where. Slots are drawn in the order of the list."""

    template: FilePath = Field(
        description="A one-page PDF inside the artist's folder: 106 × 206 mm with 3 mm bleed, or 100 × 200 mm without."
    )
    foreground: FilePath | None = Field(
        default=None,
        description="Another such page, see-through, that lies over the pictures and under the words: frames, speech bubbles.",
    )
    slots: tuple[Slot, ...] = Field(
        min_length=2, max_length=MAX_SLOTS, description="What is placed where, each with a kind; see the kinds below."
    )

    @field_validator("template", "foreground")
    @classmethod
    def _is_a_pdf(cls, template: str | None, info: ValidationInfo) -> str | None:
        folder = folder_of(info)
        if folder is None or template is None:
            return template
        if not template.lower().endswith(".pdf"):
            raise fault("a file whose name ends with .pdf")
        if template not in folder.files:
            raise fault("a PDF file in the artist's folder", found=f'no file "{template}"', hint=folder.nearest_hint(template))
        size = folder.files[template]
        if size > MAX_TEMPLATE_BYTES:
            hint = "keep the design vector, and pictures in it at 300 dpi at most"
            raise fault(f"at most {MAX_TEMPLATE_BYTES // 2**20} MiB", found=f"{size // 2**20} MiB", hint=hint)
        _refuse_what_is_no_pdf(folder.read(template, MAX_TEMPLATE_BYTES))
        return template

    @field_validator("slots")
    @classmethod
    def _has_what_every_ticket_needs(cls, slots: tuple[Slot, ...]) -> tuple[Slot, ...]:
        if not any(isinstance(slot, PaintingSlot) and slot.rank == 1 for slot in slots):
            raise fault(
                "a painting slot of rank 1",
                found=_kinds(slots),
                hint="a ticket shows the matched artist's painting: add {kind: painting, box_mm: [5, 5, 90, 90]}",
            )
        if not any(isinstance(slot, QrSlot) for slot in slots):
            raise fault(
                "a qr slot",
                found=_kinds(slots),
                hint="the code leads to the visit's pictures: add {kind: qr, box_mm: [75, 175, 20, 20]}",
            )
        return slots


def _refuse_what_is_no_pdf(content: bytes) -> None:
    if not content.startswith(b"%PDF-"):
        raise fault("a PDF file", found="a file that does not begin with %PDF-", hint="export the design as PDF")
    if b"%%EOF" not in content[-1024:]:
        raise fault("a whole PDF file", found="one that breaks off", hint="copy the file again")


def _off_the_page(box: Box, margin_mm: float, *, is_turned: bool) -> Exception:
    left, right, bottom = 0 - margin_mm, PAGE_WIDTH_MM + margin_mm, PAGE_HEIGHT_MM + margin_mm
    page = f"a box on the page, x from {left:g} to {right:g} and y from {left:g} to {bottom:g} mm"
    ends = f"{_listed(box)}, which ends at x = {box.x + box.width:g}, y = {box.y + box.height:g}"
    hint = "the turned box must lie on the page, too" if is_turned else "the numbers are [x, y, width, height]"
    return fault(page, found=ends, hint=hint, at=("box_mm",))


def _listed(box: Box) -> str:
    return f"[{', '.join(f'{number:g}' for number in box)}]"


def _kinds(slots: tuple[Slot, ...]) -> str:
    return f"only {', '.join(dict.fromkeys(slot.kind for slot in slots))}"
