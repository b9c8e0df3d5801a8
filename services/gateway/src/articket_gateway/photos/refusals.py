"""Why a photo is refused. Whatever a decoder raises ends up as one of these; asking again with the same bytes never helps."""

from __future__ import annotations

from enum import StrEnum


class PhotoReason(StrEnum):
    """The stable reasons, as they stand in problem documents."""

    EMPTY = "photo_empty"
    TOO_LARGE = "photo_too_large"
    FORMAT = "photo_format"
    BROKEN = "photo_broken"
    TOO_MANY_PIXELS = "photo_too_many_pixels"
    SIDE_TOO_SMALL = "photo_side_too_small"
    SIDE_TOO_LARGE = "photo_side_too_large"


class PhotoRefused(Exception):
    """A photo that cannot be taken. `str()` gives the whole sentence for a problem document; `hint` is the next step."""

    def __init__(self, reason: PhotoReason, detail: str, *, expected: str, found: str, hint: str) -> None:
        super().__init__(f"photo: {detail}: expected {expected}, found {found}")
        self.reason = reason
        self.detail = detail
        self.expected = expected
        self.found = found
        self.hint = hint


def ends_early(format_name: str, found: str) -> PhotoRefused:
    """The refusal of a picture whose end is missing: the usual fate of an upload that was cut off."""
    return PhotoRefused(
        PhotoReason.BROKEN,
        "the picture ends early",
        expected=f"a whole {format_name} picture",
        found=found,
        hint="Send it again; if it was copied from somewhere, copy it again first.",
    )


def broken(format_name: str, found: str) -> PhotoRefused:
    """The refusal of a picture that no program could show."""
    return PhotoRefused(
        PhotoReason.BROKEN,
        "the picture cannot be read",
        expected=f"an undamaged {format_name} picture",
        found=found,
        hint="Take the photo again, or open it on the phone and save it as JPEG.",
    )
