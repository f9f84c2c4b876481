"""SQLite begins where it shall: at what is asked about, never at all certificates, with statistics and without."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, text

from portal.db import fleet_acting, schema, snapshots
from portal.db.fleet_rules import fleet_rules
from portal.db.fleet_truth import WHOLE, FleetTruth, Part
from portal.db.transaction import Database
from portal.seed import fleet
from portal.seed.policies import no_commons, publish_all
from tests.support.clock import NOON

#: A table read from end to end, or an index made of it for one question.
DEAR = re.compile(r"SCAN (certificates|mine|devices)(_\d+)?$|(certificates|mine|devices)(_\d+)? USING AUTOMATIC")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('plans') / 'fleet.db'}"
    schema.upgrade(url)
    with Database(url) as database:
        with database.begin() as connection:
            publish_all(connection, no_commons(), NOON - timedelta(days=30))
        fleet.generate_fleet(database, people=400, devices=500, seed=5, now=NOON)
    return url


@pytest.fixture(params=["statistics", "none"])
def database(address: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Database]:
    copy = tmp_path / "copy.db"
    copy.write_bytes(Path(address.removeprefix("sqlite:///")).read_bytes())
    with Database(f"sqlite:///{copy}") as first, first.begin() as connection:
        connection.execute(text("ANALYZE" if request.param == "statistics" else "SELECT 1"))
        if request.param == "none":
            connection.execute(text("DELETE FROM sqlite_stat1"))
    with Database(f"sqlite:///{copy}") as database:  # statistics are read when a connection is opened
        yield database


def plan(connection: Connection, part: Part) -> list[str]:
    """How SQLite goes about finding everything."""
    truth = FleetTruth(connection, fleet_rules(connection, snapshots.assignments(connection), NOON), NOON, part)
    question = truth.findings()
    said: list[str] = []

    def explain(_context: object, _cursor: object, statement: str, values: Any, *_: object) -> None:
        raw = connection.connection.cursor()
        raw.execute(f"EXPLAIN QUERY PLAN {statement}", values)
        said.extend(row[3] for row in raw.fetchall())

    event.listen(connection, "before_cursor_execute", explain)
    assert connection.execute(question).all()
    return said


def test_where_many_certificates_end_they_are_read_by_device(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_end: list[bool] = []
    for part_of_devices in (1, 1_000_000):
        monkeypatch.setattr(fleet_acting, "MANY", part_of_devices)
        with database.read() as connection:
            by_end.append(any("ix_certificates_ending (not_after<?)" in line for line in plan(connection, WHOLE)))
    assert by_end == [True, False]


@pytest.mark.parametrize("part", [WHOLE, Part(above=0, up_to=400)], ids=["whole", "range"])
def test_nothing_is_read_from_end_to_end_for_one_question(database: Database, part: Part) -> None:
    with database.read() as connection:
        said = plan(connection, part)
    assert any(line.startswith("SEARCH certificates") for line in said)
    assert [line for line in said if DEAR.search(line)] == []
