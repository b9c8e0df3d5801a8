"""From the setting to the sinks: which kind each is, and what it is called.

/mnt/tickets                      a folder; made when the one above it is there
ipp://printer.local/ipp/print     a printer; ipps:// with TLS
s3://bucket/prefix, gs://…        an object store
front=ipp://…                     the same, under a name of one's own
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from obstore.exceptions import BaseError

from articket_gateway.printing.folder import FolderSink
from articket_gateway.printing.sinks import Sink
from articket_gateway.printing.store import StoreSink
from articket_mesh.errors import StartError

SETTING = "ARTICKET_GATEWAY_PRINT_SINKS"
FORMS = "expected a folder's path, ipp:// or ipps://host/path, or s3:// or gs://bucket/prefix"

NAMED = re.compile(r"([A-Za-z0-9][A-Za-z0-9_-]{0,39})=(.+)")
SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
IPP_PORT = 631
USUAL_PATHS = ("ipp/print", "ipp", "ipp/printer", "")
MOST_NAME = 60


class SinkRefused(StartError):
    """A sink of the setting makes no sense."""


def make_sinks(texts: Sequence[str], *, media: str) -> list[Sink]:
    """Make the sinks that the setting names; nothing is asked over the network yet. Raises SinkRefused."""
    sinks: dict[str, Sink] = {}
    for text in texts:
        sink = _make(text, media)
        if sink.name in sinks:
            raise SinkRefused(
                f"{SETTING}: expected sinks of different names, found two called {sink.name!r}. "
                "Hint: put a name before one of them, as in front=ipp://…"
            )
        sinks[sink.name] = sink
    return list(sinks.values())


def _make(text: str, media: str) -> Sink:
    named = NAMED.fullmatch(text)
    own_name, where = (named[1], named[2]) if named else (None, text)
    scheme = SCHEME.match(where)
    if scheme is None:
        return _folder(own_name, where)
    if scheme[1] in ("ipp", "ipps"):
        return _printer(own_name, where, media)
    if scheme[1] in ("s3", "gs"):
        return _store(own_name, where)
    raise SinkRefused(f"{SETTING}: {FORMS}, found {scheme[1]}://…")


def _folder(own_name: str | None, where: str) -> Sink:
    folder = Path(where).expanduser()
    if not folder.exists() and folder.parent.is_dir():
        with suppress(OSError):  # told just below
            folder.mkdir(mode=0o700)
    if not folder.is_dir():
        raise SinkRefused(f"{SETTING}: {FORMS}, found {where!r}, which is no folder. Hint: make it, or mount its disk.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise SinkRefused(f"{SETTING}: expected a folder that can be written, found {where!r}. Hint: chown or chmod it.")
    folder = folder.absolute()
    return FolderSink(own_name or folder.name[:MOST_NAME] or "folder", folder)


def _printer(own_name: str | None, where: str, media: str) -> Sink:
    try:
        url = urlsplit(where)
        host, port = url.hostname, url.port
    except ValueError:
        host, port, url = None, None, urlsplit("")
    if not host or url.query or url.fragment:
        raise SinkRefused(
            f"{SETTING}: expected ipp://host/path, as in ipp://printer.local/ipp/print, found another form of ipp://"
        )
    name = host if port in (None, IPP_PORT) else f"{host}:{port}"
    path = url.path.strip("/")
    if path.lower() not in USUAL_PATHS:  # a print server: its printers differ by path
        name = f"{name}/{path.rpartition('/')[2]}"
    # imported only where there is a printer: its libraries cost memory that a booth without one does not need
    from articket_gateway.printing.ipp import IppSink

    return IppSink(own_name or name[:MOST_NAME], where, media=media)


def _store(own_name: str | None, where: str) -> Sink:
    url = urlsplit(where)
    if not url.netloc or url.query or url.fragment:
        raise SinkRefused(f"{SETTING}: expected {url.scheme}://bucket/prefix, found another form of {url.scheme}://")
    try:
        return StoreSink(own_name or f"{url.netloc}{url.path}".rstrip("/")[:MOST_NAME], where)
    except (BaseError, ValueError, TypeError) as error:
        raise SinkRefused(
            f"{SETTING}: {url.scheme}://{url.netloc} cannot be used ({type(error).__name__}). "
            "Hint: check the bucket, and the credentials in the environment."
        ) from None
