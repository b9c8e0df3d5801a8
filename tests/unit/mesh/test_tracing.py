"""Tracing: spans that hang together over two hops, when it is switched on; nothing when it is not."""

import sys
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import (
    TraceServiceServicer,
    add_TraceServiceServicer_to_server,
)
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from articket.stylize.v1.stylize_pb2 import DescribeRequest, DescribeResponse, StylizeRequest
from articket_mesh import tracing
from articket_mesh.deadlines import remaining
from articket_mesh.errors import ErrorReason, MeshError, TracingError, TransientError
from articket_mesh.opentelemetry_spans import OpenTelemetryTracer

DESCRIBE = "articket.stylize.v1.StylizeService/Describe"


@pytest.fixture
def spans():
    """Switch tracing on and give a function that returns the finished spans."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracing.use_tracer(OpenTelemetryTracer(provider))
    yield exporter.get_finished_spans
    provider.shutdown()


async def test_a_call_is_a_client_span_and_its_child_on_the_server(start_mesh, spans):
    mesh = await start_mesh()
    await mesh.stub.Describe(DescribeRequest(), timeout=5, metadata=[("x-request-id", "visit-4")])
    server, client = sorted(spans(), key=lambda span: span.kind.value)
    assert (server.kind, client.kind) == (SpanKind.SERVER, SpanKind.CLIENT)
    assert server.name == client.name == DESCRIBE
    assert server.parent.span_id == client.context.span_id
    assert server.attributes["articket.request_id"] == "visit-4"
    assert server.attributes["rpc.response.status_code"] == "OK"


async def test_two_hops_are_one_trace(start_mesh, spans):
    behind = await start_mesh()

    async def pass_on(request, context):
        return await behind.stub.Describe(request, timeout=remaining(context))

    front = await start_mesh(describe=pass_on)
    with tracing.tracer().span("visit"):
        await front.stub.Describe(DescribeRequest(), timeout=5)
    by_id = {span.context.span_id: span for span in spans()}
    (innermost,) = [span for span in spans() if span.context.span_id not in {s.parent.span_id for s in spans() if s.parent}]
    chain = [innermost]
    while chain[-1].parent:
        chain.append(by_id[chain[-1].parent.span_id])
    assert [span.name for span in chain] == [DESCRIBE] * 4 + ["visit"]


async def test_a_failure_marks_both_spans_with_its_reason(start_mesh, spans):
    async def refuse(request, context):
        raise TransientError(ErrorReason.BUSY, "private words")

    mesh = await start_mesh(describe=refuse)
    with pytest.raises(MeshError):
        await mesh.stub.Describe(DescribeRequest(), timeout=5)
    assert [span.attributes["articket.reason"] for span in spans()] == ["BUSY", "BUSY"]
    assert {span.status.status_code for span in spans()} == {StatusCode.ERROR}
    assert "private" not in "".join(span.to_json() for span in spans())


async def test_a_streams_span_lasts_as_long_as_the_stream(start_mesh, spans):
    mesh = await start_mesh()
    call = mesh.stub.Stylize(StylizeRequest(), timeout=5)
    await anext(call)
    assert not [span for span in spans() if span.kind is SpanKind.CLIENT]
    async for _ in call:
        pass
    assert len([span for span in spans() if span.kind is SpanKind.CLIENT]) == 1


async def test_a_hostile_traceparent_starts_a_trace_of_its_own(start_mesh, spans):
    tracing_on = tracing.tracer()
    tracing.use_tracer(None)
    mesh = await start_mesh()
    call = mesh.stub.Describe(DescribeRequest(), timeout=5, metadata=[("traceparent", "00-zz-zz-01")])
    tracing.use_tracer(tracing_on)
    await call
    (span,) = spans()
    assert span.parent is None


class Collector(TraceServiceServicer):
    """An OTLP collector that keeps what it gets."""

    def __init__(self):
        self.received = []

    def Export(self, request, context):
        self.received.append(request)
        return ExportTraceServiceResponse()


def test_spans_reach_an_otlp_collector_under_the_services_name():
    collector = Collector()
    server = grpc.server(ThreadPoolExecutor(1))
    add_TraceServiceServicer_to_server(collector, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    tracing.configure_tracing("studio", f"http://127.0.0.1:{port}")
    with tracing.tracer().span("visit"):
        pass
    tracing.tracer().shutdown()
    server.stop(None).wait()
    (spans,) = collector.received[0].resource_spans
    names = {attribute.key: attribute.value.string_value for attribute in spans.resource.attributes}
    assert names["service.name"] == "articket-studio"
    assert spans.scope_spans[0].spans[0].name == "visit"


async def test_without_an_endpoint_no_metadata_is_sent(start_mesh):
    async def trace_header(request, context):
        return DescribeResponse(engine=str("traceparent" in dict(context.invocation_metadata())))

    tracing.configure_tracing("studio", None)
    mesh = await start_mesh(describe=trace_header)
    assert (await mesh.stub.Describe(DescribeRequest(), timeout=5)).engine == "False"


def test_an_endpoint_without_the_extra_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    monkeypatch.delitem(sys.modules, "articket_mesh.opentelemetry_spans")
    with pytest.raises(TracingError, match=r"articket-mesh\[tracing\]"):
        tracing.configure_tracing("studio", "http://127.0.0.1:4317")
