"""The `dabs` recipe: short, soft, feathery touches of broken colour, wet in wet, with light falling in spots.

Made for Renoir; with other values it paints Monet's gardens or Seurat's points. Sizes are in pixels for a painting whose
long side is 1024; the engine scales them.
"""

from typing import Literal

from pydantic import Field

from articket_artists.block import Block
from articket_artists.colour import Colour
from articket_artists.looks.colouring import Colouring, Flesh, Patches, Ramp, Share, Tone, Variation


class DabLayer(Block):
    """One layer of dabs of about the same size."""

    radius: float = Field(ge=0.5, le=60, description="Half the width of a dab in px.")
    length: float = Field(default=3.3, ge=1, le=20, description="Length of a dab in widths; 1 is a point.")
    coverage: float = Field(default=2, ge=0.05, le=8, description="How many times the layer covers what it paints.")
    detail: tuple[float, float] = Field(
        default=(0, 0),
        description="Paint only where there is detail: no dab below the first share (0 to 1), all above the second. "
        "Equal: everywhere.",
    )
    opacity: float = Field(default=0.75, gt=0, le=1, description="How far the layer hides what is below.")
    hairs: int = Field(default=5, ge=0, le=12, description="Streaks of a dab, ragged at its ends; 0: a smooth shape.")


class BrokenColour(Block):
    """Neighbouring dabs lean to different hues; from afar they mix in the eye."""

    colours: tuple[Colour, ...] = Field(
        default=("#e58fa0", "#f3dc8a", "#8f86c8", "#8fc08a", "#7fb2d6"), max_length=8, description="Hues that dabs lean to."
    )
    amount: Share = Field(default=0.25, description="How far they lean at most.")
    background: float = Field(default=1.4, ge=0, le=4, description="Factor on the amount behind the subject.")
    face: float = Field(default=0.5, ge=0, le=4, description="Factor on the amount in faces.")


class Dapple(Block):
    """Spots of sunlight, as under trees."""

    light: float = Field(default=7, ge=0, le=30, description="How much lighter a spot is, in L.")
    colour: Colour = Field(default="#ffe9b0", description="Hue of the spots.")
    shade: Colour = Field(default="#7f84c4", description="Hue between the spots.")
    size: float = Field(default=36, ge=5, le=300, description="Distance between spots in px.")
    face: Share = Field(default=0.25, description="Share of it that falls on faces.")


class Surface(Block):
    """The finish: soft light, canvas, thin relief."""

    bloom: Share = Field(default=0.2, description="How far light places glow over their surroundings.")
    smear: Share = Field(default=0.7, description="How far wet paint is smeared along the strokes.")
    relief: float = Field(default=0.5, ge=0, le=4, description="How strongly the paint's own relief catches the light.")
    weave: float = Field(default=0.5, ge=0, le=4, description="How clearly the canvas is seen.")


class Dabs(Block):
    """The parameters of the `dabs` recipe. Every field has a default, so that `{recipe: dabs}` alone paints."""

    recipe: Literal["dabs"] = "dabs"
    colouring: Colouring = Field(
        default=Colouring(
            tone=Tone(darkest=20, lightest=95, middle=62, amount=0.75),
            chroma=1.3,
            background=Ramp(colours=("#3f4a86", "#7f9fb8", "#f2e3c4"), greys=0.8, hues=0.25),
            subject=Ramp(colours=("#34366e", "#8f7fa6", "#f7e8d2"), greys=0.7, hues=0.1),
            flesh=Flesh(colours=("#7a4a5c", "#d98f7a", "#fbe3cb"), greys=0.6, hues=0.4, blush="#e0565f", blush_amount=0.35),
            patches=Patches(colours=("#7fa98a", "#a58fc4", "#d98fa0", "#7fa6cf"), size=55, amount=0.6),
            palette_pull=0,
        )
    )
    ground: Colour = Field(default="#e6d3b8", description="Colour of the primed canvas.")
    ground_shows: Share = Field(default=0.12, description="How far it shines through the first thin paint.")
    layers: tuple[DabLayer, ...] = Field(
        default=(
            DabLayer(radius=15, length=3, coverage=2.2, opacity=0.8),
            DabLayer(radius=9, length=3.4, coverage=2.4),
            DabLayer(radius=5.5, length=3.6, coverage=2.2, detail=(0.05, 0.30)),
            DabLayer(radius=3.2, length=3.4, coverage=2.2, detail=(0.25, 0.65)),
        ),
        min_length=1,
        max_length=8,
        description="Layers of paint, the first below.",
    )
    variation: Variation = Variation(lightness=2.6, red_green=2, yellow_blue=3)
    broken: BrokenColour = BrokenColour()
    direction: float = Field(
        default=-50, ge=-180, le=180, description="Way of the brush in calm places, in degrees: 0 right, -90 up."
    )
    wander: float = Field(default=50, ge=0, le=180, description="How far that way changes over the picture, in degrees.")
    scatter: float = Field(default=16, ge=0, le=90, description="How far one dab turns from the next, in degrees.")
    face_radius: float = Field(default=0.75, ge=0.2, le=2, description="Factor on the radius of dabs in faces.")
    features: float = Field(
        1.0, ge=0, le=3, description="How finely eyes and mouths are worked out; 0 leaves them to the other layers."
    )
    dapple: Dapple = Dapple()
    surface: Surface = Surface()
