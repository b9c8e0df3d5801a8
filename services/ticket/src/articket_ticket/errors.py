"""What can go wrong while a ticket is made.

    TicketError
    ├── OrderError       a field of the order is not as it must be
    ├── PictureError     a picture cannot be decoded, or is larger than allowed
    └── TemplateError    the artist's template cannot be printed on

None is worth retrying with the same input. `as_mesh_error` puts each into the mesh's words; `servicer.py` does that once.
"""

from articket_mesh.errors import ErrorReason, MeshError, error_for


class TicketError(Exception):
    """The base of every error of this service. Its text may be shown to whoever sent the order."""

    reason = ErrorReason.INTERNAL


class OrderError(TicketError):
    """A field of the order is not as it must be."""

    reason = ErrorReason.INVALID_REQUEST

    def __init__(self, field: str, expected: str, found: str) -> None:
        super().__init__(f"{field}: expected {expected}, found {found}")


class PictureError(TicketError):
    """A picture cannot be decoded, or is larger than allowed."""

    reason = ErrorReason.BAD_PICTURE


class TemplateError(TicketError):
    """The artist's template cannot be printed on."""

    reason = ErrorReason.BAD_TEMPLATE


def as_mesh_error(error: TicketError) -> MeshError:
    """The error as it goes over the wire."""
    return error_for(error.reason, str(error))
