"""What a judgement of many devices writes down beside the tables, for the length of a transaction."""

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, Connection, Integer, MetaData, String, Table, delete
from sqlalchemy.schema import CreateTable

from portal.db.base import UtcTime
from portal.db.models import Device, DeviceFinding

KEY: Final = ("reason", "device_id", "subject", "fingerprint")
REST: Final = ("until", "on")
ALL: Final = (*KEY, *REST)
NEEDED: Final = ("need", "possible")
ACTING: Final = ("problem", "effective_policy_id", "effective_assignment_id")
JUDGED: Final = (*NEEDED, *ACTING)


def _found(*, keyed: bool) -> Table:
    return Table(
        "judged_findings",
        MetaData(),
        Column("device_id", BigInteger, primary_key=keyed, autoincrement=False),
        Column("reason", DeviceFinding.reason.type, primary_key=keyed),
        Column("subject", String(250), primary_key=keyed),
        Column("fingerprint", String(64), primary_key=keyed),
        Column("until", UtcTime),
        Column("on", Boolean),
        prefixes=["TEMPORARY"],
        sqlite_with_rowid=False,
        postgresql_on_commit="DELETE ROWS",
    )


#: What was found. PostgreSQL has no use for its key: it sorts what it compares.
FOUND: Final = _found(keyed=True)
_KEYLESS: Final = _found(keyed=False)
#: The devices of whom something is to be written. What acts for a device seldom changes: only when it does are the
#: indexes written that tell of it. ``moved`` are those whose next moment follows from other windows than before.
CHANGED: Final = Table(
    "judged_devices",
    MetaData(),
    Column("device_id", BigInteger, primary_key=True, autoincrement=False),
    *(Column(name, Device.metadata.tables[Device.__tablename__].c[name].type) for name in JUDGED),
    *(Column(name, Boolean) for name in ("needed", "acting", "moved")),
    *(Column(name, BigInteger) for name in ("windows", "rank")),
    prefixes=["TEMPORARY"],
    postgresql_on_commit="DELETE ROWS",
)
#: For whom an assignment to a group acts: asked for by most of what follows, and a planner knows how to look one up.
WON: Final = Table(
    "judged_winners",
    MetaData(),
    Column("device_id", BigInteger, primary_key=True, autoincrement=False),
    *(Column(name, BigInteger) for name in ("unit_id", "kit")),
    Column("rank", Integer),
    prefixes=["TEMPORARY"],
    sqlite_with_rowid=False,
    postgresql_on_commit="DELETE ROWS",
)


def empty_found(connection: Connection) -> None:
    """Have the table of what was found, without rows."""
    emptied(connection, _KEYLESS if connection.dialect.name == "postgresql" else FOUND)


def emptied(connection: Connection, table: Table) -> None:
    """Have this table, without rows."""
    connection.execute(CreateTable(table, if_not_exists=True))
    connection.execute(delete(table))
