"""A large fleet out of a small one: the database itself copies every row as often as wanted.

The rules judge only the small fleet. A copy has people, logins, serial numbers, keys and fingerprints of its own and
stands as its original does, down to the hash of what is on a token; ``test_fleets`` holds it against the rules.
"""

import json
import re
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Final

from sqlalchemy import JSON, Connection, Index, String, Table, create_engine, event, func, make_url, select, text

from portal.db.base import Base
from portal.db.models import Device, Person, SearchTerm, Update
from tests.bench.copied_rows import MARK, SERIAL, TABLES, TERMS, Copied

#: Every table that is copied; words are written anew, in the order of their table.
_COPIED: Final[tuple[type[Base], ...]] = (*(copied.table for copied in TABLES), SearchTerm)
#: What a generator may do and a product must not: a fleet half made is thrown away.
_HURRY: Final = {
    "sqlite": (
        *("PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF", "PRAGMA locking_mode = EXCLUSIVE"),
        *("PRAGMA foreign_keys = OFF", "PRAGMA temp_store = MEMORY", "PRAGMA cache_size = -2000000"),
        *("PRAGMA mmap_size = 0", "PRAGMA threads = 2"),
    ),
    "postgresql": (
        *("SET synchronous_commit = off", "SET session_replication_role = replica"),
        *("SET maintenance_work_mem = '1GB'", "SET work_mem = '1GB'", "SET max_parallel_maintenance_workers = 2"),
    ),
}
_SHA256: Final = {"sqlite": "sha256_of", "postgresql": "pg_temp.sha256_of"}
#: Fingerprints, keys and serial numbers of certificates; those of common certificates are everybody's.
_OWN: Final = re.compile(r"(?<![0-9a-f])(?!0{8})[0-9a-f]{8}(?=[0-9a-f]{24,}(?![0-9a-f]))")


def multiply(url: str, times: int) -> None:
    """Make the fleet this many times as large."""
    if times < 2:
        return
    with _hurried(url) as connection:
        indexes = _indexes()
        for index in indexes:
            index.drop(connection)
        _prepare(connection, times)
        words = {**_sizes(connection), "sha256": _SHA256[connection.dialect.name]}
        for copied in TABLES:
            _say(copied.table.__tablename__)
            for copy in range(1, times):
                own = {"copy": copy, "tag": _tag(copy), "mark": f"{copy:08x}"}
                connection.exec_driver_sql(_insert(connection, copied, words | own))
        _say("words")
        connection.exec_driver_sql(TERMS.format(**words))
        _say("indexes")
        for index in indexes:
            index.create(connection)
        _number_on(connection)
    _say("")


@contextmanager
def _hurried(url: str) -> Iterator[Connection]:
    engine = create_engine(make_url(url).set(drivername=_driver(url)), isolation_level="AUTOCOMMIT")
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _teach_sha256)
    try:
        with engine.connect() as connection:
            for setting in _HURRY[engine.dialect.name]:
                connection.exec_driver_sql(setting)
            yield connection
    finally:
        engine.dispose()


def _driver(url: str) -> str:
    return "sqlite" if url.startswith("sqlite") else "postgresql+psycopg"


def _teach_sha256(driver: sqlite3.Connection, _record: object) -> None:
    def sha256_of(value: str | None) -> str | None:
        return None if value is None else sha256(value.encode()).hexdigest()

    driver.create_function("sha256_of", 1, sha256_of, deterministic=True)


def _indexes() -> list[Index]:
    found = [index for table in _COPIED for index in _table(table).indexes]
    return sorted(found, key=lambda index: str(index.name))


def _table(table: type[Base]) -> Table:
    return table.metadata.tables[table.__tablename__]


