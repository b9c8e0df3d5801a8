"""What can go wrong between two services, and whether asking again may help; and what can keep a process from starting.

    MeshError
    ├── PermanentError     the same request will fail again: give up
    └── TransientError     ask again, later or elsewhere (retry_after: seconds to wait first, when known)

    StartError             the process cannot start as it is configured; the message says what to change
    ├── ListenError        an address is taken, or not this machine's
    ├── CertificateError   the files for mutual TLS are missing, or do not fit together
    └── TracingError       traces are wanted, and the extra that makes them is not installed

A servicer raises a MeshError; `interceptors` puts them on the wire. A client call raises them back; `translating` holds both
directions. Every reason belongs to exactly one class, so code that catches `TransientError` sees the same errors in process
and over the wire. The reasons are the values of `articket.mesh.v1.ErrorReason` without their prefix; a test compares them.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class ErrorReason(StrEnum):
    """The machine-readable cause of a failed call. What each one means is told in proto/articket/mesh/v1/error_reason.proto."""

    INVALID_REQUEST = "INVALID_REQUEST"
    BAD_PICTURE = "BAD_PICTURE"
    UNKNOWN_ARTIST = "UNKNOWN_ARTIST"
    BUSY = "BUSY"
    OUT_OF_MEMORY = "OUT_OF_MEMORY"
    ENGINE_FAILED = "ENGINE_FAILED"
    ENGINE_UNAVAILABLE = "ENGINE_UNAVAILABLE"
    STYLE_NOT_APPLIED = "STYLE_NOT_APPLIED"
    BAD_TEMPLATE = "BAD_TEMPLATE"
    DEADLINE_MISSING = "DEADLINE_MISSING"
    DEADLINE_EXCEEDED = "DEADLINE_EXCEEDED"
    DRAINING = "DRAINING"
    UNREACHABLE = "UNREACHABLE"
    INTERNAL = "INTERNAL"


PERMANENT_REASONS = frozenset(
    {
        ErrorReason.INVALID_REQUEST,
        ErrorReason.BAD_PICTURE,
        ErrorReason.BAD_TEMPLATE,
        ErrorReason.DEADLINE_MISSING,
    }
)


class MeshError(Exception):
    """A call failed for a reason that both sides know. Never raised itself: raise one of the two below."""

    def __init__(self, reason: ErrorReason, message: str, *, metadata: Mapping[str, str] | None = None) -> None:
        """Take a message for people (the thing, what was expected, what was found) and metadata for programs.

        The message reaches the caller: it must hold nothing that the caller may not see. Metadata keys are lower camel case
        or snake_case letters; long messages and metadata are shortened on the wire (`translating`).
        """
        super().__init__(reason, message)
        self.reason = reason
        self.message = message
        self.metadata: Mapping[str, str] = MappingProxyType(dict(metadata or {}))

    def __str__(self) -> str:
        return f"{self.reason}: {self.message}"


class PermanentError(MeshError):
    """Asking again cannot help. Raises ValueError when made with a reason that is worth a retry."""

    def __init__(self, reason: ErrorReason, message: str, *, metadata: Mapping[str, str] | None = None) -> None:
        if reason not in PERMANENT_REASONS:
            raise ValueError(f"{reason} is worth a retry: raise TransientError. The message was: {message}")
        super().__init__(reason, message, metadata=metadata)


class TransientError(MeshError):
    """Asking again may help. Raises ValueError when made with a reason that is not worth a retry."""

    def __init__(
        self,
        reason: ErrorReason,
        message: str,
        *,
        metadata: Mapping[str, str] | None = None,
        retry_after: float | None = None,
    ) -> None:
        """Take also `retry_after`: seconds after which asking makes sense; None when nobody knows."""
        if reason in PERMANENT_REASONS:
            raise ValueError(f"{reason} is not worth a retry: raise PermanentError. The message was: {message}")
        super().__init__(reason, message, metadata=metadata)
        self.retry_after = retry_after


def error_for(
    reason: ErrorReason,
    message: str,
    *,
    metadata: Mapping[str, str] | None = None,
    retry_after: float | None = None,
) -> PermanentError | TransientError:
    """Make the error of the class that the reason belongs to; `retry_after` is dropped where no retry makes sense."""
    if reason in PERMANENT_REASONS:
        return PermanentError(reason, message, metadata=metadata)
    return TransientError(reason, message, metadata=metadata, retry_after=retry_after)


class StartError(Exception):
    """The process cannot start as it is configured. A process edge shows the message, without a traceback, and exits."""


class ListenError(StartError):
    """A server cannot listen on its address."""


class CertificateError(StartError):
    """The certificate files cannot be used; the message says which and why."""


class TracingError(StartError):
    """Tracing was asked for and cannot be had."""
