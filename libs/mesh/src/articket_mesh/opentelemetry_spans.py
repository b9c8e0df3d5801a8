"""The tracer that `tracing` loads when an endpoint is set: OpenTelemetry spans with W3C trace context.

The only module that imports OpenTelemetry; it comes with the extra `articket-mesh[tracing]`.
"""

from collections.abc import Generator, Mapping
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from articket_mesh.errors import ErrorReason
from articket_mesh.request_ids import request_id

# What a batch gets to reach the collector, retries included. It bounds how long a collector that is down delays a stop.
EXPORT_SECONDS = 3.0


class OpenTelemetryTracer:
    """Opens spans with the provider that it is given, and owns that provider."""

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("articket_mesh")
        self._propagator = TraceContextTextMapPropagator()

    @classmethod
    def to_collector(cls, service: str, endpoint: str) -> "OpenTelemetryTracer":
        """Send spans in batches to an OTLP/gRPC collector; https:// speaks TLS, anything else plaintext."""
        provider = TracerProvider(resource=Resource.create({SERVICE_NAME: f"articket-{service}"}))
        is_plaintext = not endpoint.startswith("https://")
        exporter = OTLPSpanExporter(endpoint=endpoint, insecure=is_plaintext, timeout=EXPORT_SECONDS)
        provider.add_span_processor(BatchSpanProcessor(exporter))
        return cls(provider)

    @contextmanager
    def server_call(self, method: str, metadata: Mapping[str, str]) -> Generator["CallSpan"]:
        """See `tracing.Tracer`."""
        parent = self._propagator.extract(dict(metadata))
        with self._tracer.start_as_current_span(
            method, parent, SpanKind.SERVER, _attributes(method), record_exception=False, set_status_on_exception=False
        ) as span:
            yield CallSpan(span)

    def client_call(self, method: str) -> tuple["CallSpan", tuple[tuple[str, str], ...]]:
        """See `tracing.Tracer`."""
        span = self._tracer.start_span(method, kind=SpanKind.CLIENT, attributes=_attributes(method))
        carrier: dict[str, str] = {}
        self._propagator.inject(carrier, trace.set_span_in_context(span))
        return CallSpan(span), tuple(carrier.items())

    @contextmanager
    def span(self, name: str) -> Generator["CallSpan"]:
        """See `tracing.Tracer`."""
        with self._tracer.start_as_current_span(name) as span:
            yield CallSpan(span)

    def shutdown(self) -> None:
        """See `tracing.Tracer`. Blocks for up to EXPORT_SECONDS."""
        self._provider.shutdown()


class CallSpan:
    """One span; see `tracing.Span`."""

    def __init__(self, span: trace.Span) -> None:
        self._span = span

    def set_outcome(self, code: str, reason: ErrorReason | None) -> None:
        """See `tracing.Span`. A cancelled call is no error: somebody changed their mind."""
        self._span.set_attribute("rpc.response.status_code", code)
        if reason is not None:
            self._span.set_attribute("articket.reason", reason)
        if code not in ("OK", "CANCELLED"):
            self._span.set_status(Status(StatusCode.ERROR, reason or code))

    def end(self) -> None:
        """See `tracing.Span`."""
        self._span.end()


def _attributes(method: str) -> dict[str, str]:
    return {"rpc.system.name": "grpc", "rpc.method": method, "articket.request_id": request_id.get()}
