"""`articket doctor`: looks at everything a booth needs and says how to mend what is missing."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from articket_cli.doctor.booths import find_booth, look_at_booth
from articket_cli.doctor.content import look_at_artists, look_at_fonts
from articket_cli.doctor.finding import Finding
from articket_cli.doctor.machine import (
    look_at_cores,
    look_at_data_dir,
    look_at_memory,
    look_at_port,
    look_at_python,
    look_at_service_ports,
)
from articket_cli.doctor.packages import look_at_cascade, look_at_imports, look_at_versions
from articket_cli.doctor.printers import look_at_printers
from articket_cli.errors import SOMETHING_FAILED, SUCCESS
from articket_cli.locations import default_data_dir, find_checkout


def doctor(asked: argparse.Namespace) -> int:
    """Print a line for each thing. Ends with 1 if there is a problem."""
    problems = 0
    for finding in look(asked.artists, (asked.data_dir or default_data_dir()).absolute(), asked.port):
        print(finding, flush=True)
        problems += finding.is_problem
    print(f"\n{problems} problem{'' if problems == 1 else 's'}." if problems else "\nAll is well.")
    return SOMETHING_FAILED if problems else SUCCESS


def look(artists: Path | None, data_dir: Path, port: int) -> Iterator[Finding]:
    """Look at one thing after the other, the quick ones first."""
    checkout = find_checkout()
    booth = find_booth(data_dir, port)
    yield look_at_python()
    yield look_at_cores()
    yield look_at_memory()
    yield look_at_data_dir(data_dir)
    yield look_at_port(port, is_ours=booth is not None and urlsplit(booth).port == port)
    yield look_at_service_ports()
    yield from look_at_artists(artists)
    yield look_at_fonts()
    yield from look_at_versions(checkout / "constraints.txt" if checkout else None)
    yield from look_at_imports()
    yield look_at_cascade()
    yield from look_at_printers()
    yield look_at_booth(booth)
