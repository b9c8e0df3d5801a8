"""`articket paint`: checks, finds a booth, sends every photo through it, tells how it went."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from typing import TypeVar

from articket_cli.errors import INTERRUPTED, TERMINATED, ArticketError, BadInputError
from articket_cli.main import tell
from articket_cli.paint.booths import Booth, booth_at
from articket_cli.paint.inputs import Order, Wish, check_wish, read_orders, read_wish
from articket_cli.paint.progress import Progressing, progress_on
from articket_cli.paint.saving import save
from articket_cli.paint.telling import Document, Teller, as_json, whole_document
from articket_cli.paint.visiting import Outcome, fulfil

VISITS_AT_ONCE = 4  # enough to keep every core painting while another photo is uploaded

VISIT_FILE = "visit.json"

ResultT = TypeVar("ResultT")


def paint(asked: argparse.Namespace) -> int:
    """Paint the photos that the command line names."""
    try:
        results = run_until_signal(_paint(asked))
    except Stopped as stopped:
        print("articket: stopped; what was not finished has been erased", file=sys.stderr)
        return stopped.exit_status
    except ArticketError as error:
        if asked.json:
            print(whole_document([], error))
        raise
    if asked.json:
        print(whole_document([result.document for result in results]))
    for result in results:
        if result.outcome.error:
            tell(result.outcome.error)
    return max(result.outcome.exit_status for result in results)


@dataclass(frozen=True)
class Result:
    """An outcome and the same as it is written to `visit.json`."""

    outcome: Outcome
    document: Document


class Stopped(Exception):
    """Ctrl-C or SIGTERM came; everything has been put away."""

    def __init__(self, exit_status: int) -> None:
        super().__init__()
        self.exit_status = exit_status


def run_until_signal(work: Coroutine[object, object, ResultT]) -> ResultT:
    """Run the coroutine; Ctrl-C and SIGTERM cancel it, so that it can put things away. Raises Stopped after that."""
    received: list[int] = []

    async def cancellable() -> ResultT:
        task = asyncio.ensure_future(work)
        loop = asyncio.get_running_loop()
        for number, status in ((signal.SIGINT, INTERRUPTED), (signal.SIGTERM, TERMINATED)):
            loop.add_signal_handler(number, lambda status=status: (received.append(status), task.cancel()))
        return await task

    try:
        return asyncio.run(cancellable())
    except asyncio.CancelledError:
        raise Stopped(received[0] if received else INTERRUPTED) from None


async def _paint(asked: argparse.Namespace) -> list[Result]:
    wish = read_wish(asked)
    orders = read_orders(asked.photos, asked.out)
    progress = progress_on(sys.stderr, is_silent=asked.json)
    async with booth_at(asked.url, progress.say) as booth:
        teller = await _meet(booth, wish)
        with progress:
            results = await _fulfil_all(booth, orders, wish, teller, progress)
        if not asked.json:
            for result in results:
                if result.outcome.visit:
                    print(teller.summary(result.outcome))
        return results


async def _meet(booth: Booth, wish: Wish) -> Teller:
    """Learn who is at work in the booth, and check the wish against it. Raises BadInputError."""
    artists = await booth.client.artists()
    check_wish(wish, artists, await booth.client.quiz() if wish.answers else None)
    health = await booth.client.health()
    return Teller(booth.client.url, artists, wish, gateway=health.version, is_ours=booth.is_ours)


async def _fulfil_all(booth: Booth, orders: list[Order], wish: Wish, teller: Teller, progress: Progressing) -> list[Result]:
    """Send every photo through the booth, a few at once; gives the results in the order of the photos."""
    turns = asyncio.Semaphore(VISITS_AT_ONCE)

    async def in_turn(order: Order) -> Result:
        async with turns:
            return _noted(await fulfil(booth.client, order, wish, progress), teller)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(in_turn(order)) for order in orders]
    return [task.result() for task in tasks]


def _noted(outcome: Outcome, teller: Teller) -> Result:
    """Write `visit.json`, for a visit that took place."""
    note = outcome.order.folder / VISIT_FILE
    outcome = replace(outcome, files=(*outcome.files, note) if outcome.visit else outcome.files)
    document = teller.visit_document(outcome)
    try:
        save(note, as_json(document) if outcome.visit else None)
    except BadInputError as error:
        outcome = replace(outcome, error=error)
    return Result(outcome, document)
