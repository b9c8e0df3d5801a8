"""Seeing what other replicas have done, also where nobody has told: one look at the store for all visits that are watched here.

A change made by this replica wakes the watchers at once (`progress`), and what another one has changed is heard over the bus
(`sharing.live`). This is the safety net below, at the price of one statement however many phones are connected.
"""

from __future__ import annotations

import asyncio
import logging

from articket_gateway.errors import StoreUnavailable
from articket_gateway.storing.visits import Head, VisitStore
from articket_gateway.visit.progress import Progress

LOOK_SECONDS = 2.0

log = logging.getLogger(__name__)


async def keep_looking(store: VisitStore, progress: Progress) -> None:
    """Wake the watchers of visits that have changed, for ever."""
    before: dict[str, Head] = {}
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        try:
            heads = await store.heads(progress.watched)
        except StoreUnavailable:
            continue  # the next look is as good
        except Exception:  # the edge of a task: without it no phone would hear of another replica
            log.exception("looking for changes broke")
        else:
            for visit_id, head in heads.items():
                if before.get(visit_id, head) != head:
                    progress.found(visit_id)
            before = heads
