"""The `embedded` engine: describes photos on the CPU, in this process, with nothing to download.

What is seen: the package `seeing`; how it is said: `wording.py`; the threads: `looking.py`.
"""

from __future__ import annotations

from articket_caption.engines import Description
from articket_caption.engines.looking import Looking

__all__ = ["EmbeddedEngine"]


class EmbeddedEngine:
    """Says only what it sees with certainty."""

    name = "embedded"

    def __init__(self) -> None:
        self._looking = Looking(self.name)

    async def start(self) -> None:
        """See `Engine.start`."""
        await self._looking.start()

    async def describe(self, photo: bytes) -> Description:
        """See `Engine.describe`."""
        return await self._looking.describe(await self._looking.decode(photo))

    async def close(self) -> None:
        """End the threads."""
        self._looking.close()
