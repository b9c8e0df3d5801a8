"""How often a sink has given a print job up: tried again a bounded number of times, also by another replica."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the count."""
    op.add_column("print_job", sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"))
