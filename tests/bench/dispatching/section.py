"""The dispatcher's promises, row by row, and the peers under the same load: the section `dispatch` of docs/performance.md.

One row alone, printed and not written down: `python -m tests.bench.dispatching.section booth-day`.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence

from tests.bench.dispatching import beside, booth_day, broken_pods, crowded_gateway, estimates, one_visit, replicas, throughput
from tests.bench.reporting import table, verdict, write_section
from tests.support.postgres import running_postgres

Rows = list[list[object]]

GPUS = (1, 2, 4, 8, 16)
FEW_GPUS = (1, 2, 4)
VISIT_SECONDS = 3.0
"""Of a painting, where one visit is timed."""


def run(_rounds: int) -> None:
    """Measure every row and the peers, and write the section. Takes most of an hour."""
    text = "\n\n".join([_promises(list(ROWS)), beside.compare(), METHOD])
    write_section("dispatch", text, "make bench ARGS=dispatch")
    print(text)


def _promises(names: Sequence[str]) -> str:
    rows: Rows = []
    for name in names:
        for row in ROWS[name]():
            print(*row, sep=" | ", flush=True)  # an hour is long: what is measured is seen at once
            rows.append(row)
    return table(["what", "measured", "promised", "kept"], rows)


def _throughput() -> Rows:
    found = [throughput.measure(gpus) for gpus in GPUS]
    return [
        [f"work always waiting, {_gpus(one.pods)} at 1 s: paintings a second ÷ {one.at_best:g}", *_at_least(one.ratio, 0.98)]
        for one in found
    ]


def _one_visit() -> Rows:
    rows: Rows = []
    for gpus in FEW_GPUS:
        best = one_visit.at_best(gpus, VISIT_SECONDS)
        taken = one_visit.measure([VISIT_SECONDS] * gpus)
        rows.append([f"one visit, {_gpus(gpus)} at 3 s: upload to last painting ÷ {best:g} s", *_at_most(taken / best, 1.03)])
    best = one_visit.at_best(4, VISIT_SECONDS)
    instant = one_visit.measure([VISIT_SECONDS] * 4, caption="instant-caption")
    rows.append(["the same, 4 GPUs, the captioning on another machine", f"{instant / best:.3f}", "", ""])
    return rows


def _unequal() -> Rows:
    ours = one_visit.measure([VISIT_SECONDS, 2 * VISIT_SECONDS])
    theirs = beside.one_visit_of("threads", [VISIT_SECONDS, 2 * VISIT_SECONDS])
    what = "one visit, a GPU at 3 s and one at 6 s: its time ÷ a thread pool's with fixed URLs"
    return [[f"{what} ({ours:.1f} s ÷ {theirs:.1f} s)", *_at_most(ours / theirs, 0.80)]]


def _replicas() -> Rows:
    with running_postgres() as postgres:
        shared = replicas.measure(postgres)
    what = f"3 gateways, 30 GPUs at 3 s, {shared.paintings} paintings"
    return [
        [f"{what}: begun twice", shared.begun_twice, "0", verdict(reached=shared.begun_twice == 0)],
        [f"{what}: painted", shared.done, shared.paintings, verdict(reached=shared.done == shared.paintings)],
        [f"{what}: turned away at a busy pod", *_at_most(shared.share_refused, 0.01, percent=True)],
        [f"{what}: paintings a second ÷ 10, last paintings included", f"{shared.a_second_over_best:.2f}", "", ""],
    ]


def _broken_pods() -> Rows:
    outlived = broken_pods.measure()
    what = "4 GPUs: one fails always, one hangs always, one lacks memory for the photo's size, one is well"
    return [
        [f"{what}: visits with a ticket", *_at_least(outlived.with_ticket / outlived.visits, 1.0, percent=True)],
        ["… visits with every painting", f"{outlived.with_every_painting} of {outlived.visits}", "", ""],
        ["… while work waits: paintings a second ÷ what the two could that can paint", *_at_least(outlived.over_best, 0.9)],
        ["… the same ÷ what the one could that is well at full size", f"{outlived.over_well:.2f}", "", ""],
        ["… the same ÷ what the two could, to the very last painting", f"{outlived.over_best_to_the_end:.2f}", "", ""],
        ["… tries that failed or were given up", outlived.tries["failed"] + outlived.tries["cancelled"], "", ""],
    ]


def _booth_day() -> Rows:
    days = booth_day.measure()
    what = f"a booth day, {days.visitors} visitors, {days.alone.paintings} paintings"
    resent = f"one client sends the same photo {days.beside.resent} times"
    return [
        [f"{what}: median wait", f"{days.alone.median:.2f} s", "", ""],
        [f"… while {resent}: growth of the others' median wait", *_at_most(days.growth, 0.05, percent=True)],
        ["… paintings that this client cost", days.beside.paintings - days.alone.paintings, "", ""],
    ]


def _crowded_gateway() -> Rows:
    burden = crowded_gateway.measure()
    what = f"gateway, {burden.waiting_at_least} paintings waiting or more"
    mean, p99 = 1000 * burden.decision_seconds, 1000 * burden.decision_p99_seconds
    return [
        [f"{what}: of one core", *_at_most(burden.cores, 0.60, percent=True)],
        [f"{what}: resident memory", f"{burden.megabytes:.0f} MB", "≤ 300 MB", verdict(reached=burden.megabytes <= 300)],
        [
            f"{what}: a decision, mean of {burden.decisions} / p99",
            f"{mean:.2f} / {p99:.0f} ms or less",
            "≤ 5 ms",
            verdict(reached=p99 <= 5),
        ],
    ]


def _estimates() -> Rows:
    honesty = estimates.measure()
    what = f"time left as told to visitors, {len(honesty.errors)} times: median error"
    return [[what, *_at_most(honesty.median, 0.20, percent=True)]]


ROWS: dict[str, Callable[[], Rows]] = {
    "throughput": _throughput,
    "one-visit": _one_visit,
    "unequal": _unequal,
    "replicas": _replicas,
    "broken-pods": _broken_pods,
    "booth-day": _booth_day,
    "crowded-gateway": _crowded_gateway,
    "estimates": _estimates,
}

METHOD = (
    "Every process is real: gateways, stylize pods, caption and ticket, with HTTP, gRPC and a database between them; only the"
    " GPU is a pause of the given length. The pods themselves note when each painting was asked, begun, done or refused, and"
    " all figures of paintings come from there. Every load is made from a seed."
)


def _gpus(count: int) -> str:
    return "1 GPU" if count == 1 else f"{count} GPUs"


def _at_most(value: float, limit: float, *, percent: bool = False) -> tuple[str, str, str]:
    return _shown(value, percent=percent), f"≤ {_shown(limit, percent=percent)}", verdict(reached=value <= limit)


def _at_least(value: float, limit: float, *, percent: bool = False) -> tuple[str, str, str]:
    return _shown(value, percent=percent), f"≥ {_shown(limit, percent=percent)}", verdict(reached=value >= limit)


def _shown(value: float, *, percent: bool) -> str:
    if math.isinf(value):
        return "not told"
    return f"{100 * value:.1f} %" if percent else f"{value:.3f}".rstrip("0").ljust(4, "0")


if __name__ == "__main__":
    print(_promises(sys.argv[1:] or list(ROWS)))
