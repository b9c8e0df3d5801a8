"""The paired monitors in SQL: the codes that they show and the visit whose quiz stands on each.

Who gets a monitor, and who a code, is decided by one statement each, so that of two phones exactly one wins, whichever replicas
they speak to. Times are compared with the database's clock only. The visits that a monitor shows are in `shows`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from articket_gateway.storing.database import Database
from articket_gateway.storing.tables import kiosk, kiosk_code, visit
from articket_gateway.visit.states import VisitState


@dataclass(frozen=True, slots=True)
class Session:
    """The visit whose quiz stands on a kiosk: the question it stands at, from 0, and until when it is held (Unix seconds)."""

    visit_id: str
    ref: str
    lang: str
    at: int
    until: float
    is_photo_there: bool


@dataclass(frozen=True, slots=True)
class KioskRecord:
    """A paired monitor. Times are Unix seconds; a session that is no longer held is None."""

    id: str
    name: str
    lang: str
    paired_at: float
    seen_at: float
    greeting_until: float
    session: Session | None


@dataclass(frozen=True, slots=True)
class Code:
    """A code, and since when it is on the screen."""

    code: str
    shown_at: float


class KioskStore:
    """Every statement about kiosks. Each method is one transaction; StoreUnavailable is all they raise."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # -- pairing -----------------------------------------------------------------------------------------------------------

    async def add(self, kiosk_id: str, *, name: str, lang: str) -> None:
        """Keep a newly paired kiosk."""
        now = self._database.now

        async def work(connection: AsyncConnection) -> None:
            row = {"id": kiosk_id, "name": name, "lang": lang, "paired_at": now, "seen_at": now}
            await connection.execute(self._database.insert(kiosk).values(row).on_conflict_do_nothing())

        await self._database.transact(work)

    async def change(self, kiosk_id: str, *, name: str | None, lang: str | None) -> KioskRecord | None:
        """Rename the kiosk or change its language; give it, or None when it is not paired."""
        values = {key: value for key, value in (("name", name), ("lang", lang)) if value is not None}

        async def work(connection: AsyncConnection) -> KioskRecord | None:
            if values:
                await connection.execute(sa.update(kiosk).where(kiosk.c.id == kiosk_id).values(values))
            return await self._find(connection, kiosk_id)

        return await self._database.transact(work)

    async def remove(self, kiosk_id: str) -> bool:
        """Take the pairing back; False when there was none."""

        async def work(connection: AsyncConnection) -> bool:
            await connection.execute(sa.delete(kiosk_code).where(kiosk_code.c.kiosk_id == kiosk_id))
            return (await connection.execute(sa.delete(kiosk).where(kiosk.c.id == kiosk_id))).rowcount == 1

        return await self._database.transact(work)

    async def find(self, kiosk_id: str) -> KioskRecord | None:
        """Give the kiosk, or None."""
        return await self._database.transact(lambda connection: self._find(connection, kiosk_id))

    async def all(self) -> list[KioskRecord]:
        """Give all kiosks by name."""

        async def work(connection: AsyncConnection) -> list[KioskRecord]:
            rows = await connection.execute(self._selected().order_by(kiosk.c.name, kiosk.c.id))
            return [_kiosk(row) for row in rows]

        return await self._database.transact(work)

    async def seen(self, kiosk_ids: set[str]) -> None:
        """Note that these kiosks are connected."""

        async def work(connection: AsyncConnection) -> None:
            await connection.execute(sa.update(kiosk).where(kiosk.c.id.in_(kiosk_ids)).values(seen_at=self._database.now))

        await self._database.transact(work)

    # -- codes -------------------------------------------------------------------------------------------------------------

    async def current_code(self, kiosk_id: str, *, fresh: str, shown_seconds: float, grace_seconds: float) -> Code:
        """Give the code on the kiosk's screen; one that has been there for `shown_seconds` gives way to `fresh`.

        A code that has left the screen stays good for `grace_seconds`. Expired ones of all kiosks are removed.
        """

        async def work(connection: AsyncConnection) -> Code:
            newest = (
                await connection.execute(
                    sa.select(kiosk_code.c.code, kiosk_code.c.shown_at)
                    .where(kiosk_code.c.kiosk_id == kiosk_id, kiosk_code.c.shown_at > self._database.now - shown_seconds)
                    .order_by(kiosk_code.c.shown_at.desc(), kiosk_code.c.code)
                    .limit(1)
                )
            ).first()
            if newest is not None:
                return Code(newest.code, newest.shown_at)
            return await self._show(connection, kiosk_id, fresh, shown_seconds + grace_seconds, grace_seconds)

        return await self._database.transact(work)

    async def use_code(
        self, code: str, *, fresh: str, shown_seconds: float, grace_seconds: float, greeting_seconds: float
    ) -> tuple[KioskRecord, Code] | None:
        """Use a code up: its kiosk greets and shows `fresh` instead. None when the code is not good (any more)."""

        async def work(connection: AsyncConnection) -> tuple[KioskRecord, Code] | None:
            used = await connection.execute(
                sa.delete(kiosk_code)
                .where(kiosk_code.c.code == code, kiosk_code.c.expires_at > self._database.now)
                .returning(kiosk_code.c.kiosk_id)
            )
            kiosk_id = used.scalar()
            if kiosk_id is None:
                return None
            greeting_until = self._database.now + greeting_seconds
            await connection.execute(sa.update(kiosk).where(kiosk.c.id == kiosk_id).values(greeting_until=greeting_until))
            shown = await self._show(connection, kiosk_id, fresh, shown_seconds + grace_seconds, grace_seconds)
            found = await self._find(connection, kiosk_id)
            return None if found is None else (found, shown)

        return await self._database.transact(work)

    async def codes(self) -> dict[str, str]:
        """Give kiosk id → the newest code that is still good."""

        async def work(connection: AsyncConnection) -> dict[str, str]:
            rows = await connection.execute(
                sa.select(kiosk_code.c.kiosk_id, kiosk_code.c.code)
                .where(kiosk_code.c.expires_at > self._database.now)
                .order_by(kiosk_code.c.shown_at, kiosk_code.c.code.desc())
            )
            return {row.kiosk_id: row.code for row in rows}

        return await self._database.transact(work)

    async def _show(
        self, connection: AsyncConnection, kiosk_id: str, fresh: str, good_seconds: float, grace_seconds: float
    ) -> Code:
        now = self._database.now
        await connection.execute(sa.delete(kiosk_code).where(kiosk_code.c.expires_at <= now))
        await connection.execute(  # what leaves the screen now
            sa.update(kiosk_code)
            .where(kiosk_code.c.kiosk_id == kiosk_id, kiosk_code.c.expires_at > now + grace_seconds)
            .values(expires_at=now + grace_seconds)
        )
        added = await connection.execute(
            sa.insert(kiosk_code)
            .values(code=fresh, kiosk_id=kiosk_id, shown_at=now, expires_at=now + good_seconds)
            .returning(kiosk_code.c.shown_at)
        )
        return Code(fresh, added.scalar_one())

    # -- sessions ----------------------------------------------------------------------------------------------------------

    async def place(self, kiosk_id: str, visit_id: str, *, at: int, seconds: float) -> KioskRecord | None:
        """Let the visit have the kiosk for `seconds`, unless another one has it; give the kiosk as it is then, or None."""
        now = self._database.now
        # the one statement that decides between two phones
        statement = (
            sa.update(kiosk)
            .where(
                kiosk.c.id == kiosk_id,
                sa.or_(
                    kiosk.c.session_visit_id == visit_id,
                    kiosk.c.session_visit_id.is_(None),
                    kiosk.c.session_until <= now,
                ),
            )
            .values(session_visit_id=visit_id, session_at=at, session_until=now + seconds, greeting_until=0)
        )

        async def work(connection: AsyncConnection) -> KioskRecord | None:
            await connection.execute(statement)
            return await self._find(connection, kiosk_id)

        return await self._database.transact(work)

    async def release(self, kiosk_id: str, visit_id: str | None = None) -> KioskRecord | None:
        """Free the kiosk, or free it only of this visit; give it as it is then, or None when it is not paired."""
        mine = [kiosk.c.id == kiosk_id] if visit_id is None else [kiosk.c.id == kiosk_id, kiosk.c.session_visit_id == visit_id]

        async def work(connection: AsyncConnection) -> KioskRecord | None:
            await connection.execute(sa.update(kiosk).where(*mine).values(session_visit_id=None, session_until=0))
            return await self._find(connection, kiosk_id)

        return await self._database.transact(work)

    # -- private -----------------------------------------------------------------------------------------------------------

    async def _find(self, connection: AsyncConnection, kiosk_id: str) -> KioskRecord | None:
        row = (await connection.execute(self._selected().where(kiosk.c.id == kiosk_id))).first()
        return None if row is None else _kiosk(row)

    def _selected(self) -> sa.Select[Any]:
        """Select kiosks, each with the visit that holds it now."""
        held = sa.and_(
            visit.c.id == kiosk.c.session_visit_id,
            kiosk.c.session_until > self._database.now,
            visit.c.state != VisitState.ERASED,
            visit.c.expires_at > self._database.now,
        )
        its_visit = (visit.c.id.label("visit_id"), visit.c.ref, visit.c.lang.label("visit_lang"), visit.c.photo_at)
        return sa.select(kiosk, *its_visit).select_from(kiosk.outerjoin(visit, held))


def _kiosk(row: sa.Row[Any]) -> KioskRecord:
    session = None
    if row.visit_id is not None:
        session = Session(
            row.visit_id, row.ref, row.visit_lang, row.session_at, row.session_until, is_photo_there=row.photo_at is not None
        )
    return KioskRecord(
        id=row.id,
        name=row.name,
        lang=row.lang,
        paired_at=row.paired_at,
        seen_at=row.seen_at,
        greeting_until=row.greeting_until,
        session=session,
    )
