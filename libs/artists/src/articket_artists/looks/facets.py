"""The `facets` recipe: a placeholder until its parameters are written."""

from typing import Literal

from articket_artists.block import Block


class Facets(Block):
    """The parameters of the `facets` recipe. Every field has a default, so that `{recipe: facets}` alone paints."""

    recipe: Literal["facets"] = "facets"
