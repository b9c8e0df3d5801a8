"""Who is told what by the bus: the one place that knows the topics of every room.

    answered   a visitor has answered             → the visit's run, wherever it is, goes on
    erased     a visit is erased                  → its run ends, and the pods' work with it
    taken      a visit runs at another replica    → its former one notices before its next beat
    kiosk      a monitor has changed              → whoever has it connected reads it anew
    intake, printing                              → read anew

What is under way in a visit has its own module (`live`), so have the pods' slots.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable

from articket_gateway.errors import StoreUnavailable
from articket_gateway.kiosk.screens import Screens
from articket_gateway.printing.printing import Printing
from articket_gateway.sharing.bus import Bus
from articket_gateway.staff.desk import TAKEN
from articket_gateway.staff.intake import Intake
from articket_gateway.visit.progress import Progress
from articket_gateway.visit.running import Runner
from articket_gateway.visit.visits import ANSWERED, ERASED, Visits

KIOSK = "kiosk"
INTAKE = "intake"
PRINTING = "printing"

log = logging.getLogger(__name__)


def hear_visits(bus: Bus, visits: Visits, runner: Runner, progress: Progress) -> None:
    """Hear what other replicas do with visits."""
    clearing: set[asyncio.Task[None]] = set()

    async def clear_up(payload: str) -> None:
        try:
            await visits.erased_elsewhere(*json.loads(payload))
        except StoreUnavailable:
            return  # what is left in the picture store is found by those who keep it clean
        except Exception:  # the edge of a task
            log.exception("taking notice of an erased visit broke")

    def erased(payload: str) -> None:
        task = asyncio.create_task(clear_up(payload), name="erased elsewhere")
        clearing.add(task)
        task.add_done_callback(clearing.discard)

    def taken(visit_id: str) -> None:
        if visit_id in runner.visit_ids:
            runner.look_again()

    def look_at_all() -> None:
        runner.look_again()
        for visit_id in progress.watched:
            progress.found(visit_id)

    bus.subscribe(ANSWERED, runner.answered)
    bus.subscribe(ERASED, erased)
    bus.subscribe(TAKEN, taken)
    bus.on_gap(look_at_all)


def hear_screens(bus: Bus, screens: Screens) -> None:
    """Hear what other replicas do with monitors."""
    bus.subscribe(KIOSK, screens.moved_elsewhere)
    bus.on_gap(screens.look_at_all)


def hear_intake(bus: Bus, intake: Intake, screens: Screens) -> None:
    """Hear that another replica has paused the intake, or opened it."""
    _hear(bus, INTAKE, intake.look_again)
    bus.on_gap(screens.look_again)


def hear_printing(bus: Bus, printing: Printing) -> None:
    """Hear that another replica has moved a print job or switched printing."""
    _hear(bus, PRINTING, printing.look_again)


def _hear(bus: Bus, topic: str, look_again: Callable[[], None]) -> None:
    """Look again when the others say so, and when they may have said so unheard."""
    bus.subscribe(topic, lambda _payload: look_again())
    bus.on_gap(look_again)
