"""The files of `web/` as they are sent: under an address that names their content, compressed, with their media type.

The digest of the whole tree is one part of every address (`/web/<digest>/phone/phone.js`); modules import each other by
relative paths and so stay within it. A browser keeps such a file for ever and never mixes two versions, and there is no build
step. Files are read again when they change on disk, so a page shows an edit on reload. Used by `web`.
"""

from __future__ import annotations

import gzip
import hashlib
import posixpath
import re
import time
from dataclasses import dataclass
from pathlib import Path

MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
"""What is sent at all. Python's own table depends on the machine."""

COMPRESSED = {".css", ".html", ".js", ".svg", ".txt", ".webmanifest"}
DIGEST_CHARS = 16
LOOK_SECONDS = 0.5
"""The tree is not looked at more often: one page asks for some thirty files at once."""

IMPORT = re.compile(r"""^\s*(?:import|export)\b[^"']*["'](\.{1,2}/[^"']+)["']""", re.MULTILINE)

Signature = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class WebFile:
    """One file, ready to be sent."""

    content: bytes
    gzipped: bytes | None
    media_type: str
    etag: str


class WebTree:
    """The files below `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._files: dict[str, WebFile] = {}
        self._signature: Signature = ()
        self._digest = ""
        self._looked_at = float("-inf")

    @property
    def digest(self) -> str:
        """Give the hash of every path and content."""
        self._look()
        return self._digest

    def find(self, path: str) -> WebFile | None:
        """Give the file at a path relative to the root, or None."""
        self._look()
        return self._files.get(path)

    def modules(self, entry: str) -> list[str]:
        """Give the paths of the modules that `entry` imports, directly or not, and itself: what a page can fetch at once."""
        self._look()
        found: list[str] = []
        todo = [entry]
        while todo:
            path = todo.pop(0)
            if path in found or path not in self._files:
                continue
            found.append(path)
            folder = posixpath.dirname(path)
            source = self._files[path].content.decode()
            todo += [posixpath.normpath(posixpath.join(folder, name)) for name in IMPORT.findall(source)]
        return found

    def _look(self) -> None:
        """Read the tree again when a file has come, gone or changed."""
        if time.monotonic() - self._looked_at < LOOK_SECONDS:
            return
        self._looked_at = time.monotonic()
        paths = sorted(path for path in self.root.rglob("*") if path.suffix in MEDIA_TYPES and path.is_file())
        stats = [(path, path.stat()) for path in paths]
        signature = tuple((str(path), stat.st_mtime_ns, stat.st_size) for path, stat in stats)
        if signature == self._signature:
            return
        self._files = {path.relative_to(self.root).as_posix(): _read(path) for path in paths}
        whole = hashlib.sha256("".join(f"{path}\n{file.etag}\n" for path, file in self._files.items()).encode())
        self._digest = whole.hexdigest()[:DIGEST_CHARS]
        self._signature = signature


def _read(path: Path) -> WebFile:
    content = path.read_bytes()
    return WebFile(
        content=content,
        gzipped=gzip.compress(content, 9, mtime=0) if path.suffix in COMPRESSED else None,
        media_type=MEDIA_TYPES[path.suffix],
        etag=hashlib.sha256(content).hexdigest()[:DIGEST_CHARS],
    )
