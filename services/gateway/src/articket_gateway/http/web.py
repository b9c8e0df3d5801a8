"""The web clients as they lie in `web/`: no build step, no third-party request, a strict Content-Security-Policy."""

from __future__ import annotations

import io
from pathlib import Path

import segno
from fastapi import APIRouter, Response
from fastapi.responses import FileResponse
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from articket_gateway.http.parts import PartsOf, VisitId

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
        "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",  # the address of a visit is its key
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",  # kept, but asked about each time: the ETag makes that cheap
}

router = APIRouter(include_in_schema=False)


class WebFiles(StaticFiles):
    """The modules, styles and icons, with the same headers as the pages."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Give one file."""
        response = await super().get_response(path, scope)
        response.headers.update(SECURITY_HEADERS)
        return response


@router.get("/")
async def phone(parts: PartsOf) -> FileResponse:
    """Give the phone's page."""
    return _page(parts.web, "phone")


@router.get("/v/{visit_id}")
async def visit(parts: PartsOf, visit_id: VisitId) -> FileResponse:
    """Give the phone's page at a visit's address, where the ticket's QR code leads."""
    return _page(parts.web, "phone")


@router.get("/kiosk")
async def kiosk(parts: PartsOf) -> FileResponse:
    """Give the monitor's page."""
    return _page(parts.web, "kiosk")


@router.get("/staff")
async def staff(parts: PartsOf) -> FileResponse:
    """Give the booth's status page."""
    return _page(parts.web, "staff")


@router.get("/qr.svg")
async def qr(parts: PartsOf) -> Response:
    """Give the QR code of the phone's page."""
    stream = io.BytesIO()
    segno.make(parts.public_url, error="m", micro=False).save(stream, kind="svg", border=2, scale=8, xmldecl=False)
    return Response(stream.getvalue(), media_type="image/svg+xml", headers=SECURITY_HEADERS)


def _page(web: Path, client: str) -> FileResponse:
    return FileResponse(web / client / "index.html", headers=SECURITY_HEADERS)
