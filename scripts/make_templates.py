"""Draw the ticket templates of the artists that ship: plugins/artists/<id>/template.pdf and foreground.pdf.

    python scripts/make_templates.py [--out DIR] [ID ...]

Run it again after changing a design in scripts/templates/; the same design gives the same bytes. It needs the development
requirements (reportlab and fonttools) and the fonts of the ticket service.
"""

import argparse
import importlib
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ARTISTS = HERE.parent / "plugins/artists"
DESIGNS = ("lichtenstein", "picasso", "renoir", "vangogh")


def main() -> None:
    """Draw the designs that are asked for, all of them by default."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("ids", nargs="*", metavar="ID", default=DESIGNS, help=f"artists to draw: {', '.join(DESIGNS)}")
    parser.add_argument("--out", type=Path, default=ARTISTS, help="folder of the artists' folders")
    arguments = parser.parse_args()
    unknown = set(arguments.ids) - set(DESIGNS)
    if unknown:
        parser.error(f"expected one of {', '.join(DESIGNS)}, found {', '.join(sorted(unknown))}")
    for artist_id in arguments.ids:
        write(artist_id, arguments.out / artist_id)


def write(artist_id: str, folder: Path) -> None:
    """Draw one artist's template and foreground into a folder."""
    sys.path.insert(0, str(HERE / "templates"))
    design = importlib.import_module(artist_id)
    folder.mkdir(parents=True, exist_ok=True)
    for name, draw in (("template.pdf", design.template), ("foreground.pdf", design.foreground)):
        pdf = draw()
        (folder / name).write_bytes(pdf)
        print(f"{folder / name}: {len(pdf) / 1000:.0f} kB")


if __name__ == "__main__":
    main()
