"""Migrations build exactly the tables the code declares, on both databases, and take them away again."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, select, text

from portal.db import schema
from portal.db.base import Base
from portal.db.models import Device, DeviceContents
from portal.db.transaction import Database
from tests.support.clock import NOON


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgres_url"))
    return f"sqlite:///{tmp_path / 'portal.db'}"


def test_migrations_match_the_models(address: str) -> None:
    schema.upgrade(address)
    with Database(address) as database, database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_upgrading_again_changes_nothing(address: str) -> None:
    schema.upgrade(address)
    schema.upgrade(address)
    assert schema.current(address) == schema.newest()


def test_every_migration_can_be_taken_back(address: str) -> None:
    schema.upgrade(address)
    schema.downgrade(address, "base")
    with Database(address) as database, database.read() as connection:
        assert inspect(connection).get_table_names() == ["alembic_version"]


def test_migrated_and_declared_tables_are_the_same_to_the_letter(tmp_path: Path) -> None:
    """Alembic compares neither the conditions of indexes nor WITHOUT ROWID; SQLite keeps both as text."""
    migrated, declared = (f"sqlite:///{tmp_path / name}.db" for name in ("migrated", "declared"))
    schema.upgrade(migrated)
    with Database(declared) as database, database.begin() as connection:
        Base.metadata.create_all(connection)
    assert _definitions(migrated) == _definitions(declared)


def _definitions(address: str) -> dict[str, str]:
    query = text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name != 'alembic_version'")
    with Database(address) as database, database.read() as connection:
        return {row.name: _flat(row.sql, table=row.name) for row in connection.execute(query)}


def _flat(sql: str, *, table: str) -> str:
    """One line per definition: order of constraints and spelling of types aside."""
    words = " ".join(sql.replace(f"{table}.status", "status").split())
    return words if words.startswith("CREATE INDEX") or "UNIQUE INDEX" in words else words.rpartition(")")[2]


def test_keys_sort_by_code_point_on_postgresql(postgres_url: str) -> None:
    schema.upgrade(postgres_url)
    columns = "table_name = 'people' AND column_name = 'search_key'"
    query = text(f"SELECT collation_name FROM information_schema.columns WHERE {columns}")  # noqa: S608
    with Database(postgres_url) as database, database.read() as connection:
        assert connection.execute(query).scalar_one() == "C"


def test_what_was_seen_on_tokens_moves_there_and_back(address: str) -> None:
    schema.upgrade(address)
    schema.downgrade(address, "0044")
    told = {
        "model": "",
        "type": "",
        "label": "",
        "manufacturer": "",
        "comment": "",
        "last_seen_where": "",
        "problem": "",
    }
    row = {"state": "clean", "created_at": NOON.replace(tzinfo=None), "need": 0, "possible": False, **told}
    names = [*row, "serial", "contents", "contents_hash"]
    values = text(f"INSERT INTO devices ({', '.join(names)}) VALUES (:{', :'.join(names)})")  # noqa: S608
    with Database(address) as database, database.begin() as connection:
        connection.execute(values, row | {"serial": "seen", "contents": '{"label": "Ёж"}', "contents_hash": "0a"})
        connection.execute(values, row | {"serial": "unseen", "contents": None, "contents_hash": None})
    schema.upgrade(address)
    own = DeviceContents
    query = select(Device.serial, own.contents, own.contents_hash).join(own, own.device_id == Device.id)
    with Database(address) as database, database.read() as connection:
        assert connection.execute(query).all() == [("seen", {"label": "Ёж"}, "0a")]
    schema.downgrade(address, "0044")
    with Database(address) as database, database.read() as connection:
        back = connection.execute(text("SELECT serial, contents_hash FROM devices ORDER BY serial")).all()
    assert back == [("seen", "0a"), ("unseen", None)]
