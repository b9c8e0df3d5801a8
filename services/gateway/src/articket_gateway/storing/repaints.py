"""Paintings that the fallback engine has made and that a better one replaces, in SQL."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from articket_gateway.storing.database import Database
from articket_gateway.storing.tables import event, painting, step, visit
from articket_gateway.storing.visits import NewEvent
from articket_gateway.visit.states import PAINT_PREFIX, StepRecord, StepStatus, VisitState


class RepaintStore:
    """Statements about stand-ins. Each method is one transaction; StoreUnavailable is all they raise."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def stand_ins(self, visit_ids: Collection[str]) -> Mapping[str, Sequence[str]]:
        """Give visit id → the artists whose paintings are the fallback engine's, of those of these visits that have ended."""
        wanted = (
            sa.select(step.c.visit_id, step.c.name, step.c.output)
            .join(visit, visit.c.id == step.c.visit_id)
            .where(
                step.c.visit_id.in_(visit_ids),
                step.c.name.startswith(PAINT_PREFIX, autoescape=True),
                step.c.status == StepStatus.DONE,
                visit.c.run_status == "done",
                visit.c.state != VisitState.ERASED,
            )
        )

        async def work(connection: AsyncConnection) -> Mapping[str, Sequence[str]]:
            found: dict[str, list[str]] = {}
            for row in await connection.execute(wanted):
                if (row.output or {}).get("is_fallback"):
                    found.setdefault(row.visit_id, []).append(row.name.removeprefix(PAINT_PREFIX))
            return found

        return await self._database.transact(work) if visit_ids else {}

    async def replace(self, visit_id: str, record: StepRecord, *, photo_digest: str, news: Sequence[NewEvent]) -> bool:
        """Put a painting in its stand-in's place, and tell; False when the visit is erased or nothing stands in any more."""
        output = dict(record.output or {})

        async def work(connection: AsyncConnection) -> bool:
            # the row's lock first: whoever erases the visit takes it as well
            held = sa.select(visit.c.state).where(visit.c.id == visit_id, visit.c.run_status == "done").with_for_update()
            state = (await connection.execute(held)).scalar()
            if state is None or state == VisitState.ERASED:
                return False
            own = (step.c.visit_id == visit_id, step.c.name == record.name)
            before = (await connection.execute(sa.select(step.c.output).where(*own))).scalar()
            if not (before or {}).get("is_fallback"):
                return False
            values = {"output": output, "engine": record.engine, "engine_seconds": record.engine_seconds}
            await connection.execute(sa.update(step).where(*own).values(values))
            shared = {key: value for key, value in output.items() if key not in ("pod", "sent_at", "is_reused", "was_fallback")}
            await connection.execute(
                self._database.insert(painting)
                .values(key=output["key"], photo_digest=photo_digest, result=shared)
                .on_conflict_do_nothing()
            )
            rows = [{"visit_id": visit_id, "type": one.type, "data": dict(one.data)} for one in news]
            await connection.execute(sa.insert(event), rows)
            return True

        return await self._database.transact(work)
