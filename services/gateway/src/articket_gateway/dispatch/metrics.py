"""The dispatcher's gauges, read when Prometheus asks."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from articket_gateway.dispatch.dispatching import Dispatcher


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
