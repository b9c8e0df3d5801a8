"""docs/errors.md lists every reason with its status, and nothing else."""

import re
from pathlib import Path

from articket_gateway.errors import REASONS
from articket_mesh.errors import PERMANENT_REASONS, ErrorReason

PAGE = (Path(__file__).parents[2] / "docs/errors.md").read_text()
ROWS = {found[1]: found[2].strip() for found in re.finditer(r"^\| `(\w+)` \| ([^|]+)\|([^|]+)\|", PAGE, re.MULTILINE)}
RETRIED = {found[1]: found[3].strip() for found in re.finditer(r"^\| `([A-Z_]+)` \| ([^|]+)\|([^|]+)\|", PAGE, re.MULTILINE)}


def test_every_http_reason_is_listed_with_its_status():
    documented = {reason: status for reason, status in ROWS.items() if reason.islower()}
    assert documented == {reason: str(kind.status) for reason, kind in REASONS.items()}


def test_every_mesh_reason_is_listed_with_whether_it_is_retried():
    permanent = {reason for reason, retried in RETRIED.items() if retried == "no"}
    assert set(RETRIED) == {str(reason) for reason in ErrorReason}
    assert permanent == {str(reason) for reason in PERMANENT_REASONS}
