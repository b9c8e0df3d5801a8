"""/docs/errors: what each reason means, where the `type` of every problem leads. Made from the tables of docs/errors.md."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from functools import lru_cache
from pathlib import Path

from fastapi import APIRouter, Response

from articket_gateway.errors import REASONS
from articket_gateway.http.headers import DATA_POLICY
from articket_gateway.settings import CHECKOUT

router = APIRouter(include_in_schema=False)

SOURCE = CHECKOUT / "docs/errors.md"

ROW = re.compile(r"^\| `(?P<reason>\w+)` \|(?P<cells>.*)\|$", re.MULTILINE)
CODE = re.compile(r"`([^`]+)`")

STYLE = (
    "body{margin:0 auto;padding:2rem 1.25rem 4rem;max-width:44rem;font:1rem/1.5 system-ui,sans-serif;color:#17121f;"
    "background:#f6f3ee}dt{margin-top:1.5rem;scroll-margin-top:1rem;font-weight:700}dd{margin:0}dd p{margin:.15rem 0}"
    "dt:target{background:#ffc928}code{overflow-wrap:anywhere}"
)
POLICY = DATA_POLICY + f"; style-src 'sha256-{base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'"

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Errors · Articket</title>
<style>{style}</style>
</head>
<body>
<main>
<h1>Errors</h1>
<p>Every failure is a problem document (RFC 9457) whose <code>reason</code> stands here.</p>
<dl>
{entries}
</dl>
</main>
</body>
</html>
"""


@router.head("/docs/errors")
@router.get("/docs/errors")
async def errors() -> Response:
    """Give the page; `#reason` leads to a reason."""
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-cache"}
    return Response(_page(SOURCE), media_type="text/html; charset=utf-8", headers=headers)


@lru_cache(maxsize=1)
def _page(source: Path) -> str:
    """Make the page. Without the documentation beside it the booth still tells each reason's title."""
    rows = {row["reason"]: row["cells"] for row in ROW.finditer(source.read_text())} if source.is_file() else {}
    known = {name: f"{kind.status} | {kind.title}." for name, kind in REASONS.items()}
    return PAGE.format(style=STYLE, entries="\n".join(_entry(reason, cells) for reason, cells in (known | rows).items()))


def _entry(reason: str, cells: str) -> str:
    status, *texts = (CODE.sub(r"<code>\1</code>", html.escape(cell.strip())) for cell in cells.split(" | "))
    told = "".join(f"<p>{text}</p>" for text in texts)
    return f'<dt id="{reason}"><code>{reason}</code> · {status}</dt>\n<dd>{told}</dd>'
