"""What must be true afterwards, asked of the database, of the services' own notes and of every phone."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from tests.support.database_users import without_driver
from tests.support.journal import Note, of
from tests.support.phones import Phone

JPEG_BEGINS = b"\xff\xd8"


@dataclass(frozen=True)
class Damage:
    """Everything that was lost or made twice; each list names what, and is empty when all is well."""

    lost_photos: list[str]
    """Acknowledged photos that the booth has not any more."""
    without_ticket: list[str]
    second_tickets: list[str]
    """Visits with two tickets in the database, or whose phone has ever been shown another number than it is shown now."""
    repeated_steps: list[str]
    """Calls to a service that came after their step was finished, by the database's own record, and steps whose record changed
    after a phone had seen them done. A ticket made again is one."""
    begun_again: int
    """Paintings that were begun a second time because the first time was not finished: allowed, and the price of each kill."""

    @property
    def is_none(self) -> bool:
        return not (self.lost_photos or self.without_ticket or self.second_tickets or self.repeated_steps)


async def look_for_damage(phones: Sequence[Phone], notes: Sequence[Note], url: str) -> Damage:
    """Compare what phones were told with what is stored and with what the services were asked."""
    connection = await asyncpg.connect(without_driver(url))
    try:
        visits = await connection.fetch("select id, photo_digest from visit")
        steps = await connection.fetch("select visit_id, name, status, finished_at from visit_step")
        tickets = Counter(row["visit_id"] for row in await connection.fetch("select visit_id from ticket"))
    finally:
        await connection.close()
    digests = {row["id"]: row["photo_digest"] for row in visits}
    finished = {f"{row['visit_id']}/{row['name']}": row["finished_at"] for row in steps if row["status"] == "done"}
    begun = of(notes, "begun")
    repeated = [note for note in begun if note.at > finished.get(_step_of(note.key), float("inf"))]
    return Damage(
        lost_photos=[phone.visit_id for phone in phones if not await _has_photo(phone, digests)],
        without_ticket=[phone.visit_id for phone in phones if not phone.numbers],
        second_tickets=[
            phone.visit_id
            for phone in phones
            if tickets[phone.visit_id] > 1 or (phone.numbers and phone.numbers != {await _number(phone)})
        ],
        repeated_steps=[
            *(f"{note.by} {note.key} {note.at - finished[_step_of(note.key)]:+.2f} s" for note in repeated),
            *(f"{phone.visit_id}/{step} as its phone saw it" for phone in phones for step in sorted(phone.repeated)),
        ],
        begun_again=sum(count - 1 for count in Counter(note.key for note in begun).values()),
    )


def _step_of(key: str) -> str:
    """Give `<visit>/<step>` of a call's idempotency key, whatever a later version may put behind it."""
    return "/".join(key.split("/")[:2])


async def _has_photo(phone: Phone, digests: dict[str, str | None]) -> bool:
    if not phone.acknowledged_at:  # the phone was never told that it is safe
        return True
    status, body = await phone.door.ask("GET", f"{phone.path}/photo")
    return status == 200 and digests.get(phone.visit_id) is not None and body.startswith(JPEG_BEGINS)


async def _number(phone: Phone) -> str | None:
    _, body = await phone.door.ask("GET", phone.path)
    ticket = json.loads(body).get("ticket")
    return ticket["number"] if ticket else None
