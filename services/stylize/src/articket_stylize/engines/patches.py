"""Pictures that cost nothing: what the simulated engine hands out, and how it looks at a photo without decoding all of it.

Sixteen pods must be able to share two cores and still sleep most of the time, so each size of picture is encoded once. What
makes one painting another than the next, artist and seed, is a comment in the JPEG.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from functools import lru_cache

from articket_mesh.pictures import read_picture_header
from articket_stylize.errors import bad_picture

__all__ = ["Photos", "patches"]

# An artist's four paintings of one photo come one after the other; a digest has 32 bytes.
MOST_PHOTOS = 256
MOST_SIZES = 64
QUALITY = 80
# Large enough to make as many bytes as a painting has, small enough to be seen as patches.
PATCH_PX = 16

_START = b"\xff\xd8"
_COMMENT = b"\xff\xfe"


class Photos:
    """The sizes of the photos that came last: each photo is looked at once."""

    def __init__(self) -> None:
        self._seen: OrderedDict[bytes, tuple[int, int]] = OrderedDict()

    async def size_of(self, photo: bytes) -> tuple[int, int]:
        """Width and height. Raises PermanentError BAD_PICTURE when the photo cannot be decoded."""
        digest = hashlib.sha256(photo).digest()
        if digest not in self._seen:
            self._seen[digest] = await asyncio.to_thread(_looked_at, photo)
        self._seen.move_to_end(digest)
        while len(self._seen) > MOST_PHOTOS:
            self._seen.popitem(last=False)
        return self._seen[digest]


def patches(size: tuple[int, int], of: str, seed: int) -> bytes:
    """A JPEG of that width and height; another one for another seed or another thing that it is `of`."""
    comment = f"{of} {seed}".encode()
    return _START + _COMMENT + (len(comment) + 2).to_bytes(2, "big") + comment + _encoded(size)[len(_START) :]


def _looked_at(photo: bytes) -> tuple[int, int]:
    """An eighth of the picture, in grey, is decoded in a third of the time; what is damaged is damaged there, too."""
    import cv2  # here: a service with another engine needs no OpenCV in its own process
    import numpy as np

    flags = cv2.IMREAD_REDUCED_GRAYSCALE_8 | cv2.IMREAD_IGNORE_ORIENTATION
    if cv2.imdecode(np.frombuffer(photo, np.uint8), flags) is None:
        raise bad_picture("photo: expected a picture that can be decoded, found one that is damaged")
    header = read_picture_header(photo)
    return header.width, header.height


@lru_cache(MOST_SIZES)
def _encoded(size: tuple[int, int]) -> bytes:
    import cv2
    import numpy as np

    width, height = size
    cells = (-(-height // PATCH_PX), -(-width // PATCH_PX), 3)
    colours = np.random.default_rng(0).integers(40, 216, cells, np.uint8)
    whole = cv2.resize(colours, size, interpolation=cv2.INTER_LINEAR)
    return cv2.imencode(".jpg", whole, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1].tobytes()
