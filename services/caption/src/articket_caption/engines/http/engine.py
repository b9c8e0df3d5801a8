"""The `http` engine: an endpoint says the sentence for the prompt; what is printed and counted is what `seeing` is certain of.

It follows no redirection, reads no more of an answer than a caption can have, takes no more time than it is given, and lets no
address, photo or caption into a log line.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING

import httpx

from articket_caption.engines import Description
from articket_caption.engines.http.config import ENGINE, HttpConfig
from articket_caption.engines.http.failures import of_status, of_transport
from articket_caption.engines.http.wire import MOST_ANSWER_BYTES, parse_answer, question_of
from articket_caption.engines.looking import Looking
from articket_caption.errors import MisconfiguredError, misconfigured
from articket_mesh.errors import TransientError

if TYPE_CHECKING:
    from articket_caption.seeing import Picture

__all__ = ["HttpEngine"]

logger = logging.getLogger(__name__)

TRY_OUT_SIDE_PX = 256


class HttpEngine:
    """Asks one endpoint."""

    name = ENGINE

    def __init__(self, config: HttpConfig) -> None:
        for chatty in ("httpx", "httpcore"):  # their lines hold the address and headers
            logging.getLogger(chatty).setLevel(logging.WARNING)
        self._config = config
        self._looking = Looking(self.name)
        self._client = httpx.AsyncClient(
            auth=httpx.BasicAuth(config.user, config.password) if config.user else None,
            headers={"Accept": "application/json", "Accept-Encoding": "identity"}
            | ({"Authorization": f"Bearer {config.token}"} if config.token else {}),
            verify=_trusting(config) if config.url.lower().startswith("https:") else False,
            timeout=httpx.Timeout(config.answer_seconds, connect=config.connect_seconds),
            follow_redirects=False,
            trust_env=False,  # neither proxies nor passwords from elsewhere
        )

    async def start(self) -> None:
        """Try the endpoint out with a made-up picture; only an answer that says that a setting is wrong is raised.

        An endpoint that is away or busy now may be back for the first visitor, and without it the booth paints all the same.
        """
        await self._looking.start()
        try:
            await self._ask(await asyncio.to_thread(_made_up))
        except MisconfiguredError:
            raise
        except TransientError as error:
            logger.warning("%s; it is asked again for each photo", error)

    async def describe(self, photo: bytes) -> Description:
        """See `Engine.describe`. Raises also TransientError DEADLINE_EXCEEDED."""

        async def say(_: Picture) -> str:
            return await self._ask(photo)

        return await self._looking.describe_with(photo, say)

    async def close(self) -> None:
        """End the connections and the threads. Calling it twice is fine."""
        self._looking.close()
        await self._client.aclose()

    async def _ask(self, photo: bytes) -> str:
        """Give what the endpoint says. The time is for all of it: one that trickles is as bad as one that is silent."""
        shape = self._config.shape
        question = await asyncio.to_thread(partial(question_of, photo, shape))
        try:
            async with (
                asyncio.timeout(self._config.answer_seconds),
                self._client.stream(
                    "POST",
                    self._config.url,
                    content=question.content,
                    files=question.files,
                    data=question.data,
                    headers=question.headers,
                ) as response,
            ):
                body = await _beginning(response)
        except (httpx.HTTPError, TimeoutError) as error:
            raise of_transport(error) from error
        if response.status_code != HTTPStatus.OK:
            raise of_status(response.status_code, response.headers, body)
        return parse_answer(response, body, shape)


async def _beginning(response: httpx.Response) -> bytes:
    """Read as much as an answer may have, and a little more where it has too much. Nothing is decompressed."""
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > MOST_ANSWER_BYTES:
            break
    return bytes(body)


def _made_up() -> bytes:
    """A picture of a bright disc before grey."""
    import cv2
    import numpy as np

    picture = np.full((TRY_OUT_SIDE_PX, TRY_OUT_SIDE_PX, 3), 96, np.uint8)
    middle = TRY_OUT_SIDE_PX // 2
    cv2.circle(picture, (middle, middle), middle // 2, (40, 160, 230), thickness=-1, lineType=cv2.LINE_AA)
    return cv2.imencode(".jpg", picture)[1].tobytes()


def _trusting(config: HttpConfig) -> ssl.SSLContext:
    """Trust the given authorities, or the usual ones. Raises MisconfiguredError."""
    try:
        return ssl.create_default_context(cafile=config.ca)
    except (OSError, ssl.SSLError) as error:
        raise misconfigured(ENGINE, f"the authorities in {config.ca} cannot be read: {error}") from error
