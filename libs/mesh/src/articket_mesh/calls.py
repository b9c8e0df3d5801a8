"""One call to another service, as the caller holds it: the gRPC call, with our errors and with its outcome counted once.

`channels` makes these. They are wrappers and not interceptors: an interceptor of grpc.aio costs a task for each call and puts
two more generators around a stream, and the channel has to be wrapped anyway, to follow rotating certificates.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Generator
from typing import Any, Generic, TypeVar

import grpc

from articket_mesh import metrics
from articket_mesh.errors import ErrorReason, MeshError
from articket_mesh.tracing import Span
from articket_mesh.translating import translate

RequestT = TypeVar("RequestT")
ResponseT = TypeVar("ResponseT")


class Observation:
    """The outcome of one call, told to metrics and span once; what is told later is ignored."""

    def __init__(self, method: str, span: Span) -> None:
        self._method = method
        self._span = span
        self._started = time.perf_counter()
        self._told = False

    def succeeded(self) -> None:
        """Note that the call gave all that it had to give."""
        self._tell("OK", None)

    def cancelled(self) -> None:
        """Note that the caller gave the call up."""
        self._tell("CANCELLED", None)

    def failed(self, error: grpc.aio.AioRpcError) -> MeshError:
        """Note that the call failed; return what to raise from it."""
        translated = translate(error)
        self._tell(error.code().name, translated.reason)
        return translated

    def _tell(self, code: str, reason: ErrorReason | None) -> None:
        if self._told:
            return
        self._told = True
        metrics.observe_client_call(self._method, code, reason, time.perf_counter() - self._started)
        self._span.set_outcome(code, reason)
        self._span.end()


class _ObservedCall(grpc.aio.Call):
    """What both kinds of call share: everything is the gRPC call's own, except that cancelling is noted."""

    def __init__(self, call: grpc.aio.Call, observation: Observation) -> None:
        self._inner = call
        self._observation = observation

    def cancel(self) -> bool:
        self._observation.cancelled()
        return self._inner.cancel()

    def cancelled(self) -> bool:
        return self._inner.cancelled()

    def done(self) -> bool:
        return self._inner.done()

    def time_remaining(self) -> float | None:
        return self._inner.time_remaining()

    def add_done_callback(self, callback: Callable[[Any], None]) -> None:
        self._inner.add_done_callback(callback)

    async def initial_metadata(self) -> grpc.aio.Metadata:
        return await self._inner.initial_metadata()

    async def trailing_metadata(self) -> grpc.aio.Metadata:
        return await self._inner.trailing_metadata()

    async def code(self) -> grpc.StatusCode:
        return await self._inner.code()

    async def details(self) -> str:
        return await self._inner.details()

    async def wait_for_connection(self) -> None:
        try:
            await self._inner.wait_for_connection()
        except grpc.aio.AioRpcError as error:
            raise self._observation.failed(error) from error


class ObservedUnaryCall(_ObservedCall, grpc.aio.UnaryUnaryCall[RequestT, ResponseT], Generic[RequestT, ResponseT]):
    """A call with one response: await it. Raises PermanentError, TransientError, or CancelledError once cancelled."""

    def __init__(self, call: grpc.aio.UnaryUnaryCall[RequestT, ResponseT], observation: Observation) -> None:
        super().__init__(call, observation)
        self._call = call

    def __await__(self) -> Generator[None, None, ResponseT]:
        return self._response().__await__()

    async def _response(self) -> ResponseT:
        try:
            response = await self._call
        except grpc.aio.AioRpcError as error:
            raise self._observation.failed(error) from error
        except asyncio.CancelledError:
            self._observation.cancelled()
            raise
        self._observation.succeeded()
        return response


class ObservedStreamCall(_ObservedCall, grpc.aio.UnaryStreamCall[RequestT, ResponseT], Generic[RequestT, ResponseT]):
    """A call with a stream of responses: iterate it, or read() until EOF. Raises as `ObservedUnaryCall` does.

    Leaving the loop early cancels the call once nothing holds it any more; `cancel()` does so at once.
    """

    def __init__(self, call: grpc.aio.UnaryStreamCall[RequestT, ResponseT], observation: Observation) -> None:
        super().__init__(call, observation)
        self._call = call
        self._loop = asyncio.get_running_loop()
        self._responses: AsyncIterator[ResponseT] | None = None

    def __aiter__(self) -> AsyncIterator[ResponseT]:
        # Its own iterator: a generator here and the call would hold each other, and an abandoned call would go on painting
        # until the next sweep of the garbage collector.
        return self

    async def __anext__(self) -> ResponseT:
        if self._responses is None:
            self._responses = aiter(self._call)
        try:
            return await anext(self._responses)
        except StopAsyncIteration:
            self._observation.succeeded()
            raise
        except grpc.aio.AioRpcError as error:
            raise self._observation.failed(error) from error
        except asyncio.CancelledError:
            self._observation.cancelled()
            raise

    async def read(self) -> ResponseT | object:
        """Return the next response, or grpc.aio.EOF after the last one."""
        try:
            response = await self._call.read()
        except grpc.aio.AioRpcError as error:
            raise self._observation.failed(error) from error
        except asyncio.CancelledError:
            self._observation.cancelled()
            raise
        if response is grpc.aio.EOF:
            self._observation.succeeded()
        return response

    def __del__(self) -> None:
        if self._call.done():
            return
        self._call.cancel()
        # Not here and now: a metric's lock may be held by the very code that the garbage collector has interrupted.
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody will ask any more
            self._loop.call_soon_threadsafe(self._observation.cancelled)
