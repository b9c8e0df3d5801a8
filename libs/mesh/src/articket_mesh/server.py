"""Serving: everything that a process of the mesh does besides its own work.

    asyncio.run(serve(settings, [Service(stylize_pb2.DESCRIPTOR.services_by_name["StylizeService"],
                                         partial(add_StylizeServiceServicer_to_server, servicer))]))

A drain, on SIGTERM or SIGINT: health says NOT_SERVING; a pause, in which calls are still taken, lets load balancers notice; new
calls are refused while running ones end; what still runs after `drain_seconds` is cancelled; `on_drain` is awaited. A second
signal ends the process at once.
"""

import asyncio
import logging
import signal
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf.descriptor import ServiceDescriptor
from grpc_reflection.v1alpha import reflection

from articket_mesh import tracing
from articket_mesh.certificates import server_credentials
from articket_mesh.errors import ListenError, StartError
from articket_mesh.health import Health
from articket_mesh.interceptors import MeshInterceptor
from articket_mesh.logs import FIELDS
from articket_mesh.metrics import MetricsServer
from articket_mesh.settings import MeshSettings

logger = logging.getLogger(__name__)

# Clients of ours ping every 30 s (`channels`); a server that allowed less would end their connections as abuse.
MIN_PING_INTERVAL_MS = 20_000

# The last word of every Watch, NOT_SERVING, is on its way before the stream ends.
LAST_WORD_SECONDS = 0.05

# How long a cancelled call may take to clean up at the end of a drain, before gRPC cuts the connection.
GIVING_UP_SECONDS = 1.0

_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


@dataclass(frozen=True)
class Service:
    """One gRPC service: what it is called and how it is added to a server."""

    descriptor: ServiceDescriptor
    add: Callable[[grpc.aio.Server], None]


@dataclass(frozen=True)
class RunningServer:
    """A server that takes calls. It belongs to the block of `running`."""

    port: int
    health: Health
    health_port: int | None
    metrics_port: int | None
    warming_up: asyncio.Task[None]
    _server: grpc.aio.Server
    _interceptor: MeshInterceptor
    _settings: MeshSettings

    @property
    def target(self) -> str:
        """What to give to `open_channel`."""
        return _address(self._settings.host, self.port)

    async def drain(self) -> None:
        """Take no new calls and return when the running ones have ended, or were cancelled after `drain_seconds`."""
        await self.health.enter_graceful_shutdown()
        await asyncio.sleep(max(LAST_WORD_SECONDS, self._settings.drain_pause_seconds))
        self.health.end_watches()
        stopping = asyncio.create_task(self._server.stop(self._settings.drain_seconds + GIVING_UP_SECONDS))
        await asyncio.wait({stopping}, timeout=self._settings.drain_seconds)
        self._interceptor.give_up()
        await stopping


async def serve(
    settings: MeshSettings,
    services: Sequence[Service],
    *,
    on_drain: Callable[[], Awaitable[None]] | None = None,
    warm_up: Callable[[], Awaitable[None]] | None = None,
) -> None:
    """Serve until a signal comes and the drain is over; this is the whole life of a service's process.

    Calls are taken at once, but health says NOT_SERVING until `warm_up` has ended; should it fail, its error is raised.
    `on_drain` is awaited last, when no call runs any more. A StartError becomes one log line and exit status 1.
    """
    try:
        tracing.configure_tracing(_service_name(services), settings.otlp_endpoint)
        with _stop_signal() as stop:
            async with running(settings, services, warm_up=warm_up) as server:
                await _stopped_or_failed(stop, server.warming_up)
                logger.info("draining")
                await server.drain()
        if on_drain is not None:
            await on_drain()
        logger.info("stopped")
    except StartError as error:
        logger.error("%s", error)
        raise SystemExit(1) from error
    finally:
        tracing.tracer().shutdown()


@asynccontextmanager
async def running(
    settings: MeshSettings,
    services: Sequence[Service],
    *,
    warm_up: Callable[[], Awaitable[None]] | None = None,
) -> AsyncGenerator[RunningServer]:
    """Run a server in this process for the length of the block; no signals, no tracing. `serve` is built on it.

    Leaving the block ends what still runs at once; call `drain()` before to let it end. Raises StartError.
    """
    health = Health([service.descriptor.full_name for service in services])
    await health.set_serving(False)
    interceptor = MeshInterceptor()
    server = _made(settings, services, health, interceptor)
    async with AsyncExitStack() as stack:
        port = _bound(server, settings)
        await server.start()
        stack.push_async_callback(server.stop, None)
        health_port = await stack.enter_async_context(_health_server(settings, health))
        metrics = _metrics_server(settings)
        if metrics is not None:
            stack.callback(metrics.close)
        warming_up = asyncio.create_task(_warmed_up(health, warm_up))
        stack.push_async_callback(_cancelled, warming_up)
        running_server = RunningServer(
            port=port,
            health=health,
            health_port=health_port,
            metrics_port=metrics.port if metrics else None,
            warming_up=warming_up,
            _server=server,
            _interceptor=interceptor,
            _settings=settings,
        )
        _log_ports(running_server)
        yield running_server


