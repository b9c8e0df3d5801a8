"""Uploaded photos: from any bytes a visitor may send to one upright sRGB JPEG without metadata, or a refusal in plain words.

The steps, in order: `sniffing` (what is it?), `containers` (how large is it, which bytes are the picture?), `opening`
(decode it), `colours` (alpha, colour models and profiles), `normalising` (limits, size, orientation, the JPEG). What goes out
to phones passes `lightening`.
"""

from articket_gateway.photos.lightening import lighter_jpeg, lighter_png, page_of
from articket_gateway.photos.normalising import (
    LONG_SIDE,
    MAX_BYTES,
    MAX_PIXELS,
    MAX_SIDE,
    MIN_SIDE,
    NormalisedPhoto,
    normalise,
    thumbnail,
)
from articket_gateway.photos.refusals import PhotoReason, PhotoRefused

__all__ = [
    "LONG_SIDE",
    "MAX_BYTES",
    "MAX_PIXELS",
    "MAX_SIDE",
    "MIN_SIDE",
    "NormalisedPhoto",
    "PhotoReason",
    "PhotoRefused",
    "lighter_jpeg",
    "lighter_png",
    "normalise",
    "page_of",
    "thumbnail",
]
