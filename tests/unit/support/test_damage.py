"""Who looks for damage after the kills must find it: each kind, made by hand."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import pytest

from tests.chaos.checking import look_for_damage
from tests.support.database_users import without_driver
from tests.support.journal import Note
from tests.support.phones import Phone
from tests.support.postgres import find_binaries, running_postgres

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not find_binaries(), reason="no PostgreSQL here")]

SCHEMA = """
create table visit (id text, photo_digest text);
create table visit_step (visit_id text, name text, status text, finished_at float);
create table ticket (visit_id text);
"""


@dataclass
class Answers:
    """A door behind which one visit stands with one number, and its photo."""

    photo: bytes = b"\xff\xd8 a photo"
    number: str | None = "1"
    asked: list[str] = field(default_factory=list[str])

    async def ask(self, method: str, path: str, **_: Any) -> tuple[int, bytes]:
        self.asked.append(f"{method} {path}")
        if path.endswith("/photo"):
            return (200, self.photo) if self.photo else (404, b"{}")
        return 200, json.dumps({"ticket": {"number": self.number} if self.number else None}).encode()


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running_postgres() as server:
        yield server.new_database()


@pytest.fixture
async def whole(url: str) -> str:
    """A database with one visit `v`: its photo, its caption finished at 100, one ticket."""
    connection = await asyncpg.connect(without_driver(url))
    await connection.execute("drop table if exists visit, visit_step, ticket")
    await connection.execute(SCHEMA)
    await connection.execute("insert into visit values ('v', 'digest')")
    await connection.execute("insert into visit_step values ('v', 'caption', 'done', 100)")
    await connection.execute("insert into ticket values ('v')")
    await connection.close()
    return url


def phone(door: Answers, *numbers: str) -> Phone:
    return Phone(door, b"", visit_id="v", acknowledged_at=1.0, numbers=set(numbers))  # pyright: ignore[reportArgumentType] -- a door in memory


async def test_a_whole_visit_shows_no_damage(whole: str):
    damage = await look_for_damage([phone(Answers(), "1")], [Note(99, "caption", "begun", "v/caption")], whole)
    assert damage.is_none


async def test_a_photo_that_is_gone_is_found(whole: str):
    assert (await look_for_damage([phone(Answers(photo=b""), "1")], [], whole)).lost_photos == ["v"]


async def test_another_number_than_the_phone_was_shown_is_found(whole: str):
    assert (await look_for_damage([phone(Answers(number="2"), "1")], [], whole)).second_tickets == ["v"]


async def test_a_visit_that_ended_without_a_ticket_is_found(whole: str):
    damage = await look_for_damage([phone(Answers(number=None))], [], whole)
    assert (damage.without_ticket, damage.second_tickets) == (["v"], [])


async def test_a_call_that_came_after_its_step_was_finished_is_found(whole: str):
    damage = await look_for_damage([phone(Answers(), "1")], [Note(101.5, "caption", "begun", "v/caption")], whole)
    assert damage.repeated_steps == ["caption v/caption +1.50 s"]


async def test_a_painting_begun_again_before_it_was_finished_is_no_damage(whole: str):
    notes = [Note(1, "pod-1", "begun", "v/paint:renoir"), Note(5, "pod-2", "begun", "v/paint:renoir")]
    damage = await look_for_damage([phone(Answers(), "1")], notes, whole)
    assert damage.is_none
    assert damage.begun_again == 1


async def test_a_step_whose_record_changed_after_a_phone_saw_it_done_is_found(whole: str):
    seen = phone(Answers(), "1")
    seen.repeated.add("match")
    assert (await look_for_damage([seen], [], whole)).repeated_steps == ["v/match as its phone saw it"]
