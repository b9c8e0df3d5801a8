"""The database: opening it, riding out an outage, and the one-process rule of SQLite.

Comes before `visits` and `events`, which hold the statements. SQLite is the embedded default, PostgreSQL the choice for several
replicas; both speak through SQLAlchemy, and what differs between them stands here.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import random
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import IO, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.event import listen
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from articket_gateway.errors import StoreLocked, StoreUnavailable, StoreUnusable

HEAD_REVISION = "0004"
"""The newest migration; a test compares it with the folder."""

FIRST_RETRY_SECONDS = 0.1
LONGEST_RETRY_SECONDS = 2.0
ANSWER_SECONDS = 1.5
"""A database that needs longer for the smallest question is as good as away."""

log = logging.getLogger(__name__)

T = TypeVar("T")


class Database:
    """An open database. Own it in one place and `close` it; every other part gets it handed in."""

    def __init__(self, url: str) -> None:
        self.url = sa.make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _engine(self.url, is_sqlite=self.is_sqlite)
        self._lock: IO[str] | None = None

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

    async def close(self) -> None:
        """Close the connections and give the SQLite file free."""
        await self.engine.dispose()
        if self._lock is not None:
            self._lock.close()

    async def is_there(self) -> bool:
        """Whether the database answers a question right now."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS), self.engine.connect() as connection:
                await connection.execute(sa.select(sa.literal(1)).select_from(sa.table("alembic_version")))
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

    async def transact(self, work: Callable[[AsyncConnection], Awaitable[T]], *, patience: float = 2.0) -> T:
        """Run `work` in one transaction, trying again for `patience` seconds while the database is away.

        `work` may run more than once. Raises StoreUnavailable when the patience is used up.
        """
        end = time.monotonic() + patience
        delay = FIRST_RETRY_SECONDS
        while True:
            try:
                return await self._attempt(work)
            except IntegrityError:
                raise
            except (DBAPIError, OSError, TimeoutError, PoolTimeout) as error:
                if time.monotonic() + delay > end:
                    raise StoreUnavailable(f"the database does not answer: {type(error).__name__}") from error
                log.warning("the database does not answer (%s); trying again", type(error).__name__)
                await asyncio.sleep(delay * random.uniform(0.5, 1.0))
                delay = min(delay * 2, LONGEST_RETRY_SECONDS)

    async def _attempt(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """Run `work` in one transaction. On SQLite it comes to its end, also when who asked for it is cancelled meanwhile.

        A connection that is torn away in mid-statement would keep the file locked for the length of busy_timeout.
        """
        if not self.is_sqlite:
            return await self._run(work)
        running = asyncio.ensure_future(self._run(work))
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            await asyncio.wait([running])
            if not running.cancelled():
                running.exception()  # looked at, so that nobody complains of it
            raise

    async def _run(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        async with self.engine.begin() as connection:
            return await work(connection)


def _engine(url: sa.URL, *, is_sqlite: bool) -> AsyncEngine:
    if not is_sqlite:
        return create_async_engine(url, pool_pre_ping=True, pool_size=8, max_overflow=4, hide_parameters=True)
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
