"""Where things are: the checkout this command runs from, the data folder, the artists, the quiz.

Used by every command that needs a folder nobody named.
"""

from __future__ import annotations

import os
from pathlib import Path

from articket_cli.errors import BadInputError

CHECKOUT_DEPTH = 4  # checkout/cli/src/articket_cli/locations.py


def find_checkout() -> Path | None:
    """Give the checkout's root, or None when the package is installed elsewhere."""
    root = Path(__file__).resolve().parents[CHECKOUT_DEPTH - 1]
    return root if (root / "plugins" / "artists").is_dir() else None


def default_data_dir() -> Path:
    """Give `var` in the checkout, or the user's own data folder when there is no checkout."""
    checkout = find_checkout()
    if checkout is not None:
        return checkout / "var"
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "articket"


def find_artists(asked: Path | None) -> Path:
    """Give the folder of artist folders: the one asked for, else the checkout's, else `plugins/artists` here.

    Raises BadInputError when there is none.
    """
    if asked is not None:
        if not asked.is_dir():
            raise BadInputError(f"--artists {asked}: expected a folder of artist folders, found {_what_is(asked)}")
        return asked.resolve()
    for root in (find_checkout(), Path.cwd()):
        if root is not None and (root / "plugins" / "artists").is_dir():
            return (root / "plugins" / "artists").resolve()
    raise BadInputError("no artists: there is no plugins/artists here", hint="name the folder with --artists DIR")


def find_quiz(artists: Path) -> Path | None:
    """Give the quiz that lies beside the artists (`../quiz/quiz.yaml`), else the checkout's, else None."""
    checkout = find_checkout()
    candidates = [artists.parent / "quiz" / "quiz.yaml"]
    if checkout is not None:
        candidates.append(checkout / "plugins" / "quiz" / "quiz.yaml")
    return next((path for path in candidates if path.is_file()), None)


def _what_is(path: Path) -> str:
    return "a file" if path.exists() else "nothing there"
