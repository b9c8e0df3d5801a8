"""Looking at photos in threads: what every engine does, whether or not it also asks a model.

The adapter between the service and the package `seeing`. It, `wording` and OpenCV are imported in the threads: the event loop
does not stand still for them.
"""

from __future__ import annotations

import asyncio
import importlib
import os
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

from articket_caption.cleaning import plain_sentence
from articket_caption.engines import Description
from articket_caption.errors import bad_picture, engine_failed, engine_unavailable

if TYPE_CHECKING:
    from articket_caption.seeing import Picture

__all__ = ["Looking"]


class Looking:
    """The threads of one engine. OpenCV lets go of Python's lock while it works."""

    def __init__(self, engine: str) -> None:
        self._engine = engine
        self._threads = ThreadPoolExecutor(max_workers=os.cpu_count(), thread_name_prefix="looking")

    async def start(self) -> None:
        """Import what looking needs. The network is loaded at the first photo: 20 ms later, 20 MB sooner."""
        try:
            await asyncio.get_running_loop().run_in_executor(self._threads, _prepare)
        except (ImportError, OSError) as error:
            raise engine_unavailable(self._engine, f"{error}. Hint: is opencv-python-headless 4.14 installed?") from error

    async def decode(self, photo: bytes) -> Picture:
        """Decode a photo. Raises PermanentError BAD_PICTURE, TransientError ENGINE_FAILED."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, _decode, self._engine, photo)

    async def describe(self, picture: Picture) -> Description:
        """Say what is seen. Raises TransientError ENGINE_FAILED."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, _describe, self._engine, picture)

    async def describe_with(self, photo: bytes, say: Callable[[Picture], Awaitable[str]]) -> Description:
        """Look, and meanwhile have a model say the sentence for the prompt; all else is what is seen (decision 0010).

        A photo that cannot be decoded gets to no model. Raises also what `say` raises.
        """
        picture = await self.decode(photo)
        seeing = asyncio.create_task(self.describe(picture))
        try:
            sentence = plain_sentence(await say(picture))
            seen = await seeing
        finally:
            seeing.cancel()
        if not sentence:
            raise engine_failed(self._engine, "expected a sentence, found nothing that could be one")
        return replace(seen, prompt=sentence)

    def close(self) -> None:
        """End the threads; what has not begun never does. Calling it twice is fine."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _prepare() -> None:
    import cv2

    importlib.import_module("articket_caption.wording")  # and `seeing` with it
    cv2.setNumThreads(1)  # one photo, one core: others are looked at beside it


def _decode(engine: str, photo: bytes) -> Picture:
    import cv2

    from articket_caption.seeing import BadPictureError, decode

    try:
        return decode(photo)
    except BadPictureError as error:
        raise bad_picture(str(error)) from error
    except (cv2.error, MemoryError) as error:
        raise engine_failed(engine, f"decoding failed with {type(error).__name__}") from error


def _describe(engine: str, picture: Picture) -> Description:
    import cv2

    from articket_caption.seeing import look
    from articket_caption.wording import describe

    try:
        return describe(look(picture))
    except (cv2.error, MemoryError) as error:
        raise engine_failed(engine, f"looking failed with {type(error).__name__}") from error
