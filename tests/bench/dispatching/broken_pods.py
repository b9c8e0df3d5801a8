"""Four pods: one fails every call, one hangs on every call, one has too little memory for the photo as it came, one is well."""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.support.fleet import Fleet, PodPlan, running_fleet
from tests.support.journal import Note, of
from tests.support.phones import OVER, Phone, distinct_photos, opened_door

PHOTO_PX = 1024
MEMORY_PX = 768
PODS_THAT_CAN_PAINT = 2
"""The one that is well, and the one that is well when it is asked for a smaller picture."""
PLANS = {
    "fails": {"SIMULATED_FAILING": "1"},
    "hangs": {"SIMULATED_HANGING": "1"},
    "small": {"SIMULATED_MEMORY_PX": str(MEMORY_PX)},
    "well": {},
}


@dataclass(frozen=True)
class Outlived:
    """How the visits ended, and how fast."""

    visits: int
    with_ticket: int
    with_every_painting: int
    over_best: float
    """Paintings a second while work waits ÷ what the pods that can paint could."""
    over_well: float
    """The same ÷ what the one pod could that has no fault at all."""
    over_best_to_the_end: float
    """As `over_best`, up to the last painting, which may have met every bad pod before."""
    tries: Counter[str]
    """How the tries ended: done, failed, cancelled."""


def measure(
    *, visits: int = 40, seconds: float = 1.0, faults: Sequence[str] = tuple(PLANS), deadline: float = 600.0, seed: int = 5
) -> Outlived:
    """Let all visits come at once and answer their quiz; wait until each has everything it will get."""
    plans = [PodPlan(seconds, PLANS[fault]) for fault in faults]
    with tempfile.TemporaryDirectory() as folder, running_fleet(Path(folder), plans) as fleet:
        phones = asyncio.run(_load(fleet, visits, deadline, seed))
        notes = fleet.journal.notes()
    a_second, to_the_end = paintings_per_second(notes)
    return Outlived(
        visits=visits,
        with_ticket=sum(phone.last["ticket"] is not None for phone in phones),
        with_every_painting=sum(all(one["state"] == "done" for one in phone.last["paintings"]) for phone in phones),
        over_best=a_second * seconds / PODS_THAT_CAN_PAINT,
        over_well=a_second * seconds,
        over_best_to_the_end=to_the_end * seconds / PODS_THAT_CAN_PAINT,
        tries=Counter(note.what for note in notes if note.by.startswith("pod") and note.what != "begun"),
    )


async def _load(fleet: Fleet, visits: int, deadline: float, seed: int) -> list[Phone]:
    async with opened_door(fleet.urls, seed=seed) as door:
        phones = [Phone(door, photo) for photo in distinct_photos(visits, seed=seed, side=PHOTO_PX)]
        turn = asyncio.Semaphore(4)

        async def come(phone: Phone) -> None:
            async with turn:
                await phone.begin()
                await phone.send()
                await phone.answer()
            await phone.wait_until_done(deadline, every=2.0)

        async with asyncio.TaskGroup() as group:
            for phone in phones:
                group.create_task(come(phone))
        assert all(phone.last["state"] in OVER for phone in phones)
        return phones


def paintings_per_second(notes: Sequence[Note]) -> tuple[float, float]:
    """Give the paintings a second from the first that was begun: while work waited, and up to the last that was done.

    Work waits until each painting has been begun once. Finding out who is broken is in both.
    """
    begun, done = of(notes, "begun", by="pod"), of(notes, "done", by="pod")
    if not done:
        return 0.0, 0.0
    first_tries: dict[str, float] = {}
    for note in begun:
        first_tries.setdefault(note.key, note.at)
    start, emptied = begun[0].at, max(first_tries.values())
    while_waiting = sum(note.at <= emptied for note in done) / max(emptied - start, 1e-9)
    return while_waiting, len({note.key for note in done}) / (done[-1].at - start)
