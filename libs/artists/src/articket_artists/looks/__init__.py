"""The looks of the CPU engine: an artist picks one recipe and sets its parameters in the `painterly` block.

Each recipe has a module of its own with the parameters and nothing else; how they paint is the stylize service's
business.
"""

from typing import Annotated

from pydantic import Field

from articket_artists.looks.dabs import Dabs
from articket_artists.looks.facets import Facets
from articket_artists.looks.halftone import Halftone
from articket_artists.looks.strokes import Strokes

Look = Annotated[Strokes | Dabs | Facets | Halftone, Field(discriminator="recipe")]

__all__ = ["Dabs", "Facets", "Halftone", "Look", "Strokes"]
