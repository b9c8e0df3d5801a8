"""`make bench`: measure each promise and write it down in docs/performance.md."""

from __future__ import annotations

import argparse

from tests.bench import crowd, engine, faces, mesh, pages
from tests.bench.dispatching import section as dispatch

SECTIONS = {
    "engine": engine.run,
    "faces": faces.run,
    "mesh": mesh.run,
    "crowd": crowd.run,
    "pages": pages.run,
    "dispatch": dispatch.run,
}


def main() -> None:
    """Run the sections that were named, or all."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("sections", nargs="*", metavar="section", help=", ".join(SECTIONS))
    parser.add_argument("--rounds", type=int, default=7, help="rounds of each comparison (default 7)")
    arguments = parser.parse_args()
    for name in arguments.sections or SECTIONS:
        SECTIONS[name](arguments.rounds)


if __name__ == "__main__":
    main()
