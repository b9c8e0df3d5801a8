"""Errors to and from the wire: the only module that knows both `MeshError` and gRPC's status.

On the wire an error is a status code, its message, and in `grpc-status-details-bin` a google.rpc.Status with an ErrorInfo
(reason, domain "articket", metadata) and, when the sender knows how long to wait, a RetryInfo. The receiver goes by the reason
and falls back to the code where there is none: then the answer came from gRPC itself, or from a stranger.
"""

import contextlib
from collections.abc import Mapping

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import DecodeError
from google.rpc.error_details_pb2 import ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status
from grpc_status import rpc_status

from articket_mesh.errors import ErrorReason, MeshError, TransientError, error_for

DOMAIN = "articket"

# The whole of a status travels as HTTP/2 headers, which gRPC limits to 8 KiB: the message goes twice, once percent-encoded (up
# to three bytes for one), once in the details as Base64. A longer one would cost the caller the reason as well.
MAX_MESSAGE_BYTES = 900
MAX_METADATA_BYTES = 1500

STATUS_OF_REASON: Mapping[ErrorReason, grpc.StatusCode] = {
    ErrorReason.INVALID_REQUEST: grpc.StatusCode.INVALID_ARGUMENT,
    ErrorReason.BAD_PICTURE: grpc.StatusCode.INVALID_ARGUMENT,
    ErrorReason.UNKNOWN_ARTIST: grpc.StatusCode.NOT_FOUND,
    ErrorReason.BUSY: grpc.StatusCode.RESOURCE_EXHAUSTED,
    ErrorReason.OUT_OF_MEMORY: grpc.StatusCode.RESOURCE_EXHAUSTED,
    ErrorReason.ENGINE_FAILED: grpc.StatusCode.INTERNAL,
    ErrorReason.ENGINE_UNAVAILABLE: grpc.StatusCode.UNAVAILABLE,
    ErrorReason.STYLE_NOT_APPLIED: grpc.StatusCode.INTERNAL,
    ErrorReason.BAD_TEMPLATE: grpc.StatusCode.FAILED_PRECONDITION,
    ErrorReason.DEADLINE_MISSING: grpc.StatusCode.INVALID_ARGUMENT,
    ErrorReason.DEADLINE_EXCEEDED: grpc.StatusCode.DEADLINE_EXCEEDED,
    ErrorReason.DRAINING: grpc.StatusCode.UNAVAILABLE,
    ErrorReason.UNREACHABLE: grpc.StatusCode.UNAVAILABLE,
    ErrorReason.INTERNAL: grpc.StatusCode.INTERNAL,
}

# What a status without our ErrorInfo means. Every code but OK is here; a test enumerates them.
REASON_OF_STATUS: Mapping[grpc.StatusCode, ErrorReason] = {
    # The server gave the call up: it is going away. (A call that we cancel ourselves raises CancelledError, not this.)
    grpc.StatusCode.CANCELLED: ErrorReason.UNREACHABLE,
    grpc.StatusCode.UNKNOWN: ErrorReason.INTERNAL,
    grpc.StatusCode.INVALID_ARGUMENT: ErrorReason.INVALID_REQUEST,
    grpc.StatusCode.DEADLINE_EXCEEDED: ErrorReason.DEADLINE_EXCEEDED,
    grpc.StatusCode.NOT_FOUND: ErrorReason.INVALID_REQUEST,
    grpc.StatusCode.ALREADY_EXISTS: ErrorReason.INVALID_REQUEST,
    grpc.StatusCode.PERMISSION_DENIED: ErrorReason.INVALID_REQUEST,
    # gRPC itself says this of a message over the size limit, on either side. A busy service says BUSY in its ErrorInfo.
    grpc.StatusCode.RESOURCE_EXHAUSTED: ErrorReason.INVALID_REQUEST,
    grpc.StatusCode.FAILED_PRECONDITION: ErrorReason.INVALID_REQUEST,
    grpc.StatusCode.ABORTED: ErrorReason.INTERNAL,
    grpc.StatusCode.OUT_OF_RANGE: ErrorReason.INVALID_REQUEST,
    # The other side does not know the method: another version of it is running.
    grpc.StatusCode.UNIMPLEMENTED: ErrorReason.INVALID_REQUEST,
    grpc.StatusCode.INTERNAL: ErrorReason.INTERNAL,
    grpc.StatusCode.UNAVAILABLE: ErrorReason.UNREACHABLE,
    grpc.StatusCode.DATA_LOSS: ErrorReason.INTERNAL,
    grpc.StatusCode.UNAUTHENTICATED: ErrorReason.INVALID_REQUEST,
}


def to_status(error: MeshError) -> grpc.Status:
    """Make the status that `context.abort_with_status` sends. What is too long for the wire is shortened."""
    message = _shortened(error.message, MAX_MESSAGE_BYTES)
    details = [_packed(ErrorInfo(reason=error.reason, domain=DOMAIN, metadata=_bounded(error.metadata)))]
    if isinstance(error, TransientError) and error.retry_after is not None:
        delay = Duration()
        delay.FromNanoseconds(int(error.retry_after * 1e9))
        details.append(_packed(RetryInfo(retry_delay=delay)))
    code: int = STATUS_OF_REASON[error.reason].value[0]
    return rpc_status.to_status(Status(code=code, message=message, details=details))


def translate(error: grpc.aio.AioRpcError) -> MeshError:
    """Make the MeshError that an answer means. Raise it `from` the original."""
    info, retry_after = _details(error)
    known = info is not None and info.domain == DOMAIN and info.reason in ErrorReason.__members__
    if info is None or not known:
        return error_for(REASON_OF_STATUS[error.code()], _message_of_stranger(error))
    return error_for(ErrorReason(info.reason), error.details() or "", metadata=dict(info.metadata), retry_after=retry_after)


def _details(error: grpc.aio.AioRpcError) -> tuple[ErrorInfo | None, float | None]:
    info: ErrorInfo | None = None
    retry_after: float | None = None
    for detail in _status_proto(error).details:
        if detail.TypeName() == "google.rpc.ErrorInfo":
            info = ErrorInfo()
            detail.Unpack(info)
        elif detail.TypeName() == "google.rpc.RetryInfo":
            retry = RetryInfo()
            detail.Unpack(retry)
            retry_after = retry.retry_delay.ToNanoseconds() / 1e9
    return info, retry_after


def _status_proto(error: grpc.aio.AioRpcError) -> Status:
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin" and isinstance(value, bytes):
            with contextlib.suppress(DecodeError):  # a stranger's bytes: the code alone has to do
                return Status.FromString(value)
    return Status()


def _message_of_stranger(error: grpc.aio.AioRpcError) -> str:
    return f"{error.code().name}: {error.details() or 'no details'}"


def _packed(message: ErrorInfo | RetryInfo) -> AnyMessage:
    packed = AnyMessage()
    packed.Pack(message)
    return packed


def _shortened(text: str, limit: int) -> str:
    encoded = text.encode("utf-8", errors="replace")
    if len(encoded) <= limit:
        return encoded.decode()
    return encoded[: limit - 3].decode(errors="ignore") + "…"


def _bounded(metadata: Mapping[str, str]) -> dict[str, str]:
    kept: dict[str, str] = {}
    budget = MAX_METADATA_BYTES
    for key, value in metadata.items():
        short = _shortened(value, 400)
        budget -= len(key.encode()) + len(short.encode())
        if budget < 0:
            break
        kept[key] = short
    return kept
