"""The tables. Schema changes go through Alembic (`migrations/`); a test compares the two.

Times are Unix seconds. `lease_until` is written and compared with the database's clock only; the other times are stamped by the
gateway and are for people. Pictures are never in the database: a row holds the digest under which the object store keeps them.
"""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

visit = sa.Table(
    "visit",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("lang", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("expires_at", sa.Float, nullable=False),
    sa.Column(
        "artists", sa.JSON(none_as_null=True)
    ),  # the artists asked for; null until the photo comes, unless the visitor chose
    sa.Column("photo_digest", sa.Text),
    sa.Column("photo_at", sa.Float),
    sa.Column("answers", sa.JSON(none_as_null=True)),  # {"answers": {...}} or {"match": id}; null until answered
    sa.Column("error", sa.JSON(none_as_null=True)),
    # the lease: who runs this visit. run_status is null until there is a photo, then running, done or failed.
    sa.Column("run_status", sa.Text),
    sa.Column("lease_owner", sa.Text),
    sa.Column("lease_until", sa.Float, nullable=False, server_default="0"),
    sa.Column("epoch", sa.Integer, nullable=False, server_default="0"),  # fencing token: +1 at every claim
)
sa.Index("ix_visit_claim", visit.c.run_status, visit.c.lease_until)
sa.Index("ix_visit_expiry", visit.c.expires_at)
sa.Index("ix_visit_photo", visit.c.photo_digest)

step = sa.Table(
    "visit_step",
    metadata,
    sa.Column("visit_id", sa.Text, sa.ForeignKey("visit.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),  # keyed by name, not by order: a new step may come before finished ones
    sa.Column("status", sa.Text, nullable=False),  # done | failed
    sa.Column("output", sa.JSON(none_as_null=True)),
    sa.Column("error", sa.JSON(none_as_null=True)),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("engine", sa.Text),
    sa.Column("engine_seconds", sa.Float),
    sa.Column("started_at", sa.Float, nullable=False),
    sa.Column("finished_at", sa.Float, nullable=False),
)

event = sa.Table(
    "visit_event",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("visit_id", sa.Text, sa.ForeignKey("visit.id", ondelete="CASCADE"), nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("data", sa.JSON(none_as_null=True), nullable=False),
    sqlite_autoincrement=True,
)
sa.Index("ix_visit_event_visit", event.c.visit_id, event.c.id)

# A finished painting, shared by every visit with the same photo: painted once.
painting = sa.Table(
    "painting",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("photo_digest", sa.Text, nullable=False),
    sa.Column("result", sa.JSON(none_as_null=True), nullable=False),
)
sa.Index("ix_painting_photo", painting.c.photo_digest)

# One row per ticket; the number is what people read out at the counter.
ticket = sa.Table(
    "ticket",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("visit_id", sa.Text, nullable=False, unique=True),
    sqlite_autoincrement=True,
)
