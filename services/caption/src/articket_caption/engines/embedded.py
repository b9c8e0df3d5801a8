"""The `embedded` engine: describes photos on the CPU, in this process, with nothing to download.

The adapter between the service and the looking: threads, and what goes wrong. What is seen: the package `seeing`; how it is
said: `wording.py`. Both, and OpenCV with them, are imported by `start`: a service with another engine never loads them.
"""

from __future__ import annotations

import asyncio
import importlib
import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from articket_caption.engines import Description
from articket_caption.errors import bad_picture, engine_failed, engine_unavailable

__all__ = ["EmbeddedEngine"]


class EmbeddedEngine:
    """Looks at photos in threads: OpenCV lets go of Python's lock while it works."""

    name = "embedded"

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(max_workers=os.cpu_count(), thread_name_prefix="looking")

    async def start(self) -> None:
        """Import what looking needs. The network is loaded at the first photo: 20 ms later, 20 MB sooner."""
        try:
            await asyncio.get_running_loop().run_in_executor(self._threads, _prepare)
        except (ImportError, OSError) as error:
            raise engine_unavailable(self.name, f"{error}. Hint: is opencv-python-headless 4.14 installed?") from error

    async def describe(self, photo: bytes) -> Description:
        """See `Engine.describe`."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, partial(_describe, self.name, photo))

    async def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=False)


def _prepare() -> None:
    import cv2

    importlib.import_module("articket_caption.wording")  # and `seeing` with it
    cv2.setNumThreads(1)  # one photo, one core: others are looked at beside it


def _describe(engine: str, photo: bytes) -> Description:
    import cv2

    from articket_caption.seeing import BadPictureError, decode, look
    from articket_caption.wording import describe

    try:
        return describe(look(decode(photo)))
    except BadPictureError as error:
        raise bad_picture(str(error)) from error
    except (cv2.error, MemoryError) as error:
        raise engine_failed(engine, f"looking failed with {type(error).__name__}") from error
