"""The tables. Schema changes go through Alembic (`migrations/`); a test compares the two.

Times are Unix seconds. `lease_until` and a hold's `until` are written and compared with the database's clock only; the other
times are stamped by the gateway and are for people. Pictures are never in the database: a row holds the digest under which the
object store keeps them.
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
    # how kiosks and staff know the visit: its id is the visitor's key and is told to nobody else
    sa.Column("ref", sa.Text, nullable=False),
    sa.Column("is_public", sa.Boolean, nullable=False, server_default=sa.false()),  # the visitor's yes to public screens
    sa.Column("is_hidden", sa.Boolean, nullable=False, server_default=sa.false()),  # staff's no
    sa.Column("kiosk_id", sa.Text),  # the kiosk whose code the visitor scanned
    sa.Column("phone", sa.Text),  # the pass the visit began with, as a digest: what one phone may do is counted by it
)
sa.Index("ix_visit_claim", visit.c.run_status, visit.c.lease_until)
sa.Index("ix_visit_expiry", visit.c.expires_at)
sa.Index("ix_visit_photo", visit.c.photo_digest)
sa.Index("ix_visit_ref", visit.c.ref, unique=True)
sa.Index("ix_visit_created", visit.c.created_at)

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

# the staff's figures are counted from this index alone
sa.Index("ix_visit_step_ended", step.c.name, step.c.status, step.c.finished_at, step.c.engine_seconds)

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

# What belongs to the booth as a whole, by name: the staff's PIN (hashed), the key that signs cookies, intake, printing.
booth_value = sa.Table(
    "booth_value",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.JSON(none_as_null=True), nullable=False),
)

# A paired monitor, and the visit whose quiz stands on it.
kiosk = sa.Table(
    "kiosk",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("lang", sa.Text, nullable=False),
    sa.Column("paired_at", sa.Float, nullable=False),
    sa.Column("seen_at", sa.Float, nullable=False),
    sa.Column("session_visit_id", sa.Text),
    sa.Column("session_at", sa.Integer, nullable=False, server_default="0"),  # the question it stands at, from 0
    sa.Column("session_until", sa.Float, nullable=False, server_default="0"),
    sa.Column("greeting_until", sa.Float, nullable=False, server_default="0"),
)

# What a kiosk's QR code carries. A code is good until `expires_at` and only once.
kiosk_code = sa.Table(
    "kiosk_code",
    metadata,
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("kiosk_id", sa.Text, sa.ForeignKey("kiosk.id", ondelete="CASCADE"), nullable=False),
    sa.Column("shown_at", sa.Float, nullable=False),
    sa.Column("expires_at", sa.Float, nullable=False),
)
sa.Index("ix_kiosk_code_kiosk", kiosk_code.c.kiosk_id, kiosk_code.c.shown_at)

# One ticket to one sink. The row is the promise: it is printed once, however often the work is taken up again.
print_job = sa.Table(
    "print_job",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("visit_id", sa.Text, sa.ForeignKey("visit.id", ondelete="CASCADE"), nullable=False),
    sa.Column("key", sa.Text, nullable=False, unique=True),  # the same wish twice is one job
    sa.Column("sink", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),  # waiting | printing | held | printed | failed | cancelled
    sa.Column("copies", sa.Integer, nullable=False),
    sa.Column("asked_by", sa.Text, nullable=False),  # automatic | staff
    sa.Column("asked_at", sa.Float, nullable=False),
    sa.Column("ended_at", sa.Float),
    sa.Column("reason", sa.Text),
    sa.Column("remote_id", sa.Text),  # where it is at the sink (a job's number, a file's name): followed, never sent twice
    sa.Column("lease_owner", sa.Text),
    sa.Column("lease_until", sa.Float, nullable=False, server_default="0"),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),  # how often the sink has given it up
    sqlite_autoincrement=True,
)
sa.Index("ix_print_job_sink", print_job.c.sink, print_job.c.state, print_job.c.id)
sa.Index("ix_print_job_visit", print_job.c.visit_id)

# What only one gateway replica may have at a time, by name: a pod's slot, a painting that is being made.
hold = sa.Table(
    "hold",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("replica", sa.Text, nullable=False),
    sa.Column("until", sa.Float, nullable=False),  # the lease: the database's clock
)
