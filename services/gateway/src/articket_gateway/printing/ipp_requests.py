"""IPP requests over HTTP: what is sent and what comes back, each within a deadline.

pyipp writes and reads the attributes. The exchange itself is ours, because here each has a deadline that covers the whole
answer, an answer of a bounded size, a document that is streamed, and `media` as the keyword that it is (pyipp sends a name,
which a strict printer does not know).
"""

from __future__ import annotations

import asyncio
import io
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, TypeAlias

import aiohttp
from pyipp.enums import IppOperation, IppTag
from pyipp.parser import parse
from pyipp.serializer import construct_attribute
from yarl import URL

ANSWER_SECONDS = 8.0
CONNECT_SECONDS = 1.5
"""A printer on the booth's own network answers at once or is off; asked anew, it is noticed soon after it is back."""

DOCUMENT_SECONDS = 60.0
MAX_ANSWER_BYTES = 1_000_000
IPP_VERSION = (2, 0)
FIRST_ERROR = 0x0400

FIRST_VALUE_TAG = 0x10
MAX_LENGTH = 0x7FFF
FIXED_LENGTHS = {
    IppTag.INTEGER.value: 4,
    IppTag.ENUM.value: 4,
    IppTag.BOOLEAN.value: 1,
    IppTag.DATE.value: 11,
    IppTag.RANGE.value: 8,
    IppTag.RESOLUTION.value: 9,
}
WITH_LANGUAGE = frozenset({IppTag.TEXT_LANG.value, IppTag.NAME_LANG.value})

Value: TypeAlias = str | int | bool | Sequence[str]
Attributes: TypeAlias = Mapping[str, tuple[IppTag, Value]]


class NoAnswer(Exception):
    """The printer cannot be reached, or its answer was not heard to the end. `was_sent`: it may have got the request."""

    def __init__(self, *, was_sent: bool) -> None:
        super().__init__("no answer from the printer")
        self.was_sent = was_sent


class Declined(Exception):
    """The printer has answered and says no. `status` is IPP's; an HTTP one has been turned into the IPP status alike."""

    def __init__(self, status: int) -> None:
        super().__init__(f"status 0x{status:04x}")
        self.status = status


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the groups of jobs and of printer attributes."""

    jobs: Sequence[Mapping[str, Any]]
    printers: Sequence[Mapping[str, Any]]


class IppConnection:
    """One printer's address."""

    def __init__(self, uri: str) -> None:
        """Take an ipp:// or ipps:// address; nothing is opened yet."""
        url = URL(uri)
        self._user, self._password = url.user, url.password
        self._uri = str(url.with_user(None))
        self._url = url.with_user(None).with_scheme("https" if url.scheme == "ipps" else "http").with_port(url.port or 631)
        self._ids = count(1)
        self._session: aiohttp.ClientSession | None = None

    async def request(
        self,
        operation: IppOperation,
        attributes: Attributes,
        *,
        job: Attributes | None = None,
        document: bytes | None = None,
    ) -> Answer:
        """Send one request. Raises NoAnswer, Declined."""
        head = self._head(operation, attributes, job or {})
        body = io.BytesIO(head if document is None else head + document)
        content = await self._post(body, ANSWER_SECONDS if document is None else DOCUMENT_SECONDS)
        if not is_well_formed(content):  # pyipp would read lengths below zero, and go round for ever
            raise NoAnswer(was_sent=True)
        try:
            parsed = parse(content)
            status = int(parsed["status-code"])
        except Exception:  # pyipp raises whatever a strange answer makes it stumble over
            raise NoAnswer(was_sent=True) from None
        if status >= FIRST_ERROR:
            raise Declined(status)
        return Answer(parsed["jobs"], parsed["printers"])

    async def close(self) -> None:
        """Close what is open."""
        if self._session is not None:
            await self._session.close()

    async def _post(self, body: io.BytesIO, seconds: float) -> bytes:
        if self._session is None:
            # a connection each: one that is kept would break silently when the printer restarts, and with it a request
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(force_close=True, ssl=False),  # printers certify themselves
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS),
                auth=aiohttp.BasicAuth(self._user, self._password or "") if self._user else None,
            )
        try:
            async with (
                asyncio.timeout(seconds),
                self._session.post(
                    self._url, data=body, headers={"Content-Type": "application/ipp"}, allow_redirects=False
                ) as response,
            ):
                if response.status != 200:
                    raise Declined(_as_ipp(response.status))
                return await _read(response)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            raise NoAnswer(was_sent=False) from None
        except (aiohttp.ClientError, TimeoutError, OSError):
            raise NoAnswer(was_sent=True) from None

    def _head(self, operation: IppOperation, attributes: Attributes, job: Attributes) -> bytes:
        first: Attributes = {  # required to come first, in this order
            "attributes-charset": (IppTag.CHARSET, "utf-8"),
            "attributes-natural-language": (IppTag.LANGUAGE, "en"),
            "printer-uri": (IppTag.URI, self._uri),
        }
        head = struct.pack(">bbhi", *IPP_VERSION, operation.value, next(self._ids) & 0x7FFFFFFF)
        head += bytes([IppTag.OPERATION.value]) + _encoded({**first, **attributes})
        if job:
            head += bytes([IppTag.JOB.value]) + _encoded(job)
        return head + bytes([IppTag.END.value])


def is_well_formed(content: bytes) -> bool:
    """Say whether an answer's lengths fit it (RFC 8010, 3): whatever stands in it, reading it comes to an end."""
    at = 8  # version, status, request id
    while at < len(content):
        tag = content[at]
        if tag == IppTag.END.value:
            return True
        at += 1
        if tag < FIRST_VALUE_TAG:
            continue  # a group begins
        for _part in ("name", "value"):
            length = int.from_bytes(content[at : at + 2], "big")
            begin, at = at + 2, at + 2 + length
            if length > MAX_LENGTH or at > len(content):
                return False
        if length != FIXED_LENGTHS.get(tag, length) or (tag in WITH_LANGUAGE and not _is_with_language(content[begin:at])):
            return False
    return False


def _is_with_language(value: bytes) -> bool:
    language = int.from_bytes(value[:2], "big")
    text = int.from_bytes(value[2 + language : 4 + language], "big")
    return len(value) >= 4 and 4 + language + text == len(value)


def values(attributes: Mapping[str, Any], name: str) -> list[Any]:
    """Give an attribute's values as a list: IPP tells one value and many alike, pyipp does not."""
    value = attributes.get(name)
    if value is None or value == "":
        return []
    return list(value) if isinstance(value, list) else [value]  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]


def _encoded(attributes: Attributes) -> bytes:
    return b"".join(construct_attribute(name, value, tag) for name, (tag, value) in attributes.items())


async def _read(response: aiohttp.ClientResponse) -> bytes:
    content = bytearray()
    async for chunk in response.content.iter_chunked(64 * 1024):
        content += chunk
        if len(content) > MAX_ANSWER_BYTES:
            raise NoAnswer(was_sent=True)
    return bytes(content)


def _as_ipp(status: int) -> int:
    """Give the IPP status that means the same as an HTTP status."""
    known = {401: 0x0402, 413: 0x0408, 503: 0x0502}  # not 404: it says nothing of a job, the address is wrong
    return known.get(status, 0x0401 if status < 500 else 0x0500)
