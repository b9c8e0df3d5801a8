"""The first tables: visits with their lease, steps, events, shared paintings, ticket numbers."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "visit",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("lang", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("expires_at", sa.Float(), nullable=False),
        sa.Column("artists", sa.JSON()),
        sa.Column("photo_digest", sa.Text()),
        sa.Column("photo_at", sa.Float()),
        sa.Column("answers", sa.JSON()),
        sa.Column("error", sa.JSON()),
        sa.Column("run_status", sa.Text()),
        sa.Column("lease_owner", sa.Text()),
        sa.Column("lease_until", sa.Float(), nullable=False, server_default="0"),
        sa.Column("epoch", sa.Integer(), nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("id", name="pk_visit"),
    )
    op.create_index("ix_visit_claim", "visit", ["run_status", "lease_until"])
    op.create_index("ix_visit_expiry", "visit", ["expires_at"])
    op.create_index("ix_visit_photo", "visit", ["photo_digest"])
    op.create_table(
        "visit_step",
        sa.Column("visit_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("output", sa.JSON()),
        sa.Column("error", sa.JSON()),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("engine", sa.Text()),
        sa.Column("engine_seconds", sa.Float()),
        sa.Column("started_at", sa.Float(), nullable=False),
        sa.Column("finished_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name="fk_visit_step_visit_id_visit", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("visit_id", "name", name="pk_visit_step"),
    )
    op.create_table(
        "visit_event",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("visit_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name="fk_visit_event_visit_id_visit", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_visit_event"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_visit_event_visit", "visit_event", ["visit_id", "id"])
    op.create_table(
        "painting",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("photo_digest", sa.Text(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_painting"),
    )
    op.create_index("ix_painting_photo", "painting", ["photo_digest"])
    op.create_table(
        "ticket",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("visit_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_ticket"),
        sa.UniqueConstraint("visit_id", name="uq_ticket_visit_id"),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    """Drop the tables."""
    for name in ("ticket", "painting", "visit_event", "visit_step", "visit"):
        op.drop_table(name)
