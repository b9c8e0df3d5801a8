"""Putting results into docs/performance.md: each section stands between markers and is replaced whole."""

from __future__ import annotations

import platform
import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs/performance.md"


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Give a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def write_section(name: str, text: str, command: str) -> None:
    """Replace the section's figures."""
    machine = f"{_cores()} cores, Python {platform.python_version()}"
    body = f"<!-- {name} -->\n\nMeasured {date.today().isoformat()} with `{command}` ({machine}).\n\n{text}\n\n<!-- /{name} -->"
    page = PAGE.read_text()
    pattern = re.compile(rf"<!-- {name} -->.*<!-- /{name} -->", re.DOTALL)
    assert pattern.search(page), f"docs/performance.md has no section {name}"
    PAGE.write_text(pattern.sub(lambda _: body, page))


def verdict(*, reached: bool) -> str:
    """Say in a table whether a promise is kept."""
    return "yes" if reached else "**no**"


def _cores() -> int:
    import os

    return len(os.sched_getaffinity(0))
