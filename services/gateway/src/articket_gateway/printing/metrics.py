"""What the gateway measures of printing. Names, labels and meaning: `docs/operating.md`; a test compares the two."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from articket_gateway.storing.prints import PrintJob, PrintState

SECONDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800)


class PrintMetrics:
    """Tickets that have ended, by sink."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._prints = Counter("articket_prints", "Print jobs that have ended.", ["sink", "outcome"], registry=registry)
        self._seconds = Histogram(
            "articket_print_seconds",
            "From the wish for a ticket until it is out.",
            ["sink"],
            buckets=SECONDS,
            registry=registry,
        )

    def ended(self, job: PrintJob) -> None:
        """Count a job's end, and its time if it came out."""
        self._prints.labels(job.sink, job.state.value).inc()
        if job.state is PrintState.PRINTED and job.ended_at is not None:
            self._seconds.labels(job.sink).observe(max(0.0, job.ended_at - job.asked_at))


class PrintsWaiting(Collector):
    """How many tickets stand in each sink's queue, read when Prometheus asks."""

    def __init__(self, waiting: Callable[[], Mapping[str, int]]) -> None:
        self._waiting = waiting

    def collect(self) -> Iterator[Metric]:
        """Give the gauge as it is now."""
        family = GaugeMetricFamily("articket_prints_waiting", "Print jobs that have not ended.", labels=["sink"])
        for sink, count in self._waiting().items():
            family.add_metric([sink], count)
        yield family
