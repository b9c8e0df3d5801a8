"""Reading a picture upload and sending a picture: size limits on the way in, caching and ranges on the way out."""

from __future__ import annotations

import asyncio
import re

from fastapi import Request, Response
from starlette.requests import ClientDisconnect

from articket_gateway.errors import Problem
from articket_gateway.http.problems import problem_response
from articket_gateway.photos import MAX_BYTES

UPLOAD_SECONDS = 120.0
"""A 900 kB photo over a venue's worst network takes seconds; whoever needs longer holds the connection for nothing."""

ONE_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")


async def read_upload(request: Request) -> bytes:
    """Read the whole body, at most MAX_BYTES. Raises Problem photo_too_large or upload_interrupted."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > MAX_BYTES:
        raise _too_large(f"{declared} bytes")
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(UPLOAD_SECONDS):
            async for part in request.stream():
                size += len(part)
                if size > MAX_BYTES:
                    raise _too_large("more")
                parts.append(part)
    except (ClientDisconnect, TimeoutError):
        raise Problem(
            "upload_interrupted", "the upload ended before the whole picture was there", hint="Send it again."
        ) from None
    return b"".join(parts)


def picture_response(request: Request, content: bytes, *, etag: str, media_type: str, filename: str | None = None) -> Response:
    """Send somebody's picture: asked about each time by ETag, so that one erased is gone at once; in ranges if asked."""
    headers = {
        "ETag": f'"{etag}"',
        # private: the URL is the key to somebody's face, no shared cache may keep it; no-cache: what a browser keeps, it shows
        # only after asking, so "delete now" is true there, too
        "Cache-Control": "private, no-cache",
        "Accept-Ranges": "bytes",
        "X-Content-Type-Options": "nosniff",
    }
    if filename is not None:
        headers["Content-Disposition"] = f'inline; filename="{filename}"'
    if _has(request.headers.get("if-none-match", ""), etag):
        return Response(status_code=304, headers=headers)
    wanted = request.headers.get("range") if request.method == "GET" else None  # HEAD knows no ranges
    if wanted is None or request.headers.get("if-range", f'"{etag}"') != f'"{etag}"':
        return Response(content, media_type=media_type, headers=headers)
    return _partial(content, wanted, media_type, headers)


def _partial(content: bytes, wanted: str, media_type: str, headers: dict[str, str]) -> Response:
    """Answer one range (RFC 9110 §14); several at once, or another unit, get the whole picture, which the RFC allows."""
    asked = ONE_RANGE.fullmatch(wanted.strip())
    if asked is None or asked.groups() == ("", ""):
        return Response(content, media_type=media_type, headers=headers)
    first, last = asked.groups()
    if first:
        start, end = int(first), min(int(last) if last else len(content) - 1, len(content) - 1)
    else:
        start, end = max(0, len(content) - int(last)), len(content) - 1
    if start > end or start >= len(content):
        detail = f"range: expected a part of {len(content)} bytes, found {wanted[:60]!r}"
        return problem_response("range_not_satisfiable", detail, headers={"Content-Range": f"bytes */{len(content)}"})
    headers["Content-Range"] = f"bytes {start}-{end}/{len(content)}"
    return Response(content[start : end + 1], 206, headers, media_type)


def _has(header: str, etag: str) -> bool:
    tags = {tag.strip().removeprefix("W/") for tag in header.split(",")}
    return "*" in tags or f'"{etag}"' in tags


def _too_large(found: str) -> Problem:
    return Problem(
        "photo_too_large",
        f"photo: expected at most {MAX_BYTES} bytes, found {found}",
        hint="Send a smaller picture; 1280 px on the long side is plenty.",
    )
