"""Opening a connection to another service.

    channel = open_channel("127.0.0.1:50052", ChannelSettings.of(settings))
    stub = StylizeServiceStub(channel)
    response = await stub.Describe(DescribeRequest(), timeout=2.0)   # raises PermanentError or TransientError

Every call carries the request id and the trace, must have a timeout, raises our errors and is counted. Nothing is retried here:
retries are the orchestrator's (gRPC itself repeats only a call that provably never left this process).
"""

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, Never, TypeVar

import grpc

from articket_mesh import tracing
from articket_mesh.calls import Observation, ObservedStreamCall, ObservedUnaryCall
from articket_mesh.certificates import CertificateFiles, ReloadedCertificates
from articket_mesh.errors import ErrorReason, PermanentError
from articket_mesh.request_ids import REQUEST_ID_KEY, new_request_id, request_id
from articket_mesh.settings import MeshSettings

RequestT = TypeVar("RequestT")
ResponseT = TypeVar("ResponseT")
MultiCallableT = TypeVar("MultiCallableT")
MetadataT = grpc.aio.Metadata | Sequence[tuple[str, str | bytes]]

# Long enough for a painting that began just before the certificates changed; its own deadline ends it sooner.
RETIRED_CHANNEL_SECONDS = 600.0

# Certificates are looked at no more often than this when calls are made.
CERTIFICATE_CHECK_SECONDS = 1.0


@dataclass(frozen=True)
class ChannelSettings:
    """How to connect. `of` takes what a process's own settings say."""

    max_message_mib: int = 16
    """Largest message in MiB, sent or received; the server has its own limit."""
    certificates: CertificateFiles | None = None
    """Files for mutual TLS; None speaks plaintext."""
    server_name: str | None = None
    """The name that the server's certificate must carry, where it differs from the target's, as for a pod's address."""
    load_balancing: Literal["pick_first", "round_robin"] = "pick_first"
    """round_robin spreads calls over every address that a dns:/// target resolves to; pick_first stays with one."""
    health_service: str | None = None
    """With round_robin: leave out addresses whose health service does not say that this service is serving."""

    @classmethod
    def of(cls, settings: MeshSettings) -> "ChannelSettings":
        """Take what the process's settings say; `dataclasses.replace` sets the rest."""
        return cls(max_message_mib=settings.max_message_mib, certificates=settings.certificates)


def open_channel(target: str, settings: ChannelSettings | None = None) -> grpc.aio.Channel:
    """Open a channel to `host:port` or a gRPC name such as `dns:///stylize.articket.svc.cluster.local:50052`.

    It connects at the first call. The caller closes it (`await channel.close()`). Raises CertificateError when the settings
    name certificate files that cannot be used. Calls must be unary or server-streaming.
    """
    return MeshChannel(target, settings or ChannelSettings())


class MeshChannel(grpc.aio.Channel):
    """A grpc.aio channel whose calls follow the rules of the mesh, and which is renewed when its certificates change."""

    def __init__(self, target: str, settings: ChannelSettings) -> None:
        self._target = target
        self._settings = settings
        self._certificates = ReloadedCertificates(settings.certificates) if settings.certificates else None
        self._checked = time.monotonic()
        self._channel = self._opened()
        self._retiring: set[asyncio.Task[None]] = set()

    def _opened(self) -> grpc.aio.Channel:
        options = _options(self._settings)
        if self._certificates is None:
            return grpc.aio.insecure_channel(self._target, options)
        return grpc.aio.secure_channel(self._target, self._certificates.current.for_client(), options)

    def current(self) -> grpc.aio.Channel:
        """Return the channel for the next call: a fresh one when the certificates have changed."""
        if self._certificates is None or time.monotonic() - self._checked < CERTIFICATE_CHECK_SECONDS:
            return self._channel
        self._checked = time.monotonic()
        if self._certificates.changed():
            retired, self._channel = self._channel, self._opened()
            closing = asyncio.create_task(retired.close(RETIRED_CHANNEL_SECONDS))
            self._retiring.add(closing)
            closing.add_done_callback(self._retiring.discard)
        return self._channel

    def unary_unary(
        self,
        method: str,
        request_serializer: Callable[[RequestT], bytes] | None = None,
        response_deserializer: Callable[[bytes], ResponseT] | None = None,
        _registered_method: bool = False,
    ) -> "UnaryMethod[RequestT, ResponseT]":
        """Bind a method with one response; generated stubs call this."""
        return UnaryMethod(self, method, lambda channel: channel.unary_unary(method, request_serializer, response_deserializer))

    def unary_stream(
        self,
        method: str,
        request_serializer: Callable[[RequestT], bytes] | None = None,
        response_deserializer: Callable[[bytes], ResponseT] | None = None,
        _registered_method: bool = False,
    ) -> "StreamMethod[RequestT, ResponseT]":
        """Bind a method with a stream of responses; generated stubs call this."""
        return StreamMethod(
            self, method, lambda channel: channel.unary_stream(method, request_serializer, response_deserializer)
        )

    def stream_unary(self, *_: object, **__: object) -> Never:
        """Refuse: the mesh has no method that takes a stream."""
        raise NotImplementedError("the mesh has unary and server-streaming methods only")

    stream_stream = stream_unary

    def get_state(self, try_to_connect: bool = False) -> grpc.ChannelConnectivity:
        """As in grpc.aio.Channel."""
        return self.current().get_state(try_to_connect)

    async def wait_for_state_change(self, last_observed_state: grpc.ChannelConnectivity) -> None:
        """As in grpc.aio.Channel."""
        await self.current().wait_for_state_change(last_observed_state)

    async def channel_ready(self) -> None:
        """As in grpc.aio.Channel: wait for a connection, for as long as it takes."""
        await self.current().channel_ready()

    async def close(self, grace: float | None = None) -> None:
        """Close the connection; running calls get `grace` seconds. Those on a retired connection are cancelled."""
        for closing in list(self._retiring):
            closing.cancel()
        await asyncio.gather(*self._retiring, return_exceptions=True)
        await self._channel.close(grace)

    async def __aenter__(self) -> "MeshChannel":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


