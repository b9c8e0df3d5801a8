"""Work that is cancelled in the middle of a transaction, as printing is when the gateway closes, leaves the database usable."""

import asyncio
import time

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from articket_gateway.storing.booth import BoothStore
from articket_gateway.storing.database import Database

SLOW = "with recursive c(x) as (select 1 union all select x + 1 from c where x < 400000) select max(x) from c"


async def test_cancelling_who_waits_for_a_transaction_does_not_lock_the_file(database: Database):
    begun = asyncio.Event()

    async def write(connection: AsyncConnection) -> None:
        await connection.execute(sa.text("insert into booth_value (name, value) values ('slow', '{}')"))
        begun.set()
        await connection.execute(sa.text(SLOW))

    task = asyncio.create_task(database.transact(write))
    await begun.wait()
    await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    started = time.monotonic()
    await BoothStore(database).put("next", {})
    assert time.monotonic() - started < 5  # a locked file costs 30 s
