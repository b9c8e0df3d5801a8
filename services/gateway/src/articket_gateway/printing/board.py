"""What everybody sees of printing, kept in memory: asked for with each event of each kiosk, so it costs no query.

`printing` refreshes it from SQL, where other replicas' work shows too. Everything here answers at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from articket_gateway.printing.sinks import BUSY, PAUSED, Sink, SinkKind, SinkStatus
from articket_gateway.printing.views import SinkState, SinkView, TicketPrintState, TicketPrintView
from articket_gateway.storing.prints import ERASED, QUEUED, PrintJob, PrintState

UNKNOWN_SINK = "no-sink"
"""The reason of a job whose sink is not among the settings any more."""

BEST_FIRST: tuple[TicketPrintState, ...] = ("printed", "printing", "waiting", "held", "failed")

SHOWN: Mapping[PrintState, TicketPrintState] = {
    PrintState.WAITING: "waiting",
    PrintState.PRINTING: "printing",
    PrintState.HELD: "held",
    PrintState.PRINTED: "printed",
    PrintState.FAILED: "failed",
}


class Board:
    """The jobs of all visits that are there, and the state of every sink."""

    def __init__(self, sinks: Sequence[Sink]) -> None:
        self._sinks = sinks
        self._kinds = {sink.name: sink.kind for sink in sinks}
        self._jobs: dict[str, dict[int, PrintJob]] = {}
        self._queues: dict[str, dict[int, PrintJob]] = {sink.name: {} for sink in sinks}
        self._printed: Mapping[str, int] = {}
        self.statuses: dict[str, SinkStatus] = {}
        self.is_paused = False

    # -- what is told to it ------------------------------------------------------------------------------------------------

    def restart(self, jobs: Iterable[PrintJob]) -> None:
        """Forget everything, then take these jobs."""
        self._jobs.clear()
        for queue in self._queues.values():
            queue.clear()
        for job in jobs:
            self.take(job)

    def take(self, job: PrintJob) -> bool:
        """Take a job as it is now; True when that is news."""
        if job.reason == ERASED and job.state not in QUEUED:
            return self.forget(job.visit_id)
        if self._jobs.get(job.visit_id, {}).get(job.id) == job:
            return False
        self._jobs.setdefault(job.visit_id, {})[job.id] = job
        self._stand(job)
        return True

    def forget(self, visit_id: str) -> bool:
        """Drop a visit's jobs; True when there were any."""
        jobs = self._jobs.pop(visit_id, {})
        for job in jobs.values():
            self._queues.get(job.sink, {}).pop(job.id, None)
        return bool(jobs)

    def count(self, printed: Mapping[str, int]) -> bool:
        """Take sink → how many tickets have been printed in all; True when that is news."""
        is_news = printed != self._printed
        self._printed = printed
        return is_news

    def _stand(self, job: PrintJob) -> None:
        queue = self._queues.get(job.sink)
        if queue is not None and job.state in QUEUED:
            queue[job.id] = job
        elif queue is not None:
            queue.pop(job.id, None)

    # -- what it tells -----------------------------------------------------------------------------------------------------

    def has_work(self, sink: str) -> bool:
        """Say whether anything stands in the sink's queue."""
        return bool(self._queues[sink])

    def waiting(self) -> dict[str, int]:
        """Give sink → how many jobs stand in its queue."""
        return {name: len(queue) for name, queue in self._queues.items()}

    def queued_visits(self) -> set[str]:
        """Give the visits that have a job in a queue: what is ahead of them changes with every job."""
        return {job.visit_id for queue in self._queues.values() for job in queue.values()}

    def sink_views(self) -> list[SinkView]:
        """Give every sink as staff and kiosks see it."""
        return [self._sink_view(sink) for sink in self._sinks]

    def ticket_print(self, visit_id: str) -> TicketPrintView | None:
        """Give how far the visit's ticket is on its way out; None when nobody wants it printed.

        Where there is a printer, its word counts and not a folder's; of each sink the newest job; of two printers the further.
        """
        jobs = [job for job in self._jobs.get(visit_id, {}).values() if job.state is not PrintState.CANCELLED]
        on_paper = [job for job in jobs if self._kinds.get(job.sink) is SinkKind.IPP]
        newest = {job.sink: job for job in sorted(on_paper or jobs, key=lambda job: job.id)}
        views = [self._ticket_view(job) for job in newest.values()]
        return min(views, key=lambda view: BEST_FIRST.index(view.state), default=None)

    def _ticket_view(self, job: PrintJob) -> TicketPrintView:
        if job.state not in QUEUED:
            return TicketPrintView(state=SHOWN[job.state], reason=job.reason)
        if job.sink not in self._queues:
            return TicketPrintView(state="held", reason=UNKNOWN_SINK)
        ahead = sum(other < job.id for other in self._queues[job.sink])
        reasons = self._trouble(job.sink)
        if job.state is PrintState.WAITING and self.is_paused:
            return TicketPrintView(state="held", ahead=ahead, reason=PAUSED)
        if reasons:
            return TicketPrintView(state="held", ahead=ahead, reason=reasons[0])
        return TicketPrintView(state=SHOWN[job.state], ahead=ahead, reason=job.reason)

    def _trouble(self, sink: str) -> tuple[str, ...]:
        """Give why nothing comes out of the sink; being busy is no trouble."""
        first = self._first(sink)
        status = self.statuses.get(sink, SinkStatus())
        reasons = dict.fromkeys((first.reason,) if first is not None and first.reason else ())
        if status.is_stopped:
            reasons |= dict.fromkeys(status.reasons)
        return tuple(reason for reason in reasons if reason and reason != BUSY)

    def _first(self, sink: str) -> PrintJob | None:
        queue = self._queues[sink]
        if not queue:
            return None
        return min(queue.values(), key=lambda job: (job.state is not PrintState.PRINTING, job.id))

    def _sink_view(self, sink: Sink) -> SinkView:
        first = self._first(sink.name)
        trouble = self._trouble(sink.name)
        state: SinkState = "idle"
        if trouble:
            state = "stopped"
        elif first is not None and first.state is PrintState.PRINTING and first.reason != BUSY:
            state = "printing"
        elif first is not None:
            state = "waiting"
        mentioned = self.statuses.get(sink.name, SinkStatus()).reasons
        busy = (BUSY,) if first is not None and first.reason == BUSY else ()
        return SinkView(
            name=sink.name,
            kind=sink.kind.value,
            state=state,
            reasons=list(dict.fromkeys((*trouble, *busy, *mentioned))),
            waiting=len(self._queues[sink.name]),
            printed=self._printed.get(sink.name, 0),
        )


def visits_of(jobs: Iterable[PrintJob]) -> dict[str, list[PrintJob]]:
    """Sort jobs by visit."""
    found: defaultdict[str, list[PrintJob]] = defaultdict(list)
    for job in jobs:
        found[job.visit_id].append(job)
    return dict(found)