class _Method(Generic[MultiCallableT]):
    """What both kinds of method share: the gRPC method on the channel's current connection, and what each call carries."""

    def __init__(self, channel: MeshChannel, name: str, bind: Callable[[grpc.aio.Channel], MultiCallableT]) -> None:
        self._channel = channel
        self._name = name.removeprefix("/")
        self._bind = bind
        self._bound_to = channel.current()
        self._bound = bind(self._bound_to)

    def _current(self) -> MultiCallableT:
        channel = self._channel.current()
        if channel is not self._bound_to:
            self._bound_to, self._bound = channel, self._bind(channel)
        return self._bound

    def _begin(self, timeout: float | None, metadata: MetadataT | None) -> tuple[Observation, grpc.aio.Metadata]:
        if timeout is None:
            raise PermanentError(
                ErrorReason.DEADLINE_MISSING,
                f"{self._name}: expected a timeout, found none. Hint: pass timeout=… in seconds; "
                "a servicer passes remaining(context).",
            )
        span, trace_metadata = tracing.tracer().client_call(self._name)
        carried = grpc.aio.Metadata(*(metadata or ()), *trace_metadata)
        if REQUEST_ID_KEY not in carried:
            carried.add(REQUEST_ID_KEY, request_id.get() or new_request_id())
        return Observation(self._name, span), carried


class UnaryMethod(
    _Method[grpc.aio.UnaryUnaryMultiCallable[RequestT, ResponseT]],
    grpc.aio.UnaryUnaryMultiCallable[RequestT, ResponseT],
    Generic[RequestT, ResponseT],
):
    """A method with one response."""

    def __call__(
        self,
        request: RequestT,
        *,
        timeout: float | None = None,
        metadata: MetadataT | None = None,
        credentials: grpc.CallCredentials | None = None,
        wait_for_ready: bool | None = None,
        compression: grpc.Compression | None = None,
    ) -> ObservedUnaryCall[RequestT, ResponseT]:
        """Start the call. Raises PermanentError DEADLINE_MISSING without a timeout."""
        observation, carried = self._begin(timeout, metadata)
        call = self._current()(
            request,
            timeout=timeout,
            metadata=carried,
            credentials=credentials,
            wait_for_ready=wait_for_ready,
            compression=compression,
        )
        return ObservedUnaryCall(call, observation)


class StreamMethod(
    _Method[grpc.aio.UnaryStreamMultiCallable[RequestT, ResponseT]],
    grpc.aio.UnaryStreamMultiCallable[RequestT, ResponseT],
    Generic[RequestT, ResponseT],
):
    """A method with a stream of responses."""

    def __call__(
        self,
        request: RequestT,
        *,
        timeout: float | None = None,
        metadata: MetadataT | None = None,
        credentials: grpc.CallCredentials | None = None,
        wait_for_ready: bool | None = None,
        compression: grpc.Compression | None = None,
    ) -> ObservedStreamCall[RequestT, ResponseT]:
        """Start the call. Raises PermanentError DEADLINE_MISSING without a timeout."""
        observation, carried = self._begin(timeout, metadata)
        call = self._current()(
            request,
            timeout=timeout,
            metadata=carried,
            credentials=credentials,
            wait_for_ready=wait_for_ready,
            compression=compression,
        )
        return ObservedStreamCall(call, observation)


def _options(settings: ChannelSettings) -> list[tuple[str, Any]]:
    message_bytes = settings.max_message_mib * 1024 * 1024
    service_config: dict[str, Any] = {"loadBalancingConfig": [{settings.load_balancing: {}}]}
    if settings.health_service is not None:
        service_config["healthCheckConfig"] = {"serviceName": settings.health_service}
    options: list[tuple[str, Any]] = [
        ("grpc.max_send_message_length", message_bytes),
        ("grpc.max_receive_message_length", message_bytes),
        ("grpc.service_config", json.dumps(service_config)),
        # The mesh talks to its own machines: a proxy that the environment names for the internet is not for it.
        ("grpc.enable_http_proxy", 0),
        # A dead peer behind a silent network is found within 40 s; a server of ours allows a ping every 20 s (`server`).
        ("grpc.keepalive_time_ms", 30_000),
        ("grpc.keepalive_timeout_ms", 10_000),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.max_pings_without_data", 0),
        # A service that restarts is back within a second: gRPC's own first wait is 1 s and grows to 120 s.
        ("grpc.initial_reconnect_backoff_ms", 250),
        ("grpc.max_reconnect_backoff_ms", 2_000),
        # New pods are found when a server asks to reconnect (`max_connection_age_seconds`): then gRPC's 30 s are too long.
        ("grpc.dns_min_time_between_resolutions_ms", 5_000),
    ]
    if settings.server_name is not None:
        options.append(("grpc.ssl_target_name_override", settings.server_name))
    return options
