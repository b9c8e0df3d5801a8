"""Writes docs/settings.md from the settings classes, so that the page cannot be wrong. `--check` only compares."""

from __future__ import annotations

import sys
from pathlib import Path

from pydantic.fields import FieldInfo

from articket_caption.settings import CaptionSettings
from articket_gateway.settings import GatewaySettings
from articket_mesh.settings import MeshSettings
from articket_stylize.settings import StylizeSettings
from articket_ticket.settings import TicketSettings

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs/settings.md"

HEAD = """# Settings

Every process reads its settings once, at start, from environment variables. A wrong value ends it with one line that names the
variable, what was expected and what was found. `articket up` passes its environment on and sets addresses, ports and folders.

This page is made from the settings classes by `scripts/make_settings_doc.py`.

Each service has the shared settings below behind its own prefix, for example `ARTICKET_STYLIZE_LOG_LEVEL`.
"""

SERVICES = {"Gateway": GatewaySettings, "Caption": CaptionSettings, "Stylize": StylizeSettings, "Ticket": TicketSettings}


def main() -> int:
    """Write the page, or say whether it is current."""
    page = whole_page()
    if "--check" in sys.argv:
        return 0 if PAGE.read_text() == page else 1
    PAGE.write_text(page)
    return 0


def whole_page() -> str:
    """Give the page's text."""
    parts = [HEAD, "## Shared by all\n", _table("ARTICKET_<SERVICE>_", MeshSettings, {})]
    for name, settings in SERVICES.items():
        prefix = settings.model_config.get("env_prefix", "")
        parts += [f"## {name}\n", f"{_first_line(settings)}\n", _table(prefix, settings, MeshSettings.model_fields)]
    return "\n".join(parts)


def _table(prefix: str, settings: type[MeshSettings], known: dict[str, FieldInfo]) -> str:
    rows = ["| variable | default | meaning |", "| --- | --- | --- |"]
    for name, field in settings.model_fields.items():
        shared = known.get(name)
        if shared is None or (shared.default, shared.description) != (field.default, field.description):
            rows.append(f"| `{prefix}{name.upper()}` | {_default(field)} | {field.description} |")
    return "\n".join(rows) + "\n"


def _default(field: FieldInfo) -> str:
    value = field.default
    if isinstance(value, Path) and value.is_relative_to(ROOT):
        return f"`{value.relative_to(ROOT)}` of the checkout"
    if isinstance(value, tuple):
        return f"`{','.join(map(str, value))}`" if value else "unset"
    return "unset" if value is None or value == "" else f"`{value}`"


def _first_line(settings: type[MeshSettings]) -> str:
    return (settings.__doc__ or "").strip()


if __name__ == "__main__":
    sys.exit(main())
