"""How much time a call has left. A servicer passes it on: `timeout=remaining(context)` on every call that it makes."""

from typing import Protocol

from articket_mesh.errors import ErrorReason, PermanentError


class HasDeadline(Protocol):
    """A gRPC context, as far as this module needs it."""

    def time_remaining(self) -> float | None:
        """Return seconds, or None when the caller set no deadline."""
        ...


def remaining(context: HasDeadline) -> float:
    """Return the seconds left, 0 or more. Raises PermanentError DEADLINE_MISSING when the caller set no deadline."""
    seconds = context.time_remaining()
    if seconds is None:
        raise PermanentError(
            ErrorReason.DEADLINE_MISSING,
            "expected a deadline on the call, found none. Hint: pass timeout=… with every call.",
        )
    return max(0.0, seconds)
