"""The base of everything that is read from a plugin file: frozen, and no unknown key gets past it.

`words.py`, `slots.py`, `looks/` and `artist.py` build on it; `loading.py` reads the files.
"""

from pydantic import BaseModel, ConfigDict


class Block(BaseModel):
    """One mapping of a plugin file. Unknown keys are refused, and so are numbers that are not finite."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
