"""Normalises a photo in a process of its own, for decoders that a hostile file can crash.

HEIC goes this way. Its decoder (pi_heif 1.4.0 with libheif and libde265) was made to write past the heap and to follow a
null pointer by files of 760 bytes, found by minutes of random changes; in the gateway's own process each of them would end
every visitor's request. Here it ends one process that knows no secret, may write no file, and has limits on memory and time.
Starting it costs about 0.1 s, beside 0.9 s for decoding 12 megapixels. The other formats' decoders withstood the same test.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys

from articket_gateway.photos.refusals import PhotoReason, PhotoRefused, broken
from articket_gateway.photos.sniffing import PhotoFormat

_SECONDS = 30.0  # a 50 megapixel HEIC takes 2 on a free core; a busy machine is no reason to refuse it
_MEMORY_BYTES = 2 << 30  # of address space, of which 50 megapixels use about a quarter

_FIELDS = ("reason", "detail", "expected", "found", "hint")

WORKER = "articket_gateway.photos"
"""The module that is run; its other end is `__main__`."""

REFUSED = 3
"""The worker's exit status when it refuses the photo, as against 0 and a crash."""


def normalise_apart(format_: PhotoFormat, body: bytes) -> bytes:
    """Give the normalised JPEG of an upload. Raises PhotoRefused, also when the decoder crashes or does not end."""
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-S", "-m", WORKER],
            input=body,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_SECONDS,
            env={"PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "MALLOC_ARENA_MAX": "2"},
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise broken(format_, f"a picture that is not decoded after {_SECONDS:.0f} seconds") from None
    if done.returncode == REFUSED:
        raise _refusal(format_, done.stdout)
    if done.returncode != 0 or not done.stdout.startswith(b"\xff\xd8\xff"):
        raise _decoder_failed(format_)
    return done.stdout


def in_words(refusal: PhotoRefused) -> bytes:
    """What the worker writes for a refusal, before it ends with status REFUSED; for a photo it writes the JPEG."""
    return json.dumps({field: getattr(refusal, field) for field in _FIELDS}).encode()


def limit_this_process() -> None:
    """Called by the worker before it looks at the photo."""
    if sys.platform == "linux":  # macOS does not let a process lower this one
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (int(_SECONDS), int(_SECONDS)))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _refusal(format_: PhotoFormat, words: bytes) -> PhotoRefused:
    try:
        reason, detail, expected, found, hint = (str(json.loads(words)[field]) for field in _FIELDS)
        return PhotoRefused(PhotoReason(reason), detail, expected=expected, found=found, hint=hint)
    except (ValueError, LookupError, TypeError):
        return _decoder_failed(format_)


def _decoder_failed(format_: PhotoFormat) -> PhotoRefused:
    return broken(format_, "damage that makes the decoder fail")
