"""The web clients as they lie in `web/`: no build step, no third-party request, a strict Content-Security-Policy."""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import io
import os
import posixpath
import re
from functools import lru_cache
from pathlib import Path
from typing import Annotated

import segno
from fastapi import APIRouter, Request, Response
from fastapi import Path as PathPart
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from articket_gateway.http.compressing import takes_gzip
from articket_gateway.http.headers import PAGE_POLICY, SECURITY_HEADERS
from articket_gateway.http.parts import Parts, PartsOf, VisitId
from articket_gateway.http.web_tree import DIGEST_CHARS, WebFile, WebTree

FOR_EVER = "public, max-age=31536000, immutable"
ASK_EACH_TIME = "no-cache"

DIGEST = re.compile(rf"([0-9a-f]{{{DIGEST_CHARS}}})/(.*)", re.DOTALL)
STYLESHEET = re.compile(r'\s*<link rel="stylesheet" href="/web/([^"]+)">')
ADDRESS = re.compile(r'url\("([^":/][^":]*)"\)')
STABLE = ("/web/shared/pictures/icon", "/web/phone/manifest")
"""Addresses that others keep (share cards, home screens) and that must not change with the content."""

router = APIRouter(include_in_schema=False)


class WebFiles(StaticFiles):
    """The modules, styles and pictures: kept for ever under the digest's address, asked about each time under the plain one."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Give one file."""
        assert self.directory is not None
        tree = _tree(Path(os.fspath(self.directory)))
        versioned = DIGEST.fullmatch(path)
        file = tree.find(versioned[2] if versioned else path)
        if file is None:
            raise HTTPException(404)
        is_current = versioned is not None and versioned[1] == tree.digest
        return _response(Request(scope), file, FOR_EVER if is_current else ASK_EACH_TIME)


@router.head("/")
@router.get("/")
async def phone(parts: PartsOf, request: Request) -> Response:
    """Give the phone's page."""
    return _page(parts, request, "phone")


@router.head("/v/{visit_id}")
@router.get("/v/{visit_id}")
async def visit(parts: PartsOf, request: Request, visit_id: VisitId) -> Response:
    """Give the phone's page at a visit's address, where the ticket's QR code leads."""
    response = _page(parts, request, "phone")
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@router.head("/k/{code}")
@router.get("/k/{code}")
async def scanned(parts: PartsOf, request: Request, code: Annotated[str, PathPart(max_length=64)]) -> Response:
    """Give the phone's page at a kiosk's code, whatever it is worth: the page itself exchanges it, and knows what to say."""
    return _page(parts, request, "phone")


@router.head("/kiosk")
@router.get("/kiosk")
async def kiosk(parts: PartsOf, request: Request) -> Response:
    """Give the monitor's page."""
    return _page(parts, request, "kiosk")


@router.head("/staff")
@router.get("/staff")
async def staff(parts: PartsOf, request: Request) -> Response:
    """Give the booth's status page."""
    return _page(parts, request, "staff")


@router.head("/qr.svg")
@router.get("/qr.svg")
async def qr(parts: PartsOf) -> Response:
    """Give the QR code of the phone's page."""
    stream = io.BytesIO()
    segno.make(parts.public_url, error="m", micro=False).save(stream, kind="svg", border=2, scale=8, xmldecl=False)
    headers = SECURITY_HEADERS | {"Cache-Control": ASK_EACH_TIME}
    return Response(stream.getvalue(), media_type="image/svg+xml", headers=headers)


@router.head("/favicon.ico")
@router.get("/favicon.ico")
async def favicon(parts: PartsOf, request: Request) -> Response:
    """Give the icon to those who ask for it by its old name."""
    file = _tree(parts.web).find("shared/pictures/icon-192.png")
    if file is None:
        raise HTTPException(404)
    return _response(request, file, ASK_EACH_TIME)


