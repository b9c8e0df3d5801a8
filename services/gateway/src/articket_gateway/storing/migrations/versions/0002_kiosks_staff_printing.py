"""Kiosks, staff and printing: what others may know of a visit, the booth's own values, paired monitors, print jobs."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Extend the visit and create the tables."""
    with op.batch_alter_table("visit") as visit:
        visit.add_column(sa.Column("ref", sa.Text()))
        visit.add_column(sa.Column("is_public", sa.Boolean(), nullable=False, server_default=sa.false()))
        visit.add_column(sa.Column("is_hidden", sa.Boolean(), nullable=False, server_default=sa.false()))
        visit.add_column(sa.Column("kiosk_id", sa.Text()))
        visit.add_column(sa.Column("phone", sa.Text()))
    _give_refs()
    with op.batch_alter_table("visit") as visit:
        visit.alter_column("ref", existing_type=sa.Text(), nullable=False)
        visit.create_index("ix_visit_ref", ["ref"], unique=True)
        visit.create_index("ix_visit_created", ["created_at"])
    _create_booth_and_kiosks()
    _create_print_jobs()


def _give_refs() -> None:
    connection = op.get_bind()
    table = sa.table("visit", sa.column("id"), sa.column("ref"))
    for (visit_id,) in connection.execute(sa.select(table.c.id)).all():
        connection.execute(sa.update(table).where(table.c.id == visit_id).values(ref=secrets.token_urlsafe(12)))


def _create_booth_and_kiosks() -> None:
    op.create_table(
        "booth_value",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_booth_value"),
    )
    op.create_table(
        "kiosk",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("lang", sa.Text(), nullable=False),
        sa.Column("paired_at", sa.Float(), nullable=False),
        sa.Column("seen_at", sa.Float(), nullable=False),
        sa.Column("session_visit_id", sa.Text()),
        sa.Column("session_at", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("session_until", sa.Float(), nullable=False, server_default="0"),
        sa.Column("greeting_until", sa.Float(), nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("id", name="pk_kiosk"),
    )
    op.create_table(
        "kiosk_code",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("kiosk_id", sa.Text(), nullable=False),
        sa.Column("shown_at", sa.Float(), nullable=False),
        sa.Column("expires_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_kiosk_code"),
        sa.ForeignKeyConstraint(["kiosk_id"], ["kiosk.id"], name="fk_kiosk_code_kiosk_id_kiosk", ondelete="CASCADE"),
    )
    op.create_index("ix_kiosk_code_kiosk", "kiosk_code", ["kiosk_id", "shown_at"])


def _create_print_jobs() -> None:
    op.create_table(
        "print_job",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=True),
        sa.Column("visit_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("sink", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("copies", sa.Integer(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.Float(), nullable=False),
        sa.Column("ended_at", sa.Float()),
        sa.Column("reason", sa.Text()),
        sa.Column("remote_id", sa.Text()),
        sa.Column("lease_owner", sa.Text()),
        sa.Column("lease_until", sa.Float(), nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("id", name="pk_print_job"),
        sa.UniqueConstraint("key", name="uq_print_job_key"),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name="fk_print_job_visit_id_visit", ondelete="CASCADE"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_print_job_sink", "print_job", ["sink", "state", "id"])
    op.create_index("ix_print_job_visit", "print_job", ["visit_id"])
