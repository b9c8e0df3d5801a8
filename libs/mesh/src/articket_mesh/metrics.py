"""Prometheus metrics: what every gRPC call leaves behind, and the HTTP port that shows them.

A service adds its own with `prometheus_client.Counter("articket_…", …)`; they appear on the same port, since everything is in
the library's default registry (named `registry` here). Names begin with `articket_` and end in their unit.
"""

import prometheus_client
from prometheus_client import REGISTRY, Counter, Gauge, Histogram

from articket_mesh.errors import ErrorReason

registry = REGISTRY

# A *_created series for each counter and bucket doubles what is scraped and answers no question of ours.
prometheus_client.disable_created_metrics()

# From a ticket (tens of ms) over a painting on the CPU (a second) to one on a cold GPU (minutes).
CALL_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 180.0)

_CALL_LABELS = ("method", "code", "reason")

SERVER_HANDLED = Counter(
    "articket_grpc_server_handled_total", "Calls that this process has answered, by outcome.", _CALL_LABELS, registry=registry
)
SERVER_SECONDS = Histogram(
    "articket_grpc_server_seconds",
    "Seconds from a call's arrival to its end, streams included.",
    _CALL_LABELS,
    buckets=CALL_BUCKETS,
    registry=registry,
)
SERVER_RUNNING = Gauge("articket_grpc_server_running", "Calls being answered now.", ("method",), registry=registry)
CLIENT_HANDLED = Counter(
    "articket_grpc_client_handled_total",
    "Calls that this process has made to other services, by outcome.",
    _CALL_LABELS,
    registry=registry,
)
CLIENT_SECONDS = Histogram(
    "articket_grpc_client_seconds",
    "Seconds from making a call to its end, streams included.",
    _CALL_LABELS,
    buckets=CALL_BUCKETS,
    registry=registry,
)


def observe_server_call(method: str, code: str, reason: ErrorReason | None, seconds: float) -> None:
    """Count a call that was answered. `code` is the status code's name; no reason is an empty label."""
    SERVER_HANDLED.labels(method, code, reason or "").inc()
    SERVER_SECONDS.labels(method, code, reason or "").observe(seconds)


def observe_client_call(method: str, code: str, reason: ErrorReason | None, seconds: float) -> None:
    """Count a call that was made; as `observe_server_call`."""
    CLIENT_HANDLED.labels(method, code, reason or "").inc()
    CLIENT_SECONDS.labels(method, code, reason or "").observe(seconds)


class MetricsServer:
    """Serves /metrics over HTTP from a thread of its own, until closed."""

    def __init__(self, host: str, port: int) -> None:
        """Bind and start; port 0 takes a free one. Raises OSError when the address is taken."""
        self._server, self._thread = prometheus_client.start_http_server(port, host, registry)
        self.port: int = self._server.server_port

    def close(self) -> None:
        """Stop answering; blocks for up to half a second."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
