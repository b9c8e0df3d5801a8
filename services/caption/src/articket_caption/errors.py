"""What the caption service answers when it does not describe. All are errors of the mesh; this module words them.

    MeshError
    ├── PermanentError
    │   ├── INVALID_REQUEST      the idempotency key is too long
    │   └── BAD_PICTURE          the photo is none, or not one that may be sent
    └── TransientError
        ├── ENGINE_UNAVAILABLE   the engine cannot be reached or started
        └── ENGINE_FAILED        the engine broke down over this photo

`DEADLINE_MISSING` and `DRAINING` are the server's (articket_mesh).
"""

from __future__ import annotations

from articket_mesh.errors import ErrorReason, PermanentError, TransientError

__all__ = ["bad_picture", "engine_failed", "engine_unavailable", "invalid_request"]


def invalid_request(field: str, expected: str, found: object) -> PermanentError:
    """Refuse a request for one of its fields."""
    message = f"{field}: expected {expected}, found {found}"
    return PermanentError(ErrorReason.INVALID_REQUEST, message, metadata={"field": field})


def bad_picture(message: str) -> PermanentError:
    """Refuse the photo."""
    return PermanentError(ErrorReason.BAD_PICTURE, message)


def engine_unavailable(engine: str, how: str) -> TransientError:
    """Say that the engine cannot describe anything."""
    return TransientError(ErrorReason.ENGINE_UNAVAILABLE, f"engine {engine}: {how}", metadata={"engine": engine})


def engine_failed(engine: str, how: str) -> TransientError:
    """Say that the engine broke down over this photo."""
    return TransientError(ErrorReason.ENGINE_FAILED, f"engine {engine}: {how}", metadata={"engine": engine})
