"""What every answer tells the browser: whom to obey, what to keep to itself, and that a stream is a stream."""

from __future__ import annotations

from typing import TypeAlias

RawHeaders: TypeAlias = list[tuple[bytes, bytes]]

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; font-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""For pages and their files; pages add the hash of the style that stands in them."""

DATA_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""For JSON: shown by itself it may do nothing at all."""

PICTURE_POLICY = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""Browsers show a PDF or a picture with a page of their own, whose scripts and styles `default-src` would forbid."""

PICTURES = (b"application/pdf", b"image/jpeg", b"image/png")

NEEDLESS_POWERS = (
    "camera=(), microphone=(), geolocation=(), display-capture=(), payment=(), usb=(), serial=(), midi=(), "
    "accelerometer=(), gyroscope=(), magnetometer=()"
)
"""The photo comes from the phone's own camera app, by a file field, which asks for no permission."""

HTTPS_SECONDS = 180 * 24 * 3600

SECURITY_HEADERS = {
    "Content-Security-Policy": PAGE_POLICY,
    "Referrer-Policy": "no-referrer",  # the address of a visit is its key
    "X-Content-Type-Options": "nosniff",
}


def with_security(headers: RawHeaders, *, path: str, scheme: str) -> RawHeaders:
    """Give the headers of an answer with those added that every answer has; what the route has said itself stays."""
    present = {name.lower(): value for name, value in headers}
    media_type = present.get(b"content-type", b"").partition(b";")[0].strip()
    policy = PICTURE_POLICY if media_type in PICTURES else DATA_POLICY
    wanted = {
        b"content-security-policy": policy.encode(),
        b"referrer-policy": b"no-referrer",
        b"x-content-type-options": b"nosniff",
        b"permissions-policy": NEEDLESS_POWERS.encode(),
    }
    if path.startswith("/api/"):
        wanted[b"cross-origin-resource-policy"] = b"same-origin"  # another site's page cannot put a visitor's face into itself
    if scheme == "https":
        wanted[b"strict-transport-security"] = f"max-age={HTTPS_SECONDS}".encode()
    if media_type == b"text/event-stream":
        # no proxy may hold back, compress or keep what has to arrive now
        told = {b"cache-control": b"no-store, no-transform", b"x-accel-buffering": b"no"}
        headers = [(name, value) for name, value in headers if name.lower() not in told] + list(told.items())
    return headers + [(name, value) for name, value in wanted.items() if name not in present]
