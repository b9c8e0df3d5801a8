"""Named holds in SQL: what only one gateway replica may have at a time, with the lease that frees it when its holder dies.

A hold's name says what is held: a pod's slot, a painting that is being made. Rules:

1. a hold is taken in one statement, so of two who want it one gets it;
2. leases use the database's clock only;
3. several rows are always locked in the order of their names: two replicas never wait for each other.

`sharing/holding.py` keeps a replica's holds with these statements.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from articket_gateway.storing.database import Database
from articket_gateway.storing.tables import hold

FORGOTTEN_SECONDS = 3600.0
"""Rows of the dead are swept away so long after their lease; until then a holder that was cut off may still renew them."""


@dataclass(frozen=True, slots=True)
class Held:
    """Who has a hold, and for how many seconds yet; not above 0: its lease has run out."""

    name: str
    replica: str
    seconds_left: float


class HoldStore:
    """Every statement about holds. Methods are single transactions; StoreUnavailable is all they raise.

    None of them tries again: who holds what is a question of the moment, and whoever asks has better to do than to wait.
    """

    def __init__(self, database: Database, *, replica: str, lease_seconds: float) -> None:
        self._database = database
        self.replica = replica
        self.lease_seconds = lease_seconds

    async def take(self, names: Collection[str], *, take_expired: bool) -> dict[str, Held]:
        """Take those that nobody has, that are mine, or (if `take_expired`) whose lease has run out; give who has them now.

        A name is missing when its holder let it go in that very moment: it can be tried again.
        """
        until = self._database.now + self.lease_seconds
        rows = [{"name": name, "replica": self.replica, "until": until} for name in sorted(names)]
        insert = self._database.insert(hold).values(rows)
        is_free = hold.c.replica == self.replica
        if take_expired:
            is_free |= hold.c.until < self._database.now
        statement = insert.on_conflict_do_update(
            index_elements=[hold.c.name],
            set_={"replica": insert.excluded.replica, "until": insert.excluded.until},
            where=is_free,
        ).returning(hold.c.name)

        async def work(connection: AsyncConnection) -> dict[str, Held]:
            taken = {row.name for row in await connection.execute(statement)}
            found = {name: Held(name, self.replica, self.lease_seconds) for name in taken}
            others = [name for name in names if name not in taken]
            if others:
                found |= {one.name: one for one in await self._read(connection, hold.c.name.in_(others))}
            return found

        return await self._database.transact(work, patience=0) if names else {}

    async def renew(self, names: Collection[str]) -> set[str]:
        """Renew my leases, also those that have run out; give those that are still mine: the others have been taken."""
        statement = (
            sa.update(hold)
            .where(hold.c.name.in_(self._mine(names)))
            .values(until=self._database.now + self.lease_seconds)
            .returning(hold.c.name)
        )

        async def work(connection: AsyncConnection) -> set[str]:
            return {row.name for row in await connection.execute(statement)}

        return await self._database.transact(work, patience=0) if names else set()

    async def let_go(self, names: Collection[str]) -> None:
        """Free those of these holds that are mine."""

        async def work(connection: AsyncConnection) -> None:
            await connection.execute(sa.delete(hold).where(hold.c.name.in_(self._mine(names))))

        if names:
            await self._database.transact(work, patience=0)

    async def let_go_all(self) -> None:
        """Free all that is mine."""

        async def work(connection: AsyncConnection) -> None:
            mine = sa.select(hold.c.name).where(hold.c.replica == self.replica).order_by(hold.c.name).with_for_update()
            await connection.execute(sa.delete(hold).where(hold.c.name.in_(mine)))

        await self._database.transact(work)

    async def pass_on(self, heirs: Mapping[str, str], *, seconds: float) -> set[str]:
        """Reserve holds of mine (name → replica) for others, who must take them within `seconds`; give the names passed on."""
        heir = sa.case(dict(heirs), value=hold.c.name, else_=hold.c.replica)
        statement = (
            sa.update(hold)
            .where(hold.c.name.in_(self._mine(heirs)))
            .values(replica=heir, until=self._database.now + seconds)
            .returning(hold.c.name)
        )

        async def work(connection: AsyncConnection) -> set[str]:
            return {row.name for row in await connection.execute(statement)}

        return await self._database.transact(work, patience=0) if heirs else set()

    async def everything_held(self) -> list[Held]:
        """Give all holds, those whose lease has run out as well."""

        async def work(connection: AsyncConnection) -> list[Held]:
            return await self._read(connection, sa.true())

        return await self._database.transact(work, patience=0)

    async def sweep(self) -> None:
        """Remove what the dead have left."""

        async def work(connection: AsyncConnection) -> None:
            await connection.execute(sa.delete(hold).where(hold.c.until < self._database.now - FORGOTTEN_SECONDS))

        await self._database.transact(work, patience=0)

    def _mine(self, names: Collection[str]) -> sa.Select[tuple[str]]:
        """Select and lock those of these names that are mine, in the order of the names."""
        chosen = sa.select(hold.c.name).where(hold.c.name.in_(sorted(names)), hold.c.replica == self.replica)
        return chosen.order_by(hold.c.name).with_for_update()

    async def _read(self, connection: AsyncConnection, chosen: sa.ColumnElement[bool]) -> list[Held]:
        left = (hold.c.until - self._database.now).label("left")
        rows = await connection.execute(sa.select(hold.c.name, hold.c.replica, left).where(chosen))
        return [Held(row.name, row.replica, float(row.left)) for row in rows]
