"""The `halftone` recipe: five flat printing inks, a screen of dots, bold ink lines.

Made for Lichtenstein; with other inks it prints Hokusai's woodblocks or Warhol's posters. Sizes are in pixels for a picture
whose long side is 1024; the engine scales them.
"""

from typing import Annotated, Literal

from pydantic import Field

from articket_artists.block import Block
from articket_artists.colour import Colour

Backdrop = Literal["keep", "yellow", "blue-dots", "red-dots"]


class Inks(Block):
    """The five inks on the press, by the part they play; any colours may play them."""

    paper: Colour = Field(default="#fcf7ec", description="The paper: lights, teeth, the white of the eyes.")
    red: Colour = Field(default="#de202c", description="The warm ink: lips, skin as dots, everything reddish.")
    yellow: Colour = Field(default="#ffd600", description="The light ink: fair hair, backdrops, everything yellowish.")
    blue: Colour = Field(default="#084ea8", description="The cool ink: skies, shadows on white as dots, everything bluish.")
    black: Colour = Field(default="#101014", description="The ink of lines, darkest places and dark hair.")


class Halftone(Block):
    """The parameters of the `halftone` recipe. Every field has a default, so that `{recipe: halftone}` alone paints."""

    recipe: Literal["halftone"] = "halftone"
    inks: Inks = Field(
        default=Inks(), description="The inks. A colour between two of them is printed as dots of one on the other."
    )
    screen: Literal["dots", "lines", "flat"] = Field(
        default="dots", description="How two inks mix: dots, parallel lines, or no screen at all but their flat mixture."
    )
    pitch_px: float = Field(
        default=11.5,
        ge=4,
        le=40,
        description="Distance between dots or lines in pixels; smaller by itself where the largest face is small.",
    )
    angle_deg: float = Field(default=45.0, ge=-90, le=90, description="Turn of the screen in degrees.")
    coverage: float = Field(
        default=1.0, ge=0.3, le=1.8, description="Size of the dots: how much paper they cover, times the usual."
    )
    line_weight: float = Field(default=1.0, ge=0, le=3, description="Width of the ink lines, times the usual; 0 draws none.")
    line_detail: float = Field(default=1.0, ge=0.3, le=2.5, description="How faint an edge still gets a line; more draws more.")
    simplify: float = Field(
        default=1.0,
        ge=0.3,
        le=5,
        description="How far shapes are rounded and small ones swallowed; 5 is a poster.",
    )
    portraits: bool = Field(
        default=True, description="Draw faces as a comic does: skin as dots, red lips, clear eyes, hair in one ink."
    )
    backdrops: Annotated[tuple[Backdrop, ...], Field(min_length=1)] = Field(
        default=("yellow", "blue-dots"),
        description="What a grey or white wall behind people becomes; the seed chooses one. Dots fade towards the ground.",
    )
