"""What is measured of dispatching: counted as it happens, and gauges that are read when Prometheus asks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from articket_gateway.dispatch.dispatching import Dispatcher


class DispatchMetrics:
    """The dispatcher's metrics in one registry."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        """Without a registry nothing is published."""
        registry = registry or CollectorRegistry()
        self._passes = Histogram(
            "articket_dispatch_seconds",
            "Seconds of one look through the waiting paintings for those that can begin.",
            buckets=(0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1),
            registry=registry,
        )
        self._tries = Counter(
            "articket_dispatch_tries",
            "Tries of paintings at pods, by outcome: done, or the reason of the error.",
            ["pod", "outcome"],
            registry=registry,
        )

    def passed(self, seconds: float) -> None:
        """Note one pass over the waiting orders."""
        self._passes.observe(seconds)

    def tried(self, pod: str, outcome: str) -> None:
        """Note how a try at a pod ended."""
        self._tries.labels(pod, outcome).inc()


class DispatchCollector(Collector):
    """Waiting and running paintings by artist; slots and availability by pod."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher

    def collect(self) -> Iterator[Metric]:
        """Give the gauges as they are now."""
        artists = sorted({artist_id for pod in self._dispatcher.pods for artist_id in pod.artists})
        waiting = GaugeMetricFamily("articket_paintings_waiting", "Paintings that wait for a pod.", labels=["artist"])
        running = GaugeMetricFamily("articket_paintings_running", "Paintings being made.", labels=["artist"])
        for family, counts in ((waiting, self._dispatcher.waiting()), (running, self._dispatcher.running())):
            for artist_id in sorted({*artists, *counts}):
                family.add_metric([artist_id], counts[artist_id])
            yield family
        slots = GaugeMetricFamily("articket_pod_slots", "Paintings that the pod makes at once.", labels=["pod"])
        available = GaugeMetricFamily("articket_pod_available", "1 when the pod takes paintings, 0 when not.", labels=["pod"])
        for pod in self._dispatcher.pods:
            slots.add_metric([pod.name], pod.slots)
            available.add_metric([pod.name], float(pod.is_available))
        yield slots
        yield available
