"""The `facets` recipe: the picture cut into planes that slide against each other, in oil, with ink contours.

Made for Picasso's portraits of 1937, where a face is seen from the front and from the side at once; with a palette of browns
and without the drawn faces it paints Braque. Sizes are in pixels for a painting whose long side is 1024; the engine scales
them.
"""

from typing import Annotated, Literal

from pydantic import Field

from articket_artists.block import Block
from articket_artists.colour import Colour

Tones = tuple[Colour, Colour, Colour]
"""One pigment in shade, as it is, and in light."""

BLACK: Tones = ("#231e1d", "#403733", "#65574d")
GREY: Tones = ("#595f65", "#949699", "#c8c6c3")
CREAM: Tones = ("#bcaf9e", "#e5d9c0", "#f8f3e4")
YELLOW: Tones = ("#b5822b", "#e6b533", "#f8e065")
OCHRE: Tones = ("#97582c", "#cb7f3b", "#e9a961")
VERMILION: Tones = ("#931c15", "#d63223", "#ed7155")
ROSE: Tones = ("#a75361", "#db8a93", "#f3c0be")
EMERALD: Tones = ("#1a4534", "#267b51", "#71af69")
LIME: Tones = ("#4b6547", "#839f58", "#bbcf7a")
COBALT: Tones = ("#003374", "#005fb0", "#4b97cf")
TURQUOISE: Tones = ("#037193", "#4fa6c2", "#a7d3de")
VIOLET: Tones = ("#523374", "#8961a8", "#bfa0d0")
PEACH: Tones = ("#b06a48", "#e7a582", "#f9d9c2")
SAND: Tones = ("#a98452", "#dcb98a", "#f3e2c0")


class Skin(Block):
    """The pigments of one face's two halves."""

    near: Tones = Field(description="The half that is seen from the side, in shade, middle and light.")
    far: Tones = Field(description="The half that is seen from the front.")


class Views(Block):
    """Faces drawn from two sides at once: a profile over a face that looks at us. Without them faces are facets too."""

    skins: Annotated[tuple[Skin, ...], Field(min_length=1, max_length=40)] = Field(
        default=(
            Skin(near=PEACH, far=TURQUOISE),
            Skin(near=OCHRE, far=ROSE),
            Skin(near=PEACH, far=YELLOW),
            Skin(near=OCHRE, far=TURQUOISE),
            Skin(near=SAND, far=ROSE),
            Skin(near=PEACH, far=VIOLET),
            Skin(near=OCHRE, far=YELLOW),
            Skin(near=PEACH, far=LIME),
            Skin(near=CREAM, far=ROSE),
            Skin(near=SAND, far=TURQUOISE),
        ),
        description="Pairs of pigments for a face; the seed chooses one for each face.",
    )
    eyes: Annotated[tuple[Colour, ...], Field(min_length=1, max_length=20)] = Field(
        default=("#146e96", "#2f8a3c", "#b43c28", "#78407c", "#a0641e"),
        description="Colours of the irises; each eye gets one of its own.",
    )
    lips: Colour = Field(default="#d6331f", description="Colour of the lips.")
    displacement: float = Field(
        default=1.0, ge=0, le=2.5, description="How far halves and eyes are moved and turned, times the usual; 0: in place."
    )
    eye_size: float = Field(default=1.0, ge=0.5, le=1.6, description="Size of the eyes, times the usual.")


class Facets(Block):
    """The parameters of the `facets` recipe. Every field has a default, so that `{recipe: facets}` alone paints."""

    recipe: Literal["facets"] = "facets"
    palette: Annotated[tuple[Tones, ...], Field(min_length=2, max_length=24)] = Field(
        default=(
            BLACK,
            GREY,
            CREAM,
            YELLOW,
            OCHRE,
            VERMILION,
            ROSE,
            EMERALD,
            LIME,
            COBALT,
            TURQUOISE,
            VIOLET,
        ),
        description="The pigments, each in shade, middle and light: everything is painted with them.",
    )
    ink: Colour = Field(default="#1a1416", description="Colour of contours and drawing.")
    ground: Colour = Field(default="#d8c7a4", description="Colour of the canvas before it is painted.")
    facets: int = Field(default=46, ge=2, le=160, description="Number of facets.")
    bend: float = Field(default=1.0, ge=0, le=4, description="How far the cuts between facets are bent; 0: straight.")
    shift: float = Field(
        default=1.0, ge=0, le=3, description="How far facets slide, turn and swell, times the usual; 0: the photo's order."
    )
    recolour: float = Field(
        default=0.45, ge=0, le=1, description="Share of the background's facets that take a neighbouring pigment."
    )
    recolour_subject: float = Field(default=0.2, ge=0, le=1, description="The same for the subject.")
    planes: int = Field(default=8, ge=3, le=14, description="Number of the photo's own tones that are told apart.")
    stripes: float = Field(
        default=0.12, ge=0, le=1, description="Share of the facets that are striped like cloth or wallpaper."
    )
    contour: float = Field(default=1.0, ge=0, le=3, description="Width of the contours, times the usual; 0 draws none.")
    drawing: float = Field(
        default=1.0, ge=0, le=2, description="How many lines of the photo are drawn inside of the planes; 0 draws none."
    )
    stroke: float = Field(default=10, ge=3, le=30, description="Half the width of the brush in px.")
    impasto: float = Field(default=1.0, ge=0, le=3, description="How strongly the marks of the brush catch the light; 0: flat.")
    views: Views | None = Field(
        default=Views(), description="How faces are drawn; null: not at all, they are cut into facets like all else."
    )