def _made(settings: MeshSettings, services: Sequence[Service], health: Health, interceptor: MeshInterceptor) -> grpc.aio.Server:
    server = grpc.aio.server(interceptors=[interceptor], options=_options(settings))
    for service in services:
        _refuse_request_streams(service.descriptor)
        service.add(server)
    health.add_to(server)
    names = [service.descriptor.full_name for service in services]
    reflection.enable_server_reflection([*names, "grpc.health.v1.Health", reflection.SERVICE_NAME], server)
    return server


def _refuse_request_streams(descriptor: ServiceDescriptor) -> None:
    for method in descriptor.methods:
        if method.client_streaming:
            raise ValueError(f"{method.full_name}: the mesh has unary and server-streaming methods only")


def _options(settings: MeshSettings) -> list[tuple[str, Any]]:
    message_bytes = settings.max_message_mib * 1024 * 1024
    return [
        ("grpc.max_send_message_length", message_bytes),
        ("grpc.max_receive_message_length", message_bytes),
        # Clients then look up the name again, and find pods that came later. No grace is set: calls end by their deadlines.
        ("grpc.max_connection_age_ms", int(settings.max_connection_age_seconds * 1000)),
        ("grpc.http2.min_ping_interval_without_data_ms", MIN_PING_INTERVAL_MS),
        ("grpc.keepalive_permit_without_calls", 1),
        # Otherwise a second process could take the same port without an error, and half of the calls with it.
        ("grpc.so_reuseport", 0),
    ]


def _bound(server: grpc.aio.Server, settings: MeshSettings) -> int:
    address = _address(settings.host, settings.port)
    certificates = settings.certificates
    try:
        if certificates is None:
            return server.add_insecure_port(address)
        return server.add_secure_port(address, server_credentials(certificates))
    except RuntimeError as error:  # what grpc raises for every failure to bind
        raise ListenError(f"cannot listen on {address}. Hint: is the port taken, or the host not this machine's?") from error


@asynccontextmanager
async def _health_server(settings: MeshSettings, health: Health) -> AsyncGenerator[int | None]:
    """Answer health checks in plaintext on a port of their own: kubelet's gRPC probe speaks no TLS."""
    if settings.health_port is None:
        yield None
        return
    server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
    health.add_to(server)
    address = _address(settings.host, settings.health_port)
    try:
        port = server.add_insecure_port(address)
    except RuntimeError as error:
        raise ListenError(f"cannot listen on {address} for health checks. Hint: is the port in use?") from error
    await server.start()
    try:
        yield port
    finally:
        await server.stop(None)


def _metrics_server(settings: MeshSettings) -> MetricsServer | None:
    if settings.metrics_port is None:
        return None
    try:
        return MetricsServer(settings.host, settings.metrics_port)
    except OSError as error:
        address = _address(settings.host, settings.metrics_port)
        raise ListenError(f"cannot listen on {address} for metrics: {error.strerror}") from error


async def _warmed_up(health: Health, warm_up: Callable[[], Awaitable[None]] | None) -> None:
    if warm_up is not None:
        await warm_up()
    await health.set_serving(True)


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@contextmanager
def _stop_signal() -> Generator[asyncio.Event]:
    """Give an event that the first SIGTERM or SIGINT sets; the second one then does what it does to any program."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    earlier = {number: signal.getsignal(number) for number in _STOP_SIGNALS}

    def first() -> None:
        stop.set()
        for number in _STOP_SIGNALS:
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_DFL)

    for number in _STOP_SIGNALS:
        loop.add_signal_handler(number, first)
    try:
        yield stop
    finally:
        for number, handler in earlier.items():
            loop.remove_signal_handler(number)
            signal.signal(number, handler)


async def _stopped_or_failed(stop: asyncio.Event, warming_up: asyncio.Task[None]) -> None:
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({stopping, warming_up}, return_when=asyncio.FIRST_COMPLETED)
        if warming_up.done():
            warming_up.result()  # raises what the warm-up raised
            await stopping
    finally:
        stopping.cancel()


def _address(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _service_name(services: Sequence[Service]) -> str:
    """Take "stylize" from articket.stylize.v1."""
    return services[0].descriptor.file.package.split(".")[1] if services else "mesh"


def _log_ports(server: RunningServer) -> None:
    ports = {"port": server.port, "health_port": server.health_port, "metrics_port": server.metrics_port}
    extra = "".join(f", {name.replace('_', ' ')} {port}" for name, port in ports.items() if name != "port" and port)
    logger.info("listening on %s%s", server.target, extra, extra={FIELDS: ports})
