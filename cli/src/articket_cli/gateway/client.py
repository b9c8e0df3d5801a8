"""Asks the gateway over HTTP. A gateway that is restarting is waited for; what it refuses becomes an error in one line.

Every request may be repeated: a repeated PUT changes nothing, and a repeated POST at worst leaves an empty visit to expire.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import httpx
from pydantic import ValidationError

from articket_cli.errors import BoothError, GatewayError
from articket_cli.gateway.events import Event, EventParser
from articket_cli.gateway.patience import FIRST_WAIT_SECONDS, Patience
from articket_cli.gateway.views import Artists, Health, Painting, ProblemView, QuizView, View, Visit

PATIENCE_SECONDS = 30.0  # a booth restarts a dead gateway within 10 s
# The gateway sends a comment every 15 s when nothing happens: a longer silence means that the connection is dead.
SILENCE_SECONDS = 45.0
UPLOAD_PIECE_BYTES = 256 * 1024
TIMEOUTS = httpx.Timeout(30.0, connect=5.0)
STREAM_TIMEOUTS = httpx.Timeout(30.0, connect=5.0, read=SILENCE_SECONDS)

ViewT = TypeVar("ViewT", bound=View)


@dataclass(frozen=True)
class Erased:
    """The visit is no more."""


News = Visit | Painting | Erased
"""What is told of a visit: all of it, one painting that has changed, or that it has been erased."""


class GatewayClient:
    """The gateway at `url`. Owns its connections: use it as an async context manager.

    Methods raise GatewayError when the gateway refuses, BoothError when it cannot be reached for `patience` seconds.
    """

    def __init__(self, url: str, *, patience: float = PATIENCE_SECONDS) -> None:
        self.url = url.rstrip("/")
        self._patience = patience
        self._http = httpx.AsyncClient(base_url=self.url, timeout=TIMEOUTS, trust_env=not _is_here(self.url))

    async def __aenter__(self) -> GatewayClient:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def health(self) -> Health:
        """Ask whether an Articket answers at all."""
        return await self._get("/healthz", Health)

    async def artists(self) -> Artists:
        """Ask who is at work."""
        return await self._get("/api/v1/artists", Artists)

    async def quiz(self) -> QuizView:
        """Ask for the quiz."""
        return await self._get("/api/v1/quiz", QuizView)

    async def begin(self, lang: str, artists: tuple[str, ...] | None) -> Visit:
        """Begin a visit, of these artists only if any are named."""
        body: dict[str, object] = {"lang": lang}
        if artists:
            body["artists"] = list(artists)
        return _parsed(await self._request("POST", "/api/v1/visits", json=body), Visit)

    async def send_photo(self, visit_id: str, photo: Path) -> Visit:
        """Upload the photo as it is."""
        return _parsed(await self._request("PUT", f"{_of(visit_id)}/photo", file=photo), Visit)

    async def answer(self, visit_id: str, answers: Mapping[str, object]) -> Visit:
        """Send {"answers": …}, {"match": …} or nothing at all."""
        return _parsed(await self._request("PUT", f"{_of(visit_id)}/answers", json=answers), Visit)

    async def visit(self, visit_id: str) -> Visit:
        """Look at the visit."""
        return await self._get(_of(visit_id), Visit)

    async def erase(self, visit_id: str) -> None:
        """Erase the visit."""
        await self._request("DELETE", _of(visit_id))

    async def painting(self, visit_id: str, artist_id: str) -> bytes:
        """Fetch a painting in its full size, as JPEG."""
        return (await self._request("GET", f"{_of(visit_id)}/paintings/{artist_id}?size=print")).content

    async def ticket(self, visit_id: str, kind: str) -> bytes:
        """Fetch the ticket as "pdf" or "png"."""
        return (await self._request("GET", f"{_of(visit_id)}/ticket.{kind}")).content

    async def follow(self, visit_id: str) -> AsyncGenerator[News]:
        """Tell what happens in the visit, without end; a broken stream is taken up where it broke.

        Begins with the visit as it stands, and tells it again after each break.
        """
        parser = EventParser()
        patience = Patience(self._patience)
        while True:
            try:
                async with aclosing(self._stream(visit_id, parser)) as events:
                    async for event in events:
                        patience.renew()
                        news = await self.visit(visit_id) if event is None else _news(event)
                        if news is not None:
                            yield news
            except httpx.TransportError as error:
                await patience.wait(self._unreachable(error))
            except GatewayError as error:
                if not error.is_retryable:
                    raise
                await patience.wait(error)
            else:  # ended in order: the gateway is going down
                await asyncio.sleep(parser.retry_seconds or FIRST_WAIT_SECONDS)

    async def _stream(self, visit_id: str, parser: EventParser) -> AsyncGenerator[Event | None]:
        """Give None when the stream is open, then its events."""
        headers = {"Accept": "text/event-stream"}
        if parser.last_id:
            headers["Last-Event-ID"] = parser.last_id
        fresh = EventParser(parser.last_id)  # what was received of an event before the break is void
        async with self._http.stream("GET", f"{_of(visit_id)}/events", headers=headers, timeout=STREAM_TIMEOUTS) as response:
            if response.is_error:
                await response.aread()
                raise _problem(response)
            yield None
            async for piece in response.aiter_raw():
                for event in fresh.feed(piece):
                    parser.last_id, parser.retry_seconds = fresh.last_id, fresh.retry_seconds
                    yield event

    async def _get(self, path: str, view: type[ViewT]) -> ViewT:
        return _parsed(await self._request("GET", path), view)

    async def _request(
        self, method: str, path: str, *, json: Mapping[str, object] | None = None, file: Path | None = None
    ) -> httpx.Response:
        patience = Patience(self._patience)
        while True:
            try:
                response = await self._send(method, path, json, file)
            except httpx.TransportError as error:
                await patience.wait(self._unreachable(error))
                continue
            if not response.is_error:
                return response
            problem = _problem(response)
            if not problem.is_retryable:
                raise problem
            await patience.wait(problem)

    async def _send(self, method: str, path: str, json: Mapping[str, object] | None, file: Path | None) -> httpx.Response:
        if file is None:
            return await self._http.request(method, path, json=json)
        size = await asyncio.to_thread(lambda: file.stat().st_size)
        headers = {"Content-Length": str(size), "Content-Type": "application/octet-stream"}
        return await self._http.request(method, path, content=_pieces(file), headers=headers)

    def _unreachable(self, error: httpx.TransportError) -> BoothError:
        return BoothError(f"the booth at {self.url} cannot be reached: {str(error) or type(error).__name__}")


async def _pieces(file: Path) -> AsyncIterator[bytes]:
    with file.open("rb") as opened:
        while piece := await asyncio.to_thread(opened.read, UPLOAD_PIECE_BYTES):
            yield piece


def _news(event: Event) -> News | None:
    """Give what the event tells; None for an event of a kind that is not known here."""
    if event.type == "visit":
        return Visit.model_validate_json(event.data)
    if event.type == "painting":
        return Painting.model_validate_json(event.data)
    return Erased() if event.type == "erased" else None


def _parsed(response: httpx.Response, view: type[ViewT]) -> ViewT:
    try:
        return view.model_validate_json(response.content)
    except ValidationError as error:
        raise BoothError(f"{response.request.url}: expected the answer of an Articket gateway, found something else") from error


def _problem(response: httpx.Response) -> GatewayError:
    try:
        problem = ProblemView.model_validate_json(response.content)
    except ValidationError:
        detail = f"{response.request.url}: expected an answer, found HTTP status {response.status_code}"
        return GatewayError(response.status_code, "unknown", detail, is_retryable=response.status_code in {502, 503, 504})
    return GatewayError(
        problem.status, problem.reason, problem.detail or problem.title, problem.hint, is_retryable=problem.retryable
    )


def _of(visit_id: str) -> str:
    return f"/api/v1/visits/{visit_id}"


def _is_here(url: str) -> bool:
    """Whether the booth is on this machine: then a proxy from the environment must not come between."""
    return httpx.URL(url).host in {"localhost", "127.0.0.1", "::1"}
