"""The bus over PostgreSQL's LISTEN and NOTIFY: one connection that listens and tells, kept by one task.

    publish ─► outbox ─► one statement for all that has gathered ─► NOTIFY ─► every other replica's listener ─► its audience

A payload holds at most 8000 bytes, so several messages share one, and what is larger does not travel. A connection that breaks
is made anew; before the first message comes over a new one, everybody looks at everything again. A beat on the connection finds
one that is dead without saying so. A pooler that gives each transaction another connection (PgBouncer's `transaction` mode)
cannot carry this: the gateway's URL must lead to the server itself.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any, Protocol, cast

import asyncpg
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from articket_gateway.sharing.bus import Audience, Hear
from articket_gateway.storing.database import Database

CHANNEL = "articket"
PAYLOAD_BYTES = 7_900
"""PostgreSQL takes less than 8000."""

MOST_WAITING = 5_000
"""Messages in the outbox; where more gather, they give way to one that has the others look at everything."""

STATEMENT_SECONDS = 3.0
BEAT_SECONDS = 3.0
"""Without anything to tell, the connection is tried this often: a network can swallow it without a word."""

FIRST_RETRY_SECONDS = 0.1
LONGEST_RETRY_SECONDS = 1.0
LEAVE_SECONDS = 0.5

GAP = "gap"
TAIL = "]}"

AWAY = (DBAPIError, OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)
"""What a connection raises that is lost, or cannot be had."""

NOTIFY = sa.text("select pg_notify(:channel, one) from unnest(cast(:payloads as text[])) as one")
BEAT = sa.text("select 1")

log = logging.getLogger(__name__)


class _Driver(Protocol):
    """What is used of asyncpg's connection."""

    async def add_listener(self, channel: str, callback: Callable[..., None]) -> None:
        """Call back with connection, pid, channel and payload."""
        ...

    def add_termination_listener(self, callback: Callable[..., None]) -> None:
        """Call back when the connection is over."""
        ...


class PostgresBus:
    """See `Bus`; `name` is this replica's, another one in each life. Gaps are also told when a connection is made."""

    def __init__(self, database: Database, *, name: str) -> None:
        self._database = database
        self._engine = database.lone_engine()
        self._name = name
        self._head = f'{{"from":{json.dumps(name)},"told":['
        self._audience = Audience()
        self._outbox: deque[str] = deque()
        self._waiting = asyncio.Event()
        self._all_told = asyncio.Event()
        self._all_told.set()
        self._is_lost = False
        self._has_gap = False
        self._task: asyncio.Task[None] | None = None

    def publish(self, topic: str, payload: str) -> None:
        """Tell all others, soon; never waits and never raises."""
        message = json.dumps([topic, payload], ensure_ascii=False, separators=(",", ":"))
        if len(message.encode()) > self._room:
            log.error("a message about %s is too large to be told to the other replicas", topic)
            return
        if len(self._outbox) >= MOST_WAITING:
            self._outbox.clear()
            self._outbox.append(json.dumps([GAP, ""]))
        self._outbox.append(message)
        self._all_told.clear()
        self._waiting.set()

    def subscribe(self, topic: str, hear: Hear) -> None:
        """Hear what others tell about the topic."""
        self._audience.subscribe(topic, hear)

    def on_gap(self, look_again: Callable[[], None]) -> None:
        """Be called whenever messages may have been lost."""
        self._audience.on_gap(look_again)

    async def open(self) -> None:
        """Begin to tell and to hear."""
        self._task = asyncio.create_task(self._run(), name="bus")

    async def close(self) -> None:
        """Tell what is left, and end."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LEAVE_SECONDS):
                await self._all_told.wait()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task], timeout=LEAVE_SECONDS)
        with suppress(TimeoutError):
            async with asyncio.timeout(LEAVE_SECONDS):
                await self._engine.dispose()

    # -- private -----------------------------------------------------------------------------------------------------------

    @property
    def _room(self) -> int:
        """How many bytes of messages a payload holds."""
        return PAYLOAD_BYTES - len(self._head) - len(TAIL)

    async def _run(self) -> None:
        delay = FIRST_RETRY_SECONDS
        while True:
            try:
                async with self._engine.connect() as connection:
                    await self._listen(connection)
                    delay = FIRST_RETRY_SECONDS
                    self._database.outage.over()
                    await self._keep_telling(connection)
            except AWAY as error:
                waited = STATEMENT_SECONDS if isinstance(error, TimeoutError) else 0.0
                self._database.outage.met(type(error).__name__, asked_at=time.monotonic() - waited)
            except Exception:  # the edge of a task: without it this replica would be deaf and dumb until it ends
                log.exception("talking to the other replicas broke")
            self._is_lost = True
            self._has_gap = True
            await asyncio.sleep(delay * random.uniform(0.5, 1.0))
            delay = min(delay * 2, LONGEST_RETRY_SECONDS)

    async def _listen(self, connection: AsyncConnection) -> None:
        async with asyncio.timeout(STATEMENT_SECONDS):
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            driver = cast(_Driver, (await connection.get_raw_connection()).driver_connection)
            driver.add_termination_listener(self._lost)
            await driver.add_listener(CHANNEL, self._heard)
        self._is_lost = False
        self._audience.look_again()
        if self._has_gap:  # what has been told into the dead connection may have reached nobody
            self._outbox.appendleft(json.dumps([GAP, ""]))
            self._has_gap = False

    async def _keep_telling(self, connection: AsyncConnection) -> None:
        """Send what gathers in the outbox until the connection breaks, which is raised."""
        while True:
            self._waiting.clear()
            if not self._outbox:
                with suppress(TimeoutError):
                    async with asyncio.timeout(BEAT_SECONDS):
                        await self._waiting.wait()
            if self._is_lost:
                raise ConnectionResetError("the connection has ended")
            messages = list(self._outbox)
            self._outbox.clear()  # what does not arrive now is made up for by the gap that follows
            async with asyncio.timeout(STATEMENT_SECONDS):
                if messages:
                    await connection.execute(NOTIFY, {"channel": CHANNEL, "payloads": list(self._packed(messages))})
                else:
                    await connection.execute(BEAT)
            if not self._outbox:
                self._all_told.set()

    def _lost(self, *_: object) -> None:
        self._is_lost = True
        self._waiting.set()

    def _heard(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        """Take a payload apart. Whoever may write into the database may write this: nothing in it is believed to be whole."""
        try:
            said: Any = json.loads(str(payload))
            source, messages = str(said["from"]), [(str(topic), str(message)) for topic, message in said["told"]]
        except (ValueError, TypeError, KeyError):
            log.warning("something on the channel %s is not of this booth", CHANNEL)
            return
        if source == self._name:
            return
        for topic, message in messages:
            if topic == GAP:
                self._audience.look_again()
            else:
                self._audience.tell(topic, message)

    def _packed(self, messages: Sequence[str]) -> Iterator[str]:
        """Put the messages into as few payloads as hold them, in order."""
        some: list[str] = []
        size = 0
        for message in messages:
            length = len(message.encode()) + 1
            if some and size + length > self._room:
                yield self._head + ",".join(some) + TAIL
                some, size = [], 0
            some.append(message)
            size += length
        yield self._head + ",".join(some) + TAIL
