"""What the caption service answers when it does not describe. All are errors of the mesh; this module words them.

    MeshError
    ├── PermanentError
    │   ├── INVALID_REQUEST      the idempotency key is too long
    │   └── BAD_PICTURE          the photo is none, or not one that may be sent
    └── TransientError
        ├── ENGINE_UNAVAILABLE   the engine cannot be reached or started
        │   └── MisconfiguredError   …and will not be before somebody changes a setting
        ├── ENGINE_FAILED        the engine broke down over this photo, or said nothing of use
        ├── OUT_OF_MEMORY        the engine had no memory left for this photo
        └── DEADLINE_EXCEEDED    the engine did not end in the time that it is given

`DEADLINE_MISSING` and `DRAINING` are the server's (articket_mesh).
"""

from __future__ import annotations

from articket_mesh.errors import ErrorReason, PermanentError, TransientError

__all__ = [
    "MisconfiguredError",
    "bad_picture",
    "deadline_exceeded",
    "engine_failed",
    "engine_unavailable",
    "invalid_request",
    "misconfigured",
    "out_of_memory",
]


class MisconfiguredError(TransientError):
    """ENGINE_UNAVAILABLE, and by a setting: waiting does not help, but the request was good."""


def invalid_request(field: str, expected: str, found: object) -> PermanentError:
    """Refuse a request for one of its fields."""
    message = f"{field}: expected {expected}, found {found}"
    return PermanentError(ErrorReason.INVALID_REQUEST, message, metadata={"field": field})


def bad_picture(message: str) -> PermanentError:
    """Refuse the photo."""
    return PermanentError(ErrorReason.BAD_PICTURE, message)


def engine_unavailable(engine: str, how: str, *, retry_after: float | None = None) -> TransientError:
    """Say that the engine cannot describe anything; `retry_after` in seconds, where it is known."""
    return TransientError(
        ErrorReason.ENGINE_UNAVAILABLE, f"engine {engine}: {how}", metadata={"engine": engine}, retry_after=retry_after
    )


def misconfigured(engine: str, how: str) -> MisconfiguredError:
    """Say that the engine cannot describe anything as it is set up."""
    return MisconfiguredError(ErrorReason.ENGINE_UNAVAILABLE, f"engine {engine}: {how}", metadata={"engine": engine})


def engine_failed(engine: str, how: str) -> TransientError:
    """Say that the engine broke down over this photo."""
    return TransientError(ErrorReason.ENGINE_FAILED, f"engine {engine}: {how}", metadata={"engine": engine})


def out_of_memory(engine: str, how: str) -> TransientError:
    """Say that there was not enough memory for this photo."""
    return TransientError(ErrorReason.OUT_OF_MEMORY, f"engine {engine}: {how}", metadata={"engine": engine})


def deadline_exceeded(engine: str, how: str) -> TransientError:
    """Say that the engine took longer than it may."""
    return TransientError(ErrorReason.DEADLINE_EXCEEDED, f"engine {engine}: {how}", metadata={"engine": engine})