def _prepare(connection: Connection, times: int) -> None:
    """The small fleet aside, with marks where its copies differ."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(
            "CREATE FUNCTION pg_temp.sha256_of(value text) RETURNS text LANGUAGE sql IMMUTABLE "
            "RETURN encode(sha256(convert_to(value, 'UTF8')), 'hex')"
        )
    for table in _COPIED:
        _set_aside(connection, _table(table))
    connection.exec_driver_sql("CREATE TEMP TABLE copies (copy INTEGER, tag TEXT)")
    rows = [{"copy": copy, "tag": _tag(copy)} for copy in range(1, times)]
    connection.execute(text("INSERT INTO copies VALUES (:copy, :tag)"), rows)
    _mark_columns(connection)
    _mark_contents(connection)


def _set_aside(connection: Connection, table: Table) -> None:
    shown = ", ".join(_as_text(connection, table, name) for name in table.c.keys())  # noqa: SIM118
    connection.exec_driver_sql(f'CREATE TEMP TABLE copied_{table.name} AS SELECT {shown} FROM "{table.name}"')  # noqa: S608


def _as_text(connection: Connection, table: Table, name: str) -> str:
    # a text of no fixed length: marks and JSON are replaced within
    plain = connection.dialect.name == "sqlite" or not isinstance(table.c[name].type, String | JSON)
    return f'"{name}"' if plain else f'CAST("{name}" AS TEXT) AS "{name}"'


def _mark_columns(connection: Connection) -> None:
    for copied in TABLES:
        for name in ("fingerprint", "key_id", "serial"):
            if name in copied.changed and copied.table is not Device:
                marked = f"'{MARK}' || substr({name}, 9) WHERE {name} <> '' AND substr({name}, 1, 8) <> '00000000'"
                connection.exec_driver_sql(f"UPDATE copied_{copied.table.__tablename__} SET {name} = {marked}")  # noqa: S608


def _mark_contents(connection: Connection) -> None:
    connection.exec_driver_sql("CREATE UNIQUE INDEX copied_contents_id ON copied_device_contents (device_id)")
    connection.exec_driver_sql("ALTER TABLE copied_device_contents ADD COLUMN serial TEXT")
    seen = "copied_device_contents JOIN copied_devices ON id = device_id"
    rows = connection.exec_driver_sql(f"SELECT id, copied_devices.serial, contents FROM {seen}")  # noqa: S608
    marked = [{"id": row.id, "serial": row.serial, **_marked(row.serial, row.contents)} for row in rows]
    change = "SET contents = :contents, contents_hash = :places, serial = :serial WHERE device_id = :id"
    statement = f"UPDATE copied_device_contents {change}"
    connection.execute(text(statement), marked)


def _marked(serial: str, contents: str) -> dict[str, str]:
    """The contents with marks, and what their hash is made of."""
    told = _OWN.sub(MARK, contents).replace(f'"serial":"{serial}"', f'"serial":"{SERIAL}"', 1)
    found = json.loads(told)["value"]["certificates"]
    places = sorted(f"{one['key_id']}:{one['fingerprint']}" for one in found)
    return {"contents": told, "places": "\n".join([SERIAL, *places])}


def _sizes(connection: Connection) -> dict[str, object]:
    numbers = {"people": Person.id, "devices": Device.id, "updates": Update.id}
    return {name: connection.execute(select(func.max(number))).scalar_one() or 0 for name, number in numbers.items()}


def _insert(connection: Connection, copied: Copied, words: dict[str, object]) -> str:
    table = _table(copied.table)
    names = ", ".join(f'"{name}"' for name in copied.names)
    values = ", ".join(_value(connection, copied, name, words) for name in copied.names)
    return f'INSERT INTO "{table.name}" ({names}) SELECT {values} FROM copied_{table.name}'  # noqa: S608


def _value(connection: Connection, copied: Copied, name: str, words: dict[str, object]) -> str:
    value = copied.expression(name, words)
    is_json = isinstance(_table(copied.table).c[name].type, JSON)
    return f"CAST({value} AS JSON)" if is_json and connection.dialect.name == "postgresql" else value


def _tag(copy: int) -> str:
    """What the logins of a copy end in: letters before its number, so that no other login reads the same."""
    return f"k{copy}"


def _number_on(connection: Connection) -> None:
    """Let PostgreSQL go on numbering after rows that brought their own numbers."""
    if connection.dialect.name == "postgresql":
        for table in (Person, Device, Update):
            name = table.__tablename__
            sequence = f"pg_get_serial_sequence('{name}', 'id')"
            connection.exec_driver_sql(f"SELECT setval({sequence}, (SELECT max(id) FROM {name}))")  # noqa: S608


def _say(what: str) -> None:
    sys.stderr.write(f"{what} " if what else "\n")
    sys.stderr.flush()
