"""Writes files so that a reader sees the old file or the whole new one, never a part."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from articket_cli.errors import BadInputError

READABLE = 0o644


def save(path: Path, content: bytes | None) -> list[Path]:
    """Write the file and give its path; with no content, remove what an earlier run left there and give nothing.

    Raises BadInputError when the folder cannot be written.
    """
    try:
        if content is None:
            path.unlink(missing_ok=True)
            return []
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, content)
    except OSError as error:
        raise BadInputError(f"{path}: expected to write it, found: {error.strerror}") from error
    return [path]


def _replace(path: Path, content: bytes) -> None:
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        Path(name).chmod(READABLE)  # mkstemp's own mode is for secrets
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
