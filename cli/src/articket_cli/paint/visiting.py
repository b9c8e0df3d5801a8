"""One visit from the photo to the files: sends the photo and the answers, follows the events, fetches what was made."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from pathlib import Path

from articket_cli.errors import BAD_INPUT, SOMETHING_FAILED, SUCCESS, ArticketError, BadInputError, BoothError, GatewayError
from articket_cli.gateway.client import Erased, GatewayClient, News
from articket_cli.gateway.views import Painting, Visit
from articket_cli.paint.inputs import Order, Wish
from articket_cli.paint.progress import Progressing
from articket_cli.paint.saving import save

ERASE_WITHIN_SECONDS = 3.0  # after Ctrl-C nobody wants to wait; what is left expires with the booth's retention


@dataclass(frozen=True)
class Outcome:
    """What came of one order: `files` are in its folder; `error` is why it is not all that was asked for."""

    order: Order
    seconds: float
    visit: Visit | None = None
    files: tuple[Path, ...] = field(default=())
    error: ArticketError | None = None

    @property
    def failed_artists(self) -> tuple[str, ...]:
        """The artists who could not paint this photo."""
        paintings = self.visit.paintings if self.visit else ()
        return tuple(one.artist_id for one in paintings if one.is_missing)

    @property
    def exit_status(self) -> int:
        """0: everything is there; 1: something failed; 2: the photo is at fault."""
        if isinstance(self.error, BadInputError):
            return BAD_INPUT
        return SOMETHING_FAILED if self.error or self.failed_artists else SUCCESS


async def fulfil(client: GatewayClient, order: Order, wish: Wish, progress: Progressing) -> Outcome:
    """Make everything that was asked for this photo. What goes wrong is in the outcome, so other photos go on."""
    started_at = time.monotonic()
    visit: Visit | None = None
    files: tuple[Path, ...] = ()
    error: ArticketError | None = None
    try:
        visit = await drive(client, order, wish, progress)
        files = await save_pictures(client, order, visit)
        error = _failure_of(visit)
    except ArticketError as caught:
        error = caught
    return Outcome(order, time.monotonic() - started_at, visit, files, error)


async def drive(client: GatewayClient, order: Order, wish: Wish, progress: Progressing) -> Visit:
    """Bring a visit to its end and give it as it is then.

    The visit is erased if the gateway refuses the photo, and if this is cancelled. Raises BadInputError for the photo's
    fault, BoothError for the booth's.
    """
    visit = await client.begin(wish.lang, wish.artists)
    try:
        await _send(client, visit.id, order.photo)
        await client.answer(visit.id, wish.choice)
        return await _follow(client, visit, order.photo.name, progress)
    except (asyncio.CancelledError, BadInputError):
        await _erase(client, visit.id)
        raise


async def _send(client: GatewayClient, visit_id: str, photo: Path) -> None:
    try:
        await client.send_photo(visit_id, photo)
    except GatewayError as error:
        if error.is_retryable:
            raise
        detail = error.message.removeprefix("photo: ")
        raise BadInputError(f"{photo}: {detail}", hint=error.hint) from error
    except OSError as error:
        raise BadInputError(f"{photo}: expected a photo, found: {error.strerror}") from error


async def _follow(client: GatewayClient, visit: Visit, photo: str, progress: Progressing) -> Visit:
    async with aclosing(client.follow(visit.id)) as happenings:
        async for news in happenings:
            visit = _after(visit, news)
            progress.show(photo, visit)
            if visit.is_settled:
                # A replayed event may be older than what was known. The visit itself has the last word.
                visit = await client.visit(visit.id)
                if visit.is_settled:
                    progress.show(photo, visit)
                    return visit
    raise BoothError(f"the events of visit {visit.id} ended before its ticket was made")


def _after(visit: Visit, news: News) -> Visit:
    if isinstance(news, Erased):
        raise BoothError("the visit was erased while it was being painted")
    return visit.with_painting(news) if isinstance(news, Painting) else news.knowing(visit)


async def _erase(client: GatewayClient, visit_id: str) -> None:
    with suppress(BoothError, TimeoutError):
        await asyncio.wait_for(client.erase(visit_id), ERASE_WITHIN_SECONDS)


async def save_pictures(client: GatewayClient, order: Order, visit: Visit) -> tuple[Path, ...]:
    """Fetch and save the paintings and the ticket. A file of an earlier run that was not made this time is removed.

    Raises BadInputError when the folder cannot be written, BoothError when the booth is lost.
    """
    files: list[Path] = []
    for painting in visit.paintings:
        content = await client.painting(visit.id, painting.artist_id) if painting.state == "done" else None
        files += save(order.folder / f"{painting.artist_id}.jpg", content)
    for kind in ("pdf", "png"):
        content = await client.ticket(visit.id, kind) if visit.ticket else None
        files += save(order.folder / f"ticket.{kind}", content)
    return tuple(files)


def _failure_of(visit: Visit) -> ArticketError | None:
    if visit.error is not None:
        return BoothError(f"no ticket: {visit.error.detail} ({visit.error.reason})")
    return None
