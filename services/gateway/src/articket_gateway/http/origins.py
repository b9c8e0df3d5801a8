"""No page of another site may change anything here, whatever cookies the browser would send along.

Browsers say where a request comes from: Sec-Fetch-Site on secure addresses, Origin otherwise. Programs send neither and pass:
they carry no visitor's cookies. There are no CORS headers anywhere, so other sites cannot read answers either.
"""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from articket_gateway.http.problems import problem_response

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
OWN_SITES = ("same-origin", "none")
"""`none`: the person did it, not a page."""

PORTS = {"http": 80, "https": 443}


class OriginMiddleware:
    """Refuses requests of other sites' pages that would change something under /api; `public_url` is the booth's address."""

    def __init__(self, app: ASGIApp, public_url: str) -> None:
        self._app = app
        self._public_place = _place(urlsplit(public_url))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] == "http" and scope["method"] not in SAFE_METHODS and scope["path"].startswith("/api/"):
            headers = Headers(scope=scope)
            if not self._is_own(headers, scope["scheme"]):
                detail = "expected a request of the booth's own page or of a program, found one of another site's page"
                await problem_response("cross_site", detail)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _is_own(self, headers: Headers, scheme: str) -> bool:
        site = headers.get("sec-fetch-site")
        if site is not None:
            return site.strip().lower() in OWN_SITES
        origins = headers.getlist("origin")
        if not origins:
            return True
        if len(origins) > 1:
            return False
        try:
            origin = urlsplit(origins[0].strip())
            # the host, not the scheme: behind a proxy that is not trusted, ours is not the one that the browser knows
            place = _place(origin)
            own = _place(urlsplit(f"{origin.scheme}://{headers.get('host', '')}"))
        except ValueError:
            return False
        return place is not None and place in (own, self._public_place)


def _place(url: SplitResult) -> tuple[str, int] | None:
    """Give host and port; None for "null" and whatever else is no address. Raises ValueError for a port that is none."""
    port = PORTS.get(url.scheme.lower())
    if port is None or not url.hostname:
        return None
    return url.hostname.lower(), url.port or port
