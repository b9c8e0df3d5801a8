"""The `strokes` recipe: long brush strokes in thick paint that follow the forms, layer on layer from broad to fine.

Made for Van Gogh; with other values it paints Munch's waves or Hokusai's currents. Sizes are in pixels for a painting whose
long side is 1024; the engine scales them.
"""

from typing import Literal

from pydantic import Field

from articket_artists.block import Block
from articket_artists.colour import Colour
from articket_artists.looks.colouring import Colouring, Share, Variation


class StrokeLayer(Block):
    """One layer of strokes of about the same size."""

    radius: float = Field(ge=0.5, le=60, description="Half the width of a stroke in px.")
    length: float = Field(default=7, ge=1, le=20, description="Length of a stroke in widths.")
    coverage: float = Field(default=1.3, ge=0.05, le=6, description="How many times the layer covers what it paints.")
    detail: tuple[float, float] = Field(
        default=(0, 0),
        description="Paint only where there is detail: no stroke below the first share (0 to 1), all above the second. "
        "Equal: everywhere.",
    )
    bristles: int = Field(
        default=3, ge=0, le=8, description="Streaks of other shades in each stroke, as a loaded brush leaves them."
    )


class Swirl(Block):
    """Currents that strokes follow where the photo is calm: a sky, a wall."""

    strength: float = Field(default=1.0, ge=0, le=4, description="How far they outweigh the photo's own forms; 0: none.")
    subject: Share = Field(default=0.06, description="Share of the strength that reaches into the subject.")
    wave: float = Field(default=460, ge=20, le=4000, description="Distance between the large waves in px.")
    eddies: int = Field(default=7, ge=0, le=40, description="How many eddies turn in the picture.")
    eddy: float = Field(default=85, ge=10, le=500, description="Radius of an eddy in px.")
    halo: float = Field(default=0.6, ge=0, le=4, description="How strongly the currents run around the subject.")
    bands: float = Field(default=7, ge=0, le=30, description="How much lighter and darker neighbouring currents are, in L.")


class Contour(Block):
    """Dark lines along the edges, drawn last."""

    colour: Colour = Field(default="#12224a", description="Colour of the line; a third of what lies below mixes in.")
    radius: float = Field(default=1.9, ge=0.3, le=12, description="Half the width of the line in px.")
    length: float = Field(default=14, ge=2, le=120, description="Length of one dash in px.")
    strength: Share = Field(default=0.5, description="How many of the edges are drawn; 0: none.")
    face: Share = Field(default=0.4, description="Share of the strength in faces.")


class Impasto(Block):
    """Thick paint in slanting light."""

    depth: float = Field(
        default=1.0, ge=0, le=4, description="How strongly ridges and edges of paint catch the light; 0: flat."
    )
    bristle: float = Field(default=0.5, ge=0, le=4, description="The part of the finest hairs of the brush in it.")
    face: Share = Field(default=0.5, description="Share of the depth in faces: deep ridges across an eye would hide it.")
    shine: Share = Field(default=0.15, description="Highlights on wet ridges.")
    light: float = Field(
        default=-130, ge=-180, le=180, description="Where the light comes from, in degrees: 0 right, -90 above."
    )


class Strokes(Block):
    """The parameters of the `strokes` recipe. Every field has a default, so that `{recipe: strokes}` alone paints."""

    recipe: Literal["strokes"] = "strokes"
    colouring: Colouring = Colouring()
    ground: Colour = Field(default="#c9b48a", description="Colour of the primed canvas.")
    ground_shows: Share = Field(default=0.15, description="How far it shines through the first thin paint.")
    layers: tuple[StrokeLayer, ...] = Field(
        default=(
            StrokeLayer(radius=15, length=7.5, coverage=1.3, bristles=5),
            StrokeLayer(radius=8.5, length=7.5, coverage=1.4, bristles=4),
            StrokeLayer(radius=5, length=7, coverage=1.4, detail=(0.12, 0.40), bristles=3),
            StrokeLayer(radius=2.9, length=6, coverage=1.5, detail=(0.34, 0.75), bristles=1),
        ),
        min_length=1,
        max_length=8,
        description="Layers of paint, the first below.",
    )
    variation: Variation = Variation()
    streaks: float = Field(
        default=1.0, ge=0, le=4, description="How far the streaks in a stroke differ from it: two paints on a brush"
    )
    inertia: Share = Field(default=0.15, description="How far strokes go on straight instead of following the form.")
    face_radius: float = Field(default=0.65, ge=0.2, le=2, description="Factor on the radius of strokes in faces.")
    features: float = Field(
        default=1.0, ge=0, le=3, description="How finely eyes and mouths are worked out; 0 leaves them to the other layers."
    )
    swirl: Swirl = Swirl()
    contour: Contour = Contour()
    impasto: Impasto = Impasto()
