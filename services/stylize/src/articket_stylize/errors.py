"""What the stylize service answers when it does not paint. All are errors of the mesh; this module words them.

    MeshError
    ├── PermanentError
    │   ├── INVALID_REQUEST      a field is out of its range, or the engine needs a photo and gets none
    │   └── BAD_PICTURE          the photo is none, or not one that may be sent
    └── TransientError
        ├── UNKNOWN_ARTIST       not served here: another pod may, or this one soon
        ├── BUSY                 all slots are taken
        ├── ENGINE_UNAVAILABLE   the engine cannot be reached or started
        ├── ENGINE_FAILED        the engine broke down over this painting
        ├── OUT_OF_MEMORY        the painting did not fit: try a smaller one, or another pod
        ├── STYLE_NOT_APPLIED    the engine would paint, or has painted, without the artist's style
        └── DEADLINE_EXCEEDED    the engine did not end in the time that it is given

`DEADLINE_MISSING` and `DRAINING` are the server's (articket_mesh).
"""

from __future__ import annotations

from collections.abc import Collection

from articket_mesh.errors import ErrorReason, PermanentError, TransientError

__all__ = [
    "bad_picture",
    "busy",
    "busy_elsewhere",
    "cannot_draw",
    "deadline_exceeded",
    "engine_failed",
    "engine_unavailable",
    "invalid_request",
    "out_of_memory",
    "style_not_applied",
    "unknown_artist",
]


def invalid_request(field: str, expected: str, found: object) -> PermanentError:
    """Refuse a request for one of its fields."""
    message = f"{field}: expected {expected}, found {found}"
    return PermanentError(ErrorReason.INVALID_REQUEST, message, metadata={"field": field})


def cannot_draw(engine: str) -> PermanentError:
    """Refuse to make a picture from words alone."""
    message = (
        f"engine {engine}: expected one that draws from words, found one that needs a photo. Hint: Describe tells can_draw."
    )
    return PermanentError(ErrorReason.INVALID_REQUEST, message, metadata={"engine": engine})


def bad_picture(message: str) -> PermanentError:
    """Refuse the photo."""
    return PermanentError(ErrorReason.BAD_PICTURE, message)


def unknown_artist(artist_id: str, served: Collection[str]) -> TransientError:
    """Refuse an artist that this pod does not serve."""
    names = ", ".join(sorted(served)) or "no artist"
    message = f"artist_id: expected one that this pod serves ({names}), found {artist_id!r}"
    return TransientError(ErrorReason.UNKNOWN_ARTIST, message, metadata={"artist_id": artist_id})


def busy(slots: int, retry_after: float) -> TransientError:
    """Refuse because every slot is taken; `retry_after` is a guess in seconds."""
    message = f"all {slots} slots are taken. Hint: ask another pod, or again later."
    return TransientError(ErrorReason.BUSY, message, metadata={"slots": str(slots)}, retry_after=retry_after)


def busy_elsewhere(engine: str, how: str, retry_after: float) -> TransientError:
    """Refuse because the engine, which others use too, paints for one of them; `retry_after` is a guess in seconds."""
    return TransientError(ErrorReason.BUSY, f"engine {engine}: {how}", metadata={"engine": engine}, retry_after=retry_after)


def engine_unavailable(engine: str, how: str, *, retry_after: float | None = None) -> TransientError:
    """Say that the engine cannot paint at all."""
    return TransientError(
        ErrorReason.ENGINE_UNAVAILABLE, f"engine {engine}: {how}", metadata={"engine": engine}, retry_after=retry_after
    )


def engine_failed(engine: str, how: str) -> TransientError:
    """Say that the engine broke down over this painting."""
    return TransientError(ErrorReason.ENGINE_FAILED, f"engine {engine}: {how}", metadata={"engine": engine})


def out_of_memory(engine: str, how: str, *, long_side_px: int | None = None) -> TransientError:
    """Say that there was not enough memory for this painting; `long_side_px` is the size that did not fit, where known.

    A photo whose long side is shorter than that is painted smaller.
    """
    metadata = {"engine": engine} | ({} if long_side_px is None else {"long_side_px": str(long_side_px)})
    return TransientError(ErrorReason.OUT_OF_MEMORY, f"engine {engine}: {how}", metadata=metadata)


def style_not_applied(engine: str, how: str) -> TransientError:
    """Say that what the engine paints is not in the artist's style."""
    return TransientError(ErrorReason.STYLE_NOT_APPLIED, f"engine {engine}: {how}", metadata={"engine": engine})


def deadline_exceeded(engine: str, how: str) -> TransientError:
    """Say that the engine took longer than it may."""
    return TransientError(ErrorReason.DEADLINE_EXCEEDED, f"engine {engine}: {how}", metadata={"engine": engine})
