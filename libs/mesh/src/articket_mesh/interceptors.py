"""What happens around every call that a service answers.

The request id is taken over or made, a call without a deadline is refused, an error becomes a status with its reason, and the
outcome is logged, counted and traced, once. Health and reflection pass untouched: probes set no deadline and would fill the
log. Next comes the servicer's method. The same for the calling side is in `calls`.
"""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar, cast

import grpc

from articket_mesh import metrics, tracing
from articket_mesh.deadlines import remaining
from articket_mesh.errors import ErrorReason, MeshError, TransientError
from articket_mesh.logs import FIELDS
from articket_mesh.request_ids import REQUEST_ID_KEY, accepted_request_id, request_id
from articket_mesh.translating import to_status

logger = logging.getLogger(__name__)

UNTOUCHED_SERVICES = frozenset({"grpc.health.v1.Health", "grpc.reflection.v1alpha.ServerReflection"})

# The caller's clock runs out first and hangs up, a moment before ours does: by the time of travel, and because gRPC rounds a
# timeout up to three digits when it sends it (10.01 s arrives as 10.1 s).
DEADLINE_SLACK_SECONDS = 0.02
DEADLINE_ROUNDING = 0.01

# Requests and responses pass through here without being looked at: hence Any.
Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"
Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any] | None"
RequestT = TypeVar("RequestT")
ResponseT = TypeVar("ResponseT")
UnaryMethod: TypeAlias = Callable[[RequestT, Context], Awaitable[ResponseT]]
StreamMethod: TypeAlias = Callable[[RequestT, Context], AsyncGenerator[ResponseT]]


class MeshInterceptor(grpc.aio.ServerInterceptor):
    """The one interceptor of every server. It knows unary and server-streaming methods; `running` refuses others."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[Any]] = set()
        self._gave_up = False

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Handler]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Handler:
        """Wrap the method's handler; a method that nobody serves stays so, and gRPC answers UNIMPLEMENTED."""
        handler = await continuation(handler_call_details)
        method = handler_call_details.method.removeprefix("/")
        if handler is None or method.rpartition("/")[0] in UNTOUCHED_SERVICES:
            return handler
        if handler.response_streaming:
            stream = cast("StreamMethod[Any, Any]", handler.unary_stream)
            return grpc.unary_stream_rpc_method_handler(
                self._streaming(method, stream), handler.request_deserializer, handler.response_serializer
            )
        answer = cast("UnaryMethod[Any, Any]", handler.unary_unary)
        return grpc.unary_unary_rpc_method_handler(
            self._answering(method, answer), handler.request_deserializer, handler.response_serializer
        )

    def give_up(self) -> None:
        """Cancel every call that still runs; its caller is told DRAINING. The last act of a drain that ran out of time."""
        self._gave_up = True
        for task in self._running:
            task.cancel()

    def _answering(self, method: str, answer: UnaryMethod[RequestT, ResponseT]) -> UnaryMethod[RequestT, ResponseT]:
        async def answer_observed(request: RequestT, context: Context) -> ResponseT:
            async with self._observed(method, context):
                return await answer(request, context)

        return answer_observed

    def _streaming(self, method: str, stream: StreamMethod[RequestT, ResponseT]) -> UnaryMethod[RequestT, None]:
        # A coroutine that writes, not a generator: a cancellation that arrives while a message is being sent then ends the
        # servicer's generator at once, rather than when the garbage collector finds it suspended.
        async def stream_observed(request: RequestT, context: Context) -> None:
            async with self._observed(method, context), aclosing(stream(request, context)) as responses:
                async for response in responses:
                    await context.write(response)

        return stream_observed

    @asynccontextmanager
    async def _observed(self, method: str, context: Context) -> AsyncGenerator[None]:
        """Run one call in this block: everything that the module promises happens around it.

        The caller is answered last: whoever has the answer finds the call in log and metrics.
        """
        metadata = {key: value for key, value in context.invocation_metadata() or () if isinstance(value, str)}
        request_id.set(accepted_request_id(metadata.get(REQUEST_ID_KEY)))
        outcome = _Outcome()
        started = time.perf_counter()
        with (
            metrics.SERVER_RUNNING.labels(method).track_inprogress(),
            tracing.tracer().server_call(method, metadata) as span,
            self._cancellable(),
        ):
            try:
                with self._noted(outcome, context):
                    outcome.allowed_seconds = remaining(context)  # refuses a call without a deadline
                    yield
            finally:
                seconds = time.perf_counter() - started
                span.set_outcome(outcome.code, outcome.reason)
                metrics.observe_server_call(method, outcome.code, outcome.reason, seconds)
                _log(method, outcome, seconds)
        if outcome.status is not None:
            await context.abort_with_status(outcome.status)

    @contextmanager
    def _cancellable(self) -> Generator[None]:
        task = asyncio.current_task()
        assert task is not None  # grpc.aio runs each call as a task
        self._running.add(task)
        try:
            yield
        finally:
            self._running.discard(task)

    @contextmanager
    def _noted(self, outcome: "_Outcome", context: Context) -> Generator[None]:
        """Note how the block ends, and swallow the errors that become a status. A cancellation passes through."""
        try:
            yield
            outcome.code = _code_set_by_servicer(context)
        except asyncio.CancelledError:
            if not self._gave_up:
                outcome.cancelled(context)
                raise
            outcome.failed(TransientError(ErrorReason.DRAINING, "the process is shutting down"))
        except grpc.aio.AbortError:  # the servicer has called context.abort()
            outcome.code = _code_set_by_servicer(context)
            raise
        except MeshError as error:
            outcome.failed(error)
        except Exception as error:  # the edge of the request: the log gets the whole story, the caller where to look for it
            outcome.unexpected = error
            where = f"unexpected fault; the service's log has it under request id {request_id.get()}"
            outcome.failed(TransientError(ErrorReason.INTERNAL, where))


@dataclass
class _Outcome:
    allowed_seconds: float = 0.0
    code: str = "OK"
    reason: ErrorReason | None = None
    status: grpc.Status | None = None
    unexpected: BaseException | None = None

    def failed(self, error: MeshError) -> None:
        self.status = to_status(error)
        self.code, self.reason = self.status.code.name, error.reason

    def cancelled(self, context: Context) -> None:
        """Tell apart the two reasons for which gRPC cancels a call: no time is left, or the caller has left."""
        slack = DEADLINE_SLACK_SECONDS + DEADLINE_ROUNDING * self.allowed_seconds
        if context.time_remaining() > slack:
            self.code = "CANCELLED"
        else:
            self.code, self.reason = "DEADLINE_EXCEEDED", ErrorReason.DEADLINE_EXCEEDED


def _code_set_by_servicer(context: Context) -> str:
    code = cast("grpc.StatusCode | None", context.code())  # None when nothing was set; the stubs do not know
    return code.name if code is not None else "OK"


def _log(method: str, outcome: _Outcome, seconds: float) -> None:
    fields = {"method": method, "code": outcome.code, "reason": outcome.reason, "seconds": round(seconds, 6)}
    text = " ".join(part for part in (method, outcome.code, outcome.reason, f"{seconds:.3f} s") if part)
    if outcome.unexpected is not None:
        logger.error(text, exc_info=outcome.unexpected, extra={FIELDS: fields})
    elif outcome.code in ("OK", "CANCELLED") or outcome.reason is ErrorReason.BUSY:  # a busy pod is a healthy one
        logger.info(text, extra={FIELDS: fields})
    else:
        message = f": {outcome.status.details}" if outcome.status else ""
        logger.warning(text + message, extra={FIELDS: fields})
