"""The press: one thread that composes tickets and draws their previews, one after the other.

One, because pdfium and reportlab's fonts are not made for two, and because nearly all of the work holds the interpreter anyway.
The event loop stays free for health checks meanwhile.
"""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from prometheus_client import Histogram

from articket_artists import LoadedArtist
from articket_mesh.metrics import registry
from articket_ticket.composing import Composer
from articket_ticket.order import TicketOrder
from articket_ticket.previewing import preview

SECONDS = Histogram(
    "articket_ticket_engine_seconds",
    "Seconds of work for one ticket, by part: pdf is composing, png is the preview.",
    ("part",),
    buckets=(0.01, 0.02, 0.03, 0.045, 0.06, 0.08, 0.12, 0.2, 0.5, 1.0),
    registry=registry,
)


@dataclass(frozen=True)
class Printed:
    """A ticket with its preview."""

    pdf: bytes
    png: bytes
    seconds: float
    notices: tuple[str, ...]


class Press:
    """Makes tickets in its thread. Whoever makes a press closes it."""

    def __init__(self) -> None:
        self._composer = Composer()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="press")

    async def make(self, artist: LoadedArtist, order: TicketOrder) -> Printed:
        """Make one ticket. Raises `TicketError`. An order that is cancelled while it waits its turn is dropped."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._make, artist, order)

    def close(self) -> None:
        """Drop what waits, and return when the ticket in work is done."""
        self._thread.shutdown(cancel_futures=True)

    def _make(self, artist: LoadedArtist, order: TicketOrder) -> Printed:
        begin = time.perf_counter()
        ticket = self._composer.compose(artist, order)
        composed = time.perf_counter()
        png = preview(ticket.pdf)
        end = time.perf_counter()
        SECONDS.labels("pdf").observe(composed - begin)
        SECONDS.labels("png").observe(end - composed)
        return Printed(ticket.pdf, png, end - begin, ticket.notices)
