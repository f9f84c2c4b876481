"""E-mail address and UPN of people as they are compared, to find whoever comes with one for the first time."""

from typing import Final

import sqlalchemy as sa
from alembic import op

from portal.db.base import Id, key
from portal.domain.texts import address_key

revision: Final = "0044"
down_revision: Final[str | None] = "0043"

PEOPLE: Final = sa.table(
    "people",
    *(sa.column("id", Id), sa.column("email", sa.String(200)), sa.column("attributes", sa.JSON())),
    *(sa.column("email_key", key(250)), sa.column("upn_key", key(250))),
)
KEYS: Final = ("email_key", "upn_key")
BATCH: Final = 10_000


def upgrade() -> None:
    """Two columns, filled, and an index for each."""
    for name in KEYS:
        op.add_column("people", sa.Column(name, key(250), nullable=False, server_default=""))
    _fill()
    for name in KEYS:
        op.create_index(f"ix_people_{name}", "people", [name])


def downgrade() -> None:
    """Take them away."""
    for name in KEYS:
        op.drop_index(f"ix_people_{name}", "people")
        op.drop_column("people", name)


def _fill() -> None:
    connection, last, own = op.get_bind(), 0, PEOPLE.c
    values: dict[str, sa.BindParameter[str]] = {name: sa.bindparam(f"its_{name}") for name in KEYS}
    change = sa.update(PEOPLE).where(own.id == sa.bindparam("number")).values(values)
    while True:
        query = sa.select(own.id, own.email, own.attributes).where(own.id > last).order_by(own.id).limit(BATCH)
        rows = connection.execute(query).all()
        if not rows:
            return
        last = rows[-1].id
        told = ((row.id, address_key(row.email), address_key(row.attributes.get("upn", ""))) for row in rows)
        new = [{"number": number, "its_email_key": email, "its_upn_key": upn} for number, email, upn in told]
        connection.execute(change, new)
