"""Staff figures: an index from which tickets and paintings are counted by name and time without reading a row."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the index."""
    op.create_index("ix_visit_step_ended", "visit_step", ["name", "status", "finished_at", "engine_seconds"])


def downgrade() -> None:
    """Drop the index."""
    op.drop_index("ix_visit_step_ended", "visit_step")
