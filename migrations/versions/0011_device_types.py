"""An index of the types of devices, so that the few there are can be told without reading every row."""

from typing import Final

from alembic import op

revision: Final = "0011"
down_revision: Final[str | None] = "0010"


def upgrade() -> None:
    op.create_index("ix_devices_type", "devices", ["type"])


def downgrade() -> None:
    op.drop_index("ix_devices_type", "devices")