@router.head("/robots.txt")
@router.get("/robots.txt")
async def robots() -> Response:
    """Keep visits out of search engines; the start page may be found."""
    rules = "User-agent: *\nDisallow: /v/\nDisallow: /api/\n"
    return Response(rules, media_type="text/plain", headers=SECURITY_HEADERS)


@lru_cache(maxsize=4)
def _tree(web: Path) -> WebTree:
    return WebTree(web)


def _page(parts: Parts, request: Request, client: str) -> Response:
    """Fill in what the page cannot know: the booth, the visitor's language, the addresses of its files."""
    tree = _tree(parts.web)
    file = tree.find(f"{client}/index.html")
    if file is None:
        raise HTTPException(404)
    modules = "\n  ".join(
        f'<link rel="modulepreload" href="/web/{path}">' for path in tree.modules(f"{client}/{client}.js")[1:]
    )
    values = {
        "lang": _language(request.headers.get("accept-language", "")),
        "public_url": parts.public_url.rstrip("/"),
        "booth_name": parts.booth_name,
        "retention_en": _hours(parts.retention_hours, "hour", "hours"),
        "retention_ko": _hours(parts.retention_hours, "시간", "시간", gap=""),
    }
    page = file.content.decode().replace("{{modules}}", modules)
    for name, value in values.items():
        page = page.replace("{{" + name + "}}", html.escape(value))
    page, policy = _with_styles(page, tree)
    page = re.sub(r'(href|src)="/web/', lambda hit: f'{hit[1]}="/web/{tree.digest}/', page)
    for address in STABLE:
        page = page.replace(address.replace("/web/", f"/web/{tree.digest}/"), address)
    headers = SECURITY_HEADERS | policy | {"Cache-Control": ASK_EACH_TIME, "Vary": "Accept-Language, Accept-Encoding"}
    content = page.encode()
    if takes_gzip(request):
        content, headers["Content-Encoding"] = gzip.compress(content, 6, mtime=0), "gzip"
    return Response(content, media_type="text/html; charset=utf-8", headers=headers)


def _with_styles(page: str, tree: WebTree) -> tuple[str, dict[str, str]]:
    """Put the page's style sheets into it: a phone on a slow network paints as soon as the page is there.

    The Content-Security-Policy then allows exactly this text, by its hash.
    """
    texts: list[str] = []
    for path in STYLESHEET.findall(page):
        file = tree.find(path)
        if file is not None:
            folder = posixpath.dirname(path)
            texts.append(ADDRESS.sub(lambda hit, at=folder: _address(tree, at, hit[1]), file.content.decode()))
    text = "\n".join(texts)
    page = STYLESHEET.sub("", page).replace("</head>", f"<style>{text}</style>\n</head>", 1)
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    policy = PAGE_POLICY.replace("style-src 'self'", f"style-src 'self' 'sha256-{digest}'")
    return page, {"Content-Security-Policy": policy}


def _address(tree: WebTree, folder: str, name: str) -> str:
    return f'url("/web/{tree.digest}/{posixpath.normpath(posixpath.join(folder, name))}")'


def _response(request: Request, file: WebFile, caching: str) -> Response:
    headers = SECURITY_HEADERS | {"Cache-Control": caching, "Vary": "Accept-Encoding"}
    content, tag = file.content, f'"{file.etag}"'
    if file.gzipped is not None and takes_gzip(request):
        content, tag, headers["Content-Encoding"] = file.gzipped, f'"{file.etag}-gzip"', "gzip"
    headers["ETag"] = tag
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=file.media_type, headers=headers)


def _language(accepted: str) -> str:
    """Give ko or en, whichever the browser names first (a phone lists its languages in order of liking)."""
    for one in accepted.lower().split(","):
        if one.strip().startswith(("ko", "en")):
            return one.strip()[:2]
    return "en"


def _hours(hours: float, singular: str, plural: str, gap: str = " ") -> str:
    """Give a time as it is spoken: 24 hours, 0.5 hours, 1 hour."""
    return f"{hours:g}{gap}{singular if hours == 1 else plural}"
