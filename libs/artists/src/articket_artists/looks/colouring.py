"""What an artist makes of a photo's colours, the same for the recipes that lay brush strokes (`strokes`, `dabs`).

Colours are named as the artist would mix them; the engine works out, light by light, what becomes what.
"""

from typing import Annotated

from pydantic import Field

from articket_artists.block import Block
from articket_artists.colour import Colour

Share = Annotated[float, Field(ge=0, le=1)]


class Tone(Block):
    """Light and dark. Lightness is CIE L: 0 is black, 100 is white."""

    darkest: float = Field(default=8, ge=0, le=40, description="Lightness of the darkest paint.")
    lightest: float = Field(default=97, ge=60, le=100, description="Lightness of the lightest paint.")
    middle: float = Field(default=56, ge=30, le=75, description="Lightness that half of the picture lies below.")
    amount: Share = Field(default=0.7, description="0 keeps the photo's own light, 1 levels it wholly.")


class Ramp(Block):
    """The hues that something takes in shadow, in half light and in light."""

    colours: tuple[Colour, ...] = Field(
        min_length=1, max_length=8, description="Colours in any order; each is used where the picture is as light as it is."
    )
    greys: Share = Field(default=0.6, description="How far what is grey takes these hues: 0 not, 1 wholly.")
    hues: Share = Field(default=0.2, description="How far what has a colour of its own takes these hues: 0 not, 1 wholly.")
    darkest: float = Field(default=0, ge=0, le=60, description="Lightness (CIE L) that black becomes.")
    lightest: float = Field(default=100, ge=40, le=100, description="Lightness (CIE L) that white becomes.")


class Flesh(Ramp):
    """The hues of skin and fur, around the faces that are found."""

    blush: Colour = Field(default="#e0603f", description="Colour of cheeks, nose and lips.")
    blush_amount: Share = Field(default=0.2, description="How much of it they take.")


class Patches(Block):
    """Soft patches of other hues in the background, so that no wall stays a wall."""

    colours: tuple[Colour, ...] = Field(default=(), max_length=6, description="Hues of the patches; none: no patches.")
    size: float = Field(default=60, ge=10, le=400, description="Distance between patches in px at a long side of 1024.")
    amount: Share = Field(default=0.4, description="How far they colour the background.")
    subject: Share = Field(default=0.1, description="How far they reach into the subject, as a share of the amount.")


class Colouring(Block):
    """From the photo's colours to the artist's, in this order: tone, chroma, ramps, patches, palette."""

    tone: Tone = Tone()
    chroma: float = Field(default=1.3, ge=0, le=3, description="Factor on how colourful dull colours are.")
    background: Ramp = Field(
        default=Ramp(colours=("#1c3f8c", "#4f94cd", "#bfe3ea")), description="What lies behind the subject."
    )
    subject: Ramp = Field(
        default=Ramp(colours=("#14204a", "#55708c", "#f3ead2"), greys=0.5, hues=0.1),
        description="Clothes, hair, things; the whole picture when nothing stands out from it.",
    )
    flesh: Flesh = Field(default=Flesh(colours=("#4a4a3a", "#b8764a", "#f2d39b"), greys=0.5, hues=0.4))
    patches: Patches = Patches()
    palette: tuple[Colour, ...] = Field(
        default=("#102a5c", "#1d4f9f", "#4f94cd", "#2f6f5a", "#e0b11b", "#c9743a", "#8f2a26", "#f5ecd0"),
        min_length=2,
        max_length=32,
        description="The pigments on the artist's palette.",
    )
    palette_pull: Share = Field(default=0.35, description="How far each stroke's colour is pulled to the nearest pigments.")


class Variation(Block):
    """How much one stroke differs from the next, as standard deviations in CIE Lab units."""

    lightness: float = Field(default=3.5, ge=0, le=20, description="Lighter and darker.")
    red_green: float = Field(default=4, ge=0, le=30, description="Redder and greener.")
    yellow_blue: float = Field(default=7, ge=0, le=30, description="Yellower and bluer.")
    face: float = Field(default=0.6, ge=0, le=2, description="Factor on all of them in faces.")
