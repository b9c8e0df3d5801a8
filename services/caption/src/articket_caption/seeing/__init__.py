"""Looks at a photo and says only what is certain: faces, a cat, colours, light, the format, the open air.

`look` puts together what `faces`, `cats`, `colours`, `light` and `places` see; `articket_caption.wording` makes sentences of
it. Pure functions over a picture: no files but the weights of the face finder, no gRPC, no asyncio.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from articket_caption.seeing.cats import find_cat
from articket_caption.seeing.colours import Colour, name_colours
from articket_caption.seeing.faces import Faces, find_faces
from articket_caption.seeing.light import Light, judge_light
from articket_caption.seeing.pictures import BadPictureError, Picture, decode
from articket_caption.seeing.places import is_open_air

__all__ = ["BadPictureError", "Colour", "Faces", "Format", "Light", "Picture", "Sight", "decode", "look"]

# The longer side may be this much longer before a picture is called upright or wide.
SQUARE_RATIO = 1.06


class Format(StrEnum):
    """How the picture is held."""

    UPRIGHT = "upright"
    WIDE = "wide"
    SQUARE = "square"


@dataclass(frozen=True)
class Sight:
    """What was seen. What is not certain is not in here."""

    format: Format
    faces: Faces
    has_cat: bool
    colours: tuple[Colour, ...]
    """The main ones, the strongest first; none when the photo has no colour or none that leads."""
    is_colourless: bool
    """Black and white."""
    light: Light | None
    is_open_air: bool


def look(picture: Picture) -> Sight:
    """Look at a decoded picture."""
    faces = find_faces(picture)
    colours = name_colours(picture, apart_from=faces.boxes)
    return Sight(
        format=_format(picture),
        faces=faces,
        # A cat beside a person would be a find, but a person taken for a cat is an insult.
        has_cat=not faces.any and find_cat(picture),
        colours=colours.main,
        is_colourless=colours.is_colourless,
        light=judge_light(picture),
        is_open_air=is_open_air(picture, has_portrait=faces.is_portrait),
    )


def _format(picture: Picture) -> Format:
    height, width = picture.shape[:2]
    if max(height, width) < SQUARE_RATIO * min(height, width):
        return Format.SQUARE
    return Format.UPRIGHT if height > width else Format.WIDE
