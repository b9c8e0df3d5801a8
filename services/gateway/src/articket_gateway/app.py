"""The gateway over HTTP: its routes and what wraps them, over the parts that `opening` opens."""

from __future__ import annotations

from fastapi import FastAPI

from articket_gateway.http import (
    artists,
    booth,
    errors_page,
    events,
    health,
    kiosks,
    passes,
    pictures,
    staff,
    staff_session,
    staff_visits,
    visits,
    web,
)
from articket_gateway.http.forwarding import ForwardedMiddleware
from articket_gateway.http.limits import LimitMiddleware
from articket_gateway.http.origins import OriginMiddleware
from articket_gateway.http.parts import Parts
from articket_gateway.http.problems import add_problem_handlers
from articket_gateway.http.requests import RequestMiddleware
from articket_gateway.http.uploads import UploadMiddleware

TITLE = "Articket"
VERSION = "0.1.0"


def make_app(parts: Parts) -> FastAPI:
    """Make the application over parts that somebody else opens and closes."""
    app = FastAPI(
        title=TITLE,
        version=VERSION,
        summary="Where your photo becomes art.",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # a redirect would name the host that the request has claimed
    )
    app.state.parts = parts
    # from the innermost to the outermost
    app.add_middleware(UploadMiddleware)
    app.add_middleware(LimitMiddleware)
    app.add_middleware(OriginMiddleware, public_url=parts.public_url)
    app.add_middleware(RequestMiddleware, registry=parts.registry)
    app.add_middleware(ForwardedMiddleware, trusted=parts.trusted_proxies)
    add_problem_handlers(app)
    visitors = (visits, pictures, events, passes, artists, booth)
    others = (kiosks, staff_session, staff, staff_visits, health, errors_page, web)
    for module in (*visitors, *others):
        app.include_router(module.router)
    app.include_router(staff_visits.pictures_router)
    app.mount("/web", web.WebFiles(directory=parts.web))
    return app
