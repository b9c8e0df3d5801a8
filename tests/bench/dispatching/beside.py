"""The same load on the booth and on each peer, side by side."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence

from tests.bench.dispatching import broken_pods, one_visit, throughput
from tests.bench.dispatching.peers import NAMES, Gpu, NotHere, Run, running
from tests.bench.reporting import table
from tests.support.journal import of, paintings_per_second
from tests.support.phones import ARTISTS

LOAD_GPUS = 8
LOAD_SECONDS = 30.0
VISIT_SECONDS = 3.0
BROKEN_VISITS = 40
BROKEN_PATIENCE_SECONDS = 10.0
"""A peer's timeout: ten times what a painting takes."""
LONG_SECONDS = 3600.0
"""No timeout, where nothing hangs: with one, a peer gives up what only waits for its turn."""


def compare() -> str:
    """Measure the booth and the peers; give a table. A peer that cannot be had here is named with the reason."""
    heads, columns, missing = ["the same load", "Articket"], [_ours()], ""
    for peer, name in NAMES.items():
        try:
            columns.append(_theirs(peer))
        except NotHere as error:
            missing += f"\n\nLeft out: {name}, because {error}."
        else:
            heads.append(name)
    rows = [[what, *(column[number] for column in columns)] for number, what in enumerate(LOADS)]
    return table(heads, rows) + missing + f"\n\n{METHOD}"


LOADS = (
    f"work always waiting, {LOAD_GPUS} GPUs at 1 s: of what they can",
    "one visit, 2 GPUs at 3 s",
    "one visit, 4 GPUs at 3 s",
    "one visit, a GPU at 3 s and one at 6 s",
    f"four GPUs of which one is well, as above, {BROKEN_VISITS} visits: with a painting to print",
    "… with every painting",
    "… while work waits: paintings a second ÷ what the two could that can paint",
    "… the same, to the very last painting",
)

METHOD = (
    "A peer does less: it takes no photo, keeps nothing across a crash, writes no caption, prints no ticket. It is written as"
    " one would: the thread pool as the first booth had it; FastAPI asks the next URL after a failure, three times; Celery has"
    " one worker a GPU, no prefetching, late acknowledgement and three tries. Both have a timeout of"
    f" {BROKEN_PATIENCE_SECONDS:.0f} s where a GPU hangs, and none elsewhere."
)


def one_visit_of(peer: str, seconds: Sequence[float], visits: int = 3) -> float:
    """Give the peer's median seconds for a visit that is alone, after one that is not counted."""
    with running(peer, [Gpu(one) for one in seconds], patience=LONG_SECONDS) as run:
        return statistics.median([_whole(run) for _ in range(visits + 1)][1:])


def throughput_of(peer: str, gpus: int, window_seconds: float) -> float:
    """Give the peer's paintings a second ÷ what the GPUs can, each a second a painting, while work waits all the time."""
    with running(peer, [Gpu(1.0)] * gpus, patience=LONG_SECONDS) as run:
        visits = -(-round(gpus * (window_seconds + 6)) // len(ARTISTS))
        _, _, notes = run.visits(visits)
    start = of(notes, "begun")[0].at + 2
    return paintings_per_second(notes, start=start, end=start + window_seconds, pods=gpus, seconds=1.0) / gpus


def _whole(run: Run) -> float:
    painted, seconds, _ = run.visits(1)
    assert painted == [len(ARTISTS)], painted
    return seconds


def _ours() -> list[str]:
    outlived = broken_pods.measure(visits=BROKEN_VISITS)
    return _column(
        throughput.measure(LOAD_GPUS, window_seconds=LOAD_SECONDS).ratio,
        one_visit.measure,
        outlived.with_ticket,
        outlived.with_every_painting,
        outlived.over_best,
        outlived.over_best_to_the_end,
    )


def _theirs(peer: str) -> list[str]:
    faults = [Gpu(1.0, fault) for fault in broken_pods.PLANS]
    with running(peer, faults, side=broken_pods.PHOTO_PX, patience=BROKEN_PATIENCE_SECONDS) as run:
        painted, _, notes = run.visits(BROKEN_VISITS)
    a_second, to_the_end = broken_pods.paintings_per_second(notes)
    return _column(
        throughput_of(peer, LOAD_GPUS, LOAD_SECONDS),
        lambda seconds: one_visit_of(peer, seconds),
        sum(count > 0 for count in painted),
        sum(count == len(ARTISTS) for count in painted),
        a_second / broken_pods.PODS_THAT_CAN_PAINT,
        to_the_end / broken_pods.PODS_THAT_CAN_PAINT,
    )


def _column(
    ratio: float,
    visit: Callable[[Sequence[float]], float],
    with_one: int,
    with_all: int,
    over_best: float,
    to_the_end: float,
) -> list[str]:
    alone = [[VISIT_SECONDS] * 2, [VISIT_SECONDS] * 4, [VISIT_SECONDS, 2 * VISIT_SECONDS]]
    times = [f"{visit(seconds):.2f} s" for seconds in alone]
    return [f"{ratio:.3f}", *times, f"{with_one} of {BROKEN_VISITS}", f"{with_all}", f"{over_best:.2f}", f"{to_the_end:.2f}"]
