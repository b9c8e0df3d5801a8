"""What belongs to the booth as a whole and to no visit: small named values, shared by every replica."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from articket_gateway.storing.database import Database
from articket_gateway.storing.tables import booth_value
from articket_gateway.visit.states import Json


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
