"""Indexes with what the filters of long lists test, so that no row is opened for nothing."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0020"
down_revision: Final[str | None] = "0019"

DUE: Final = sa.text("need > 0")
TROUBLED: Final = sa.text("problem != ''")
INACTIVE: Final = sa.text("NOT active")

#: Name, table, columns before, columns now, condition.
WIDER: Final[tuple[tuple[str, str, list[str], list[str], sa.TextClause | None], ...]] = (
    (
        *("ix_devices_state", "devices", ["state", "id", "earliest_not_after"]),
        *(["state", "id", "need", "earliest_not_after"], None),
    ),
    (
        *("ix_devices_state_policy", "devices", ["state", "effective_policy_id", "id"]),
        *(["state", "effective_policy_id", "id", "need", "earliest_not_after"], None),
    ),
    ("ix_devices_due", "devices", ["id"], ["id", "state", "effective_policy_id"], DUE),
    (
        *("ix_devices_problem", "devices", ["problem", "id"]),
        *(["id", "problem", "state", "effective_policy_id", "need", "possible", "earliest_not_after"], TROUBLED),
    ),
    (
        *("ix_devices_possible", "devices", ["possible", "id", "effective_policy_id", "state"]),
        *(["possible", "id", "effective_policy_id", "state", "need", "earliest_not_after"], None),
    ),
    ("ix_people_unit_id", "people", ["unit_id"], ["unit_id", "active"], None),
    ("ix_people_search_key", "people", ["search_key"], ["search_key", "active", "unit_id"], None),
    ("ix_people_sort_key_id", "people", ["sort_key", "id"], ["sort_key", "id", "unit_id", "active"], None),
    ("ix_people_inactive", "people", ["sort_key", "id"], ["sort_key", "id", "unit_id"], INACTIVE),
)


def upgrade() -> None:
    for name, table, _, columns, where in WIDER:
        _instead(name, table, columns, where)


def downgrade() -> None:
    for name, table, columns, _, where in WIDER:
        _instead(name, table, columns, where)


def _instead(name: str, table: str, columns: list[str], where: sa.TextClause | None) -> None:
    op.drop_index(name, table)
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)
