"""Which artists the engine cannot paint, and why: an unknown sampler, or weights that are missing, wrong or for another base.

Asked often and at once. Files are looked into in the background, once for each state of an artist's folder, one at a time.
"""

from __future__ import annotations

import asyncio
import logging

from articket_artists import LoadedArtist
from articket_stylize.engines.diffusers.config import DiffusersConfig
from articket_stylize.engines.diffusers.sampling import UnknownSamplerError, plan_for
from articket_stylize.engines.diffusers.weights import WeightsError, WeightsNotReadError, check_base, find_lora, read_lora

__all__ = ["Troubles"]

logger = logging.getLogger(__name__)

# An artist's folder that is being worked on has a new digest every few seconds.
MOST_REMEMBERED = 256


class Troubles:
    """What is known of each artist, by the digest of the folder."""

    def __init__(self, config: DiffusersConfig) -> None:
        self._config = config
        self._words_width = 0
        self._text_encoders = 1
        self._known: dict[str, str] = {}
        self._looking: dict[str, asyncio.Task[str]] = {}
        self._one_by_one = asyncio.Lock()

    def know_base(self, words_width: int, text_encoders: int) -> None:
        """Tell what kind of model the weights must be for."""
        self._words_width, self._text_encoders = words_width, text_encoders

    def known(self, artist: LoadedArtist) -> str:
        """What is wrong as far as is known; empty when nothing is. The first time, begins to look into the weights."""
        if artist.digest not in self._known and artist.digest not in self._looking:
            self._begin(artist)
        return self._known.get(artist.digest, "")

    async def look(self, artist: LoadedArtist) -> str:
        """What is wrong; empty when nothing is. Waits until the weights have been looked into."""
        if artist.digest in self._known:
            return self._known[artist.digest]
        return await asyncio.shield(self._looking.get(artist.digest) or self._begin(artist))

    def remember(self, artist: LoadedArtist, trouble: str) -> None:
        """Take note of what came out; empty when nothing is wrong."""
        if trouble and not self._known.get(artist.digest):
            logger.warning("artist %s is not served by this pod: %s", artist.id, trouble)
        self._known[artist.digest] = trouble
        while len(self._known) > MOST_REMEMBERED:
            del self._known[next(iter(self._known))]

    def forget(self) -> None:
        """Stop looking."""
        for task in self._looking.values():
            task.cancel()
        self._looking.clear()

    def _begin(self, artist: LoadedArtist) -> asyncio.Task[str]:
        task = asyncio.create_task(self._look(artist), name="look into weights")
        self._looking[artist.digest] = task
        task.add_done_callback(lambda _: self._looking.pop(artist.digest, None))
        return task

    async def _look(self, artist: LoadedArtist) -> str:
        async with self._one_by_one:  # weights are hundreds of megabytes, and are read whole
            try:
                trouble = await asyncio.to_thread(self._found, artist)
            except WeightsNotReadError as error:
                logger.info("weights could not be read, they will be tried again: %s", error)
                return str(error)
        self.remember(artist, trouble)
        return trouble

    def _found(self, artist: LoadedArtist) -> str:
        try:
            plan_for(artist.artist.img2img, self._config)
            path = find_lora(artist, self._config.lora_folder)
            if path is not None:
                file = read_lora(artist, path)
                check_base(file, whose=artist.id, words_width=self._words_width, text_encoders=self._text_encoders)
        except (UnknownSamplerError, WeightsError) as error:
            return str(error)
        return ""
