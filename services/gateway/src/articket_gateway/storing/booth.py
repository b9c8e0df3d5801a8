"""What belongs to the booth as a whole and to no visit: small named values, shared by every replica."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from articket_gateway.storing.database import Database
from articket_gateway.storing.tables import booth_value
from articket_gateway.visit.states import Json

T = TypeVar("T")


class BoothStore:
    """Named JSON objects. Each method is one transaction; StoreUnavailable is all they raise."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, name: str) -> Json | None:
        """Give the value, or None when nobody has put one."""

        async def work(connection: AsyncConnection) -> Json | None:
            return (await connection.execute(sa.select(booth_value.c.value).where(booth_value.c.name == name))).scalar()

        return await self._database.transact(work)

    async def put(self, name: str, value: Json) -> None:
        """Keep the value, replacing what is there."""

        async def work(connection: AsyncConnection) -> None:
            statement = self._database.insert(booth_value).values(name=name, value=dict(value))
            await connection.execute(
                statement.on_conflict_do_update(index_elements=["name"], set_={"value": statement.excluded.value})
            )

        await self._database.transact(work)

    async def put_first(self, name: str, value: Json) -> Json:
        """Keep the value unless there is one already; give the one that counts now: the same for every replica."""

        async def work(connection: AsyncConnection) -> Json:
            await connection.execute(
                self._database.insert(booth_value).values(name=name, value=dict(value)).on_conflict_do_nothing()
            )
            found = await connection.execute(sa.select(booth_value.c.value).where(booth_value.c.name == name))
            return found.scalar_one()

        return await self._database.transact(work)

    async def change(self, name: str, work: Callable[[Json], tuple[Json, T]]) -> T:
        """Keep what `work` makes of the value ({} when there is none) and give its answer; nobody changes it in between.

        `work` may run more than once; what it raises is raised and nothing is kept.
        """

        async def change(connection: AsyncConnection) -> T:
            await connection.execute(self._database.insert(booth_value).values(name=name, value={}).on_conflict_do_nothing())
            row = sa.select(booth_value.c.value).where(booth_value.c.name == name).with_for_update()
            before = (await connection.execute(row)).scalar_one()
            after, answer = work(before)
            if after != before:
                changed = sa.update(booth_value).where(booth_value.c.name == name).values(value=dict(after))
                await connection.execute(changed)
            return answer

        return await self._database.transact(change)
