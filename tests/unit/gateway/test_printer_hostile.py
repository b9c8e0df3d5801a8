"""Something that answers at the printer's address and is no good printer: nothing is printed twice, nothing breaks."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from articket_gateway.printing import ipp_requests
from articket_gateway.printing.ipp import IppSink
from articket_gateway.printing.sinks import PrintOrder, SinkWaits

ORDER = PrintOrder("articket-0a1b-1-0", "0042", "vangogh", "2026-05-02", 1)

HEAD = b"\x02\x00\x00\x00\x00\x00\x00\x01\x01"

Answering = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def printer_that(answers: Answering) -> AsyncIterator[IppSink]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            await answers(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    sink = IppSink("x", f"ipp://127.0.0.1:{server.sockets[0].getsockname()[1]}/ipp/print", media="iso_a4_210x297mm")
    try:
        yield sink
    finally:
        await sink.close()
        server.close()


def saying(status: str, body: bytes) -> Answering:
    async def answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = f"HTTP/1.1 {status}\r\nContent-Type: application/ipp\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()

    return answer


async def silent(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(30)


async def endless(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"10000\r\n" + b"x" * 65536 + b"\r\n")
        await writer.drain()


async def hanging_up(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    return


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        (saying("200 OK", b"<html>a router's page</html>"), "offline"),
        (saying("200 OK", b""), "offline"),
        (saying("200 OK", b"\x02\x00\x00\x00\x00\x00\x00\x01\x01\x47\xff\xff"), "offline"),
        (saying("200 OK", HEAD + b"\x44\x00\x00\xff\xfb"), "offline"),  # a length of -5: five bytes back, for ever
        (saying("200 OK", HEAD + b"\x35\x00\x01x\x00\x04\xff\xf0\x00\x00\x03"), "offline"),  # the same, of a language
        (saying("200 OK", HEAD + b"\x21\x00\x01x\x00\x00\x03"), "offline"),  # an integer of no bytes
        (saying("401 Unauthorized", b""), "refused"),
        (saying("404 Not Found", b""), "refused"),
        (saying("307 Temporary Redirect", b""), "refused"),
        (saying("503 Service Unavailable", b""), "offline"),
        (endless, "offline"),
        (hanging_up, "offline"),
    ],
)
async def test_strange_answers_are_told_as_a_reason(answers: Answering, reason: str):
    async with printer_that(answers) as sink:
        status = await sink.look()
        assert (status.is_stopped, status.reasons) == (True, (reason,))
        with pytest.raises(SinkWaits, match=reason):
            await sink.prepare(ORDER, b"%PDF", is_retry=True)
        with pytest.raises(SinkWaits, match=reason):
            await sink.follow(ORDER, "1")


@pytest.mark.alone
async def test_a_printer_that_never_answers_costs_no_more_than_the_deadline(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(ipp_requests, "ANSWER_SECONDS", 0.3)
    async with printer_that(silent) as sink:
        begun = time.monotonic()
        assert (await sink.look()).reasons == ("offline",)
        assert time.monotonic() - begun < 2
