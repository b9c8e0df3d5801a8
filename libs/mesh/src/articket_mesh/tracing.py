"""Spans around calls, when an OTLP endpoint is set; nothing at all, not even an import, when none is.

`opentelemetry_spans` does the work. It needs the extra: pip install articket-mesh[tracing].
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from articket_mesh.errors import ErrorReason, TracingError


class Span(Protocol):
    """One timed piece of work."""

    def set_outcome(self, code: str, reason: ErrorReason | None) -> None:
        """Note how the call ended; `code` is the status code's name."""
        ...

    def end(self) -> None:
        """Stop the clock. Not needed for a span that was opened by `with`."""
        ...


class Tracer(Protocol):
    """What can open spans."""

    def server_call(self, method: str, metadata: Mapping[str, str]) -> AbstractContextManager[Span]:
        """Open the span of a call being answered, as a child of the caller's, and make it current within the block."""
        ...

    def client_call(self, method: str) -> tuple[Span, tuple[tuple[str, str], ...]]:
        """Open the span of a call being made, and give the metadata (W3C traceparent) that carries it to the server."""
        ...

    def span(self, name: str) -> AbstractContextManager[Span]:
        """Open the span of some other work, and make it current within the block."""
        ...

    def shutdown(self) -> None:
        """Send what has not been sent yet."""
        ...


class _NoSpan:
    def set_outcome(self, code: str, reason: ErrorReason | None) -> None:
        pass

    def end(self) -> None:
        pass


class _NoTracer:
    _NO_SPAN: Span = _NoSpan()

    def server_call(self, method: str, metadata: Mapping[str, str]) -> AbstractContextManager[Span]:
        return nullcontext(self._NO_SPAN)

    def client_call(self, method: str) -> tuple[Span, tuple[tuple[str, str], ...]]:
        return self._NO_SPAN, ()

    def span(self, name: str) -> AbstractContextManager[Span]:
        return nullcontext(self._NO_SPAN)

    def shutdown(self) -> None:
        pass


_tracer: Tracer = _NoTracer()


def tracer() -> Tracer:
    """Return the process's tracer; one that does nothing until `configure_tracing`."""
    return _tracer


def use_tracer(chosen: Tracer | None) -> None:
    """Make this the process's tracer; None turns tracing off."""
    global _tracer  # a process has one tracer, as it has one root logger
    _tracer = chosen or _NoTracer()


def configure_tracing(service: str, otlp_endpoint: str | None) -> None:
    """Send spans to the collector from now on; do nothing without an endpoint. `serve` calls it.

    Raises TracingError when the extra is not installed.
    """
    if otlp_endpoint is None:
        return
    try:
        from articket_mesh.opentelemetry_spans import OpenTelemetryTracer
    except ModuleNotFoundError as error:
        raise TracingError(
            f"tracing to {otlp_endpoint}: expected OpenTelemetry, found no {error.name}. "
            "Hint: pip install articket-mesh[tracing]"
        ) from error
    use_tracer(OpenTelemetryTracer.to_collector(service, otlp_endpoint))
