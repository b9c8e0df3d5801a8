"""Tells what bytes are by looking at them: a picture format that is taken, or a name for what else it is.

What the sender claims (Content-Type, a file name) is never asked.
"""

from __future__ import annotations

import re
from enum import StrEnum

from articket_gateway.photos.refusals import PhotoReason, PhotoRefused

FORMATS = "a JPEG, PNG, WebP, HEIC, AVIF or GIF picture"


class PhotoFormat(StrEnum):
    """The formats that are taken; HEIC stands for everything in a HEIF container that is not AVIF."""

    JPEG = "JPEG"
    PNG = "PNG"
    WEBP = "WebP"
    HEIC = "HEIC"
    AVIF = "AVIF"
    GIF = "GIF"


_MAGIC = (
    (b"\xff\xd8\xff", PhotoFormat.JPEG),
    (b"\x89PNG\r\n\x1a\n", PhotoFormat.PNG),
    (b"GIF87a", PhotoFormat.GIF),
    (b"GIF89a", PhotoFormat.GIF),
)

_AVIF_BRANDS = {b"avif", b"avis"}
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}

# What people send by mistake, so that the refusal can name it.
_OTHERS = (
    (b"%PDF-", "a PDF document"),
    (b"II*\x00", "a TIFF or camera raw picture"),
    (b"MM\x00*", "a TIFF or camera raw picture"),
    (b"II+\x00", "a TIFF picture"),
    (b"MM\x00+", "a TIFF picture"),
    (b"BM", "a BMP picture"),
    (b"\x00\x00\x01\x00", "an icon (ICO)"),
    (b"\x00\x00\x02\x00", "a cursor (CUR)"),
    (b"\xff\x0a", "a JPEG XL picture"),
    (b"\x00\x00\x00\x0cJXL \r\n\x87\n", "a JPEG XL picture"),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "a JPEG 2000 picture"),
    (b"\xff\x4f\xff\x51", "a JPEG 2000 picture"),
    (b"8BPS", "a Photoshop document"),
    (b"\x1aE\xdf\xa3", "a video"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"MZ", "a Windows program"),
    (b"\x7fELF", "a program"),
    (b"ID3", "a sound recording"),
    (b"OggS", "a sound recording"),
    (b"bplist", "a property list"),
)

_MARKUP = (
    (re.compile(rb"<svg[\s>]", re.IGNORECASE), "an SVG drawing"),
    (re.compile(rb"<!doctype html|<html[\s>]|<head[\s>]|<body[\s>]|<script[\s>]", re.IGNORECASE), "an HTML page"),
    (re.compile(rb"^<\?xml"), "an XML document"),
)
_TEXT_LOOK = 1024


def sniff(body: bytes) -> PhotoFormat:
    """Give the picture format of `body`. Raises PhotoRefused (photo_format) that names what was found instead."""
    for magic, format_ in _MAGIC:
        if body.startswith(magic):
            return format_
    if body.startswith(b"RIFF") and body[8:12] == b"WEBP":
        return PhotoFormat.WEBP
    brands = _brands(body)
    if brands & _AVIF_BRANDS:
        return PhotoFormat.AVIF
    if brands & _HEIC_BRANDS:
        return PhotoFormat.HEIC
    raise PhotoRefused(
        PhotoReason.FORMAT,
        "this kind of file is not supported",
        expected=FORMATS,
        found=_name(body, brands),
        hint="Choose a photo from the gallery, or save this one as JPEG or PNG first.",
    )


def _brands(body: bytes) -> set[bytes]:
    """The brands of an ISO media file (HEIC, AVIF, MP4, MOV …): what it may be read as; empty for other files."""
    if body[4:8] != b"ftyp":
        return set()
    end = min(int.from_bytes(body[:4], "big"), 512)
    return {body[8:12], *(body[at : at + 4] for at in range(16, end - 3, 4))}


def _name(body: bytes, brands: set[bytes]) -> str:
    if brands:
        return "a camera raw picture (CR3)" if b"crx " in brands else "a video"
    for magic, name in _OTHERS:
        if body.startswith(magic):
            return name
    if body.startswith(b"RIFF"):
        return "a sound recording or a video"
    return _name_of_text(body[:_TEXT_LOOK]) or f"{len(body)} bytes of an unknown kind"


def _name_of_text(start: bytes) -> str | None:
    start = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    for pattern, name in _MARKUP:
        if pattern.search(start) and start.startswith(b"<"):
            return name
    text = start.decode("utf-8", errors="ignore")  # a look may end inside a character
    is_whole = len(text.encode()) >= len(start) - 3
    return "text" if is_whole and all(sign.isprintable() or sign.isspace() for sign in text) else None
