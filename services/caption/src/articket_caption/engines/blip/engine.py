"""The `blip` engine: BLIP says the sentence for the prompt; what is printed and counted is what `seeing` is certain of.

A model serves one photo at a time, in a thread of its own. Photos that wait for their turn wait in that thread's queue, and
leave it when their caller goes; one that is being described is given up at the next word.
"""

from __future__ import annotations

import asyncio
import logging
import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

from articket_caption.engines import Description
from articket_caption.engines.blip.config import ENGINE, BlipConfig
from articket_caption.engines.looking import Looking
from articket_caption.errors import engine_unavailable, misconfigured
from articket_mesh.errors import TransientError

if TYPE_CHECKING:
    from articket_caption.engines.blip.model import BlipModel
    from articket_caption.seeing import Picture

__all__ = ["BlipEngine"]

logger = logging.getLogger(__name__)

# BLIP large begins many a caption with a word that is none ("arafed man in a suit"), in several spellings.
_NO_WORD = re.compile(r"\baraf+\w*", re.IGNORECASE)


class BlipEngine:
    """One model on one device. `on_broken` is called when the device is lost to this process: it should end then."""

    name = ENGINE

    def __init__(self, config: BlipConfig, *, on_broken: Callable[[], None] = lambda: None) -> None:
        self._config = config
        self._on_broken = on_broken
        self._looking = Looking(self.name)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="blip")
        self._model: BlipModel | None = None
        self.is_broken = False

    async def start(self) -> None:
        """Load the model and describe one picture with it: what a device does the first time takes long."""
        await self._looking.start()
        try:
            model = await asyncio.get_running_loop().run_in_executor(self._thread, _load, self._config)
        except ImportError as error:
            hint = "Hint: pip install 'articket-caption[blip]'."
            raise misconfigured(ENGINE, f"torch and transformers are not installed ({error.name}). {hint}") from error
        logger.info("BLIP is loaded, on %s", model.device)
        self._model = model

    async def describe(self, photo: bytes) -> Description:
        """See `Engine.describe`. Raises also TransientError OUT_OF_MEMORY."""
        return await self._looking.describe_with(photo, self._say)

    async def close(self) -> None:
        """End the threads. What is being said is not waited for."""
        self._looking.close()
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _say(self, picture: Picture) -> str:
        if self._model is None:
            raise engine_unavailable(ENGINE, "the model is being loaded", retry_after=1.0)
        if self.is_broken:
            raise _lost()
        given_up = threading.Event()
        work = partial(self._model.say, picture, given_up)
        try:
            said = await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except asyncio.CancelledError:  # before its turn the photo is out of the queue by this; in it, it ends at the next word
            given_up.set()
            raise
        if said is None:
            raise self._broke()
        return _NO_WORD.sub(" ", said)

    def _broke(self) -> TransientError:
        if not self.is_broken:
            self.is_broken = True
            logger.error("the device is lost to this process: it ends, to be started again")
            self._on_broken()
        return _lost()


def _lost() -> TransientError:
    return engine_unavailable(ENGINE, "the device is lost to this process until it is started again")


def _load(config: BlipConfig) -> BlipModel:
    from articket_caption.engines.blip.model import BlipModel

    return BlipModel(config)
