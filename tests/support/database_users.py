"""A database user for each gateway replica, so that the connections of one can be told from the others' and cut."""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg
import sqlalchemy as sa


def user_of(number: int) -> str:
    return f"replica_{number}"


def without_driver(url: str) -> str:
    """Give a SQLAlchemy URL as asyncpg takes it."""
    return url.replace("postgresql+asyncpg://", "postgresql://")


async def urls_of_replicas(url: str, count: int) -> Sequence[str]:
    """Make a user for each replica of the database; give their URLs."""
    connection = await asyncpg.connect(without_driver(url))
    try:
        for number in range(1, count + 1):
            exists = await connection.fetchval("select true from pg_roles where rolname = $1", user_of(number))
            if not exists:
                await connection.execute(f"create role {user_of(number)} login superuser")
    finally:
        await connection.close()
    made = [sa.make_url(url).set(username=user_of(number)) for number in range(1, count + 1)]
    return [one.render_as_string(hide_password=False) for one in made]


async def cut_connections(url: str, number: int) -> int:
    """Cut every connection of one replica; give how many there were."""
    connection = await asyncpg.connect(without_driver(url))
    try:
        rows = await connection.fetch(
            "select pg_terminate_backend(pid) from pg_stat_activity where usename = $1", user_of(number)
        )
        return len(rows)
    finally:
        await connection.close()
