"""The `halftone` recipe: a few flat printing inks, a screen of dots, bold ink lines. Lichtenstein is one setting of it."""

from typing import Annotated, Literal

from pydantic import Field

from articket_artists.block import Block
from articket_artists.colour import Colour

Backdrop = Literal["keep", "yellow", "blue-dots", "red-dots"]


class Inks(Block):
    """The five inks on the press, by the part they play; any colours may play them."""

    paper: Colour = Field("#fcf7ec", description="The paper: lights, teeth, the white of the eyes.")
    red: Colour = Field("#de202c", description="The warm ink: lips, skin as dots, everything reddish.")
    yellow: Colour = Field("#ffd600", description="The light ink: fair hair, backdrops, everything yellowish.")
    blue: Colour = Field("#084ea8", description="The cool ink: skies, shadows on white as dots, everything bluish.")
    black: Colour = Field("#101014", description="The ink of lines, darkest places and dark hair.")


class Halftone(Block):
    """The parameters of the `halftone` recipe. Every field has a default, so that `{recipe: halftone}` alone paints.

    Lengths are for a picture of 1024 px on its long side and grow with the picture.
    """

    recipe: Literal["halftone"] = "halftone"
    inks: Inks = Field(Inks(), description="The inks. A colour between two of them is printed as dots of one on the other.")
    screen: Literal["dots", "lines", "flat"] = Field(
        "dots", description="How two inks mix: dots, parallel lines, or no screen at all but their flat mixture."
    )
    pitch_px: float = Field(
        11.5,
        ge=4,
        le=40,
        description="Distance between dots or lines in pixels; smaller by itself where the largest face is small.",
    )
    angle_deg: float = Field(45.0, ge=-90, le=90, description="Turn of the screen in degrees.")
    coverage: float = Field(1.0, ge=0.3, le=1.8, description="Size of the dots: how much paper they cover, times the usual.")
    line_weight: float = Field(1.0, ge=0, le=3, description="Width of the ink lines, times the usual; 0 draws none.")
    line_detail: float = Field(1.0, ge=0.3, le=2.5, description="How faint an edge still gets a line; more draws more.")
    simplify: float = Field(
        1.0, ge=0.3, le=5, description="How far shapes are rounded and small ones swallowed by their neighbours; 5 is a poster."
    )
    portraits: bool = Field(
        True, description="Draw faces as a comic does: skin as dots, red lips, clear eyes, hair in one ink."
    )
    backdrops: Annotated[tuple[Backdrop, ...], Field(min_length=1)] = Field(
        ("yellow", "blue-dots"),
        description="What a grey or white wall behind people becomes; the seed chooses one. Dots fade towards the ground.",
    )
