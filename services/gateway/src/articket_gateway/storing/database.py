"""The database: opening it, riding out an outage, and the one-process rule of SQLite.

Comes before `visits` and `events`, which hold the statements. SQLite is the embedded default, PostgreSQL the choice for several
replicas; both speak through SQLAlchemy, and what differs between them stands here. A database that is away may refuse, or hang:
each try has a deadline, so that nobody waits longer than for an answer that helps.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import random
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.event import listen
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from articket_gateway.errors import StoreLocked, StoreUnavailable, StoreUnusable
from articket_gateway.storing.outages import Outage

HEAD_REVISION = "0005"
"""The newest migration; a test compares it with the folder."""

FIRST_RETRY_SECONDS = 0.1
LONGEST_RETRY_SECONDS = 2.0
ANSWER_SECONDS = 1.5
"""A database that needs longer for the smallest question is as good as away."""

TRY_SECONDS = 3.0
"""The longest that one try of a transaction takes, connecting included: visitors get their 503 while they still look."""

TIDY_SECONDS = 0.5
"""A try that is given up may take so long to take its statement back; then it goes on by itself."""

POOL_SIZE, POOL_OVERFLOW = 8, 4
"""With the one that listens, a replica has at most 13 connections: three of them, and the three that replace them in a rolling
update, fit into the 97 that a PostgreSQL gives as it comes."""

SESSION = {
    # what nobody waits for any more, and the locks of a replica that has frozen, do not hold up the others
    "statement_timeout": "10s",
    "idle_in_transaction_session_timeout": "10s",
    # a replica whose machine has gone leaves connections; they hold leases' rows, and places
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}
"""Settings of each session on the server."""

MIGRATION_LOCK = 0x61727469
"""Replicas that start at once bring the schema up to date one after the other; the number only has to be always the same."""

log = logging.getLogger(__name__)

T = TypeVar("T")


class Database:
    """An open database. Own it in one place and `close` it; every other part gets it handed in."""

    def __init__(self, url: str) -> None:
        self.url = _spoken(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _engine(self.url, is_sqlite=self.is_sqlite)
        self.outage = Outage("the database")
        self._idle = _IdleConnections(self.engine)
        self._lock: IO[str] | None = None
        self._given_up: set[asyncio.Future[Any]] = set()

    @property
    def now(self) -> sa.ColumnElement[float]:
        """The database's own clock in Unix seconds: leases know no other."""
        if self.is_sqlite:
            return sa.literal_column("((julianday('now') - 2440587.5) * 86400.0)", sa.Float)
        return sa.literal_column("extract(epoch from clock_timestamp())", sa.Float)

    def insert(self, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
        """Build an INSERT that knows ON CONFLICT in this database's dialect."""
        return sqlite.insert(table) if self.is_sqlite else postgresql.insert(table)

    async def open(self) -> None:
        """Take the SQLite file for this process and bring the schema up to date. Raises StoreUnusable or StoreLocked."""
        shown = self.url.render_as_string(hide_password=True)
        try:
            if self.is_sqlite:
                self._lock = _lock_file(self.url.database)
            async with self.engine.begin() as connection:
                await connection.run_sync(_migrate)
        except (DBAPIError, OSError) as error:
            reason = error.orig if isinstance(error, DBAPIError) else error
            raise StoreUnusable(f"{shown}: expected a database that can be opened, found: {reason}") from error

    def lone_engine(self) -> AsyncEngine:
        """Make an engine beside the pool: each connection of it is a new one, closed after use. Whoever asks disposes of it."""
        return _postgres(self.url, poolclass=NullPool)

    async def close(self) -> None:
        """Close the connections and give the SQLite file free."""
        if self.outage.is_away:
            self._idle.cut()
        with suppress(TimeoutError):  # a server that hangs does not take leave: the sockets go with the process
            async with asyncio.timeout(TRY_SECONDS):
                await self.engine.dispose()
        if self._lock is not None:
            self._lock.close()

    async def is_there(self) -> bool:
        """Whether the database answers a question right now."""

        async def ask(connection: AsyncConnection) -> None:
            await connection.execute(sa.select(sa.literal(1)).select_from(sa.table("alembic_version")))

        try:
            await self._attempt(ask, seconds=ANSWER_SECONDS)
        except (DBAPIError, OSError, TimeoutError, PoolTimeout):
            return False
        return True

    async def forget_erased(self) -> None:
        """Overwrite what SQLite's write-ahead log still holds of rows that are erased; the file itself is zeroed as it goes.

        PostgreSQL does its own housekeeping.
        """
        if not self.is_sqlite:
            return
        try:
            async with self.engine.connect() as connection:
                await connection.execution_options(isolation_level="AUTOCOMMIT")
                await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        except (DBAPIError, OSError, PoolTimeout) as error:
            raise StoreUnavailable(f"the database does not answer: {type(error).__name__}") from error

    async def transact(
        self, work: Callable[[AsyncConnection], Awaitable[T]], *, patience: float = 2.0, try_seconds: float = TRY_SECONDS
    ) -> T:
        """Run `work` in one transaction, trying again for `patience` seconds while the database is away.

        `work` may run more than once. Raises StoreUnavailable when the patience is used up, at most one try later.
        """
        end = time.monotonic() + patience
        delay = FIRST_RETRY_SECONDS
        while True:
            asked_at = time.monotonic()
            try:
                done = await self._attempt(work, seconds=try_seconds)
            except (IntegrityError, DataError, ProgrammingError):
                raise  # it is there, and will say the same again
            except (DBAPIError, OSError, TimeoutError, PoolTimeout) as error:
                if not _is_conflict(error) and self.outage.met(type(error).__name__, asked_at=asked_at):
                    self._idle.cut()
                if time.monotonic() + delay > end:
                    raise StoreUnavailable(f"the database does not answer: {type(error).__name__}") from error
                await asyncio.sleep(delay * random.uniform(0.5, 1.0))
                delay = min(delay * 2, LONGEST_RETRY_SECONDS)
            else:
                self.outage.over()
                return done

    async def _attempt(self, work: Callable[[AsyncConnection], Awaitable[T]], *, seconds: float) -> T:
        """Run `work` in one transaction. Raises TimeoutError when it takes longer than `seconds`.

        On SQLite it comes to its end, also when who asked for it is cancelled meanwhile: a connection that is torn away in
        mid-statement would keep the file locked for the length of busy_timeout.
        """
        running = asyncio.ensure_future(self._run(work))
        if not self.is_sqlite:
            return await self._in_time(running, seconds)
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            await asyncio.wait([running])
            if not running.cancelled():
                running.exception()  # looked at, so that nobody complains of it
            raise

    async def _in_time(self, running: asyncio.Future[T], seconds: float) -> T:
        """Wait for a try. One that is given up takes its statement back by itself: with a server that hangs that takes long."""
        try:
            async with asyncio.timeout(seconds):
                return await asyncio.shield(running)
        except (TimeoutError, asyncio.CancelledError):
            if not running.done():
                running.cancel()
                await asyncio.wait([running], timeout=TIDY_SECONDS)
            if not running.done():
                self._given_up.add(running)
            running.add_done_callback(self._forget)
            raise

    def _forget(self, running: asyncio.Future[Any]) -> None:
        self._given_up.discard(running)
        if not running.cancelled():
            running.exception()  # looked at, so that nobody complains of it

    async def _run(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        async with self.engine.begin() as connection:
            return await work(connection)


class _IdleConnections:
    """The connections that lie in the pool. A network that was away may have forgotten them without a word to either end."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._idle: set[Any] = set()
        listen(engine.sync_engine, "checkin", self._came)
        for event in ("checkout", "invalidate", "close"):
            listen(engine.sync_engine, event, self._went)

    def cut(self) -> None:
        """Drop them without taking leave, so that none of them costs somebody a try; the pool makes new ones."""
        for connection in self._idle:
            connection.driver_connection.terminate()
        self._idle.clear()

    def _came(self, connection: DBAPIConnection | None, _record: object) -> None:
        if hasattr(getattr(connection, "driver_connection", None), "terminate"):  # SQLite's have none, and need none
            self._idle.add(connection)

    def _went(self, connection: DBAPIConnection | None, *_: object) -> None:
        self._idle.discard(connection)


def _engine(url: sa.URL, *, is_sqlite: bool) -> AsyncEngine:
    if not is_sqlite:
        return _postgres(url, pool_size=POOL_SIZE, max_overflow=POOL_OVERFLOW, pool_timeout=TRY_SECONDS, pool_pre_ping=True)
    logging.getLogger("aiosqlite").setLevel(logging.INFO)  # at DEBUG it logs every value: ids, captions, answers
    # one writer: a second connection would only wait
    engine = create_async_engine(url, pool_size=1, max_overflow=0, hide_parameters=True)

    def prepare(connection: DBAPIConnection, _record: object) -> None:
        # NORMAL with WAL keeps every commit through a killed process; a power cut may take the last ones, never the file.
        # secure_delete: what is erased is overwritten, too
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=30000", "secure_delete=ON"):
            connection.cursor().execute(f"PRAGMA {pragma}")

    listen(engine.sync_engine, "connect", prepare)
    return engine


def _postgres(url: sa.URL, **pool: object) -> AsyncEngine:
    server_settings = {"application_name": "articket-gateway", **SESSION}
    connecting = {"timeout": TRY_SECONDS, "server_settings": server_settings}
    try:
        return create_async_engine(url, hide_parameters=True, connect_args=connecting, **pool)
    except ModuleNotFoundError as error:
        shown = url.render_as_string(hide_password=True)
        hint = "Hint: pip install 'articket-gateway[postgres]'"
        raise StoreUnusable(f"{shown}: expected its driver to be installed, found no {error.name}. {hint}") from error


def _spoken(text: str) -> sa.URL:
    """Read the URL as SQLAlchemy and asyncpg speak it: platforms hand out postgres://…?sslmode=require."""
    url = sa.make_url(text)
    if url.drivername in ("postgres", "postgresql"):
        url = url.set(drivername="postgresql+asyncpg")
    if url.drivername == "postgresql+asyncpg" and "sslmode" in url.query:
        url = url.update_query_dict({"ssl": url.query["sslmode"]}).difference_update_query(["sslmode"])
    return url


def _is_conflict(error: BaseException) -> bool:
    """Whether two transactions got into each other's way: that says nothing of the database."""
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", "") in ("40001", "40P01")


def _lock_file(database: str | None) -> IO[str] | None:
    """Refuse a second process on one SQLite file: they would take each other's leases. kill -9 frees the lock, too."""
    if database is None or database in ("", ":memory:"):
        return None
    path = Path(database + ".lock")
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = path.open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise StoreLocked(
            f"{database}: another gateway uses this SQLite file. Hint: stop it, or choose another data folder."
        ) from None
    for private in (path, Path(database)):  # ids are keys: for this user only; SQLite gives its other files the same mode
        private.touch()
        private.chmod(0o600)
    return lock


def _migrate(connection: sa.Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("set local statement_timeout = 0"))
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(MIGRATION_LOCK)))
    if sa.inspect(connection).has_table("alembic_version"):
        found = connection.execute(sa.text("select version_num from alembic_version")).scalar()
        if found == HEAD_REVISION:
            return
    # imported only when there is something to do: it costs 10 MB that an idle booth does not need
    from alembic import command
    from alembic.config import Config

    logging.getLogger("alembic").setLevel(logging.WARNING)  # it tells every plugin that it loads
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
