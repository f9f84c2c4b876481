"""Every measurement runs and says what it found; sizes are tiny, and no figure is judged."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from tests.bench.figures import figure
from tests.bench.rest import weights

PROJECT: Final = Path(__file__).resolve().parents[2]


def measured(*arguments: str) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "tests.bench", *arguments, "--json"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=220, check=False)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["bench"] == arguments[0]
    assert said["machine"]["processors"] > 0
    rows: list[dict[str, Any]] = said["rows"]
    return rows


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_pages(database: str) -> None:
    size = ("--people", "30", "--devices", "30", "--times", "4", "--connections", "2")
    against = ("--against", "10") if database == "sqlite" else ()
    floor, *pages, sign_in = measured("pages", *size, *against, "--database", database, "--only", "state + reason")
    assert floor["page"] == "floor: /health"
    assert {row["database"] for row in pages} == {database}
    assert all(row["alone"]["median"] > 0 and row["per_second"] > 0 and row["over_floor"] > 0 for row in pages)
    assert pages
    if database == "sqlite":
        assert all(row["over_smaller"] > 0 and row["smaller_alone"]["median"] > 0 for row in pages)
    assert sign_in["alone"]["runs"] == 1


def test_update() -> None:
    (row,) = measured("update", "--runs", "2", "--certificates", "1", "--algorithms", "p256")
    assert row["bare"]["runs"] == row["product"]["runs"] == 2
    assert row["ratio"] > 0
    assert {"generate_key", "write_certificate", "verify_certificate", "remove_key"} <= row["effects_ms"].keys()


def test_sign_in() -> None:
    floor, alone, page, flooded = measured("sign-in", "--times", "2", "--flood", "2")
    assert all(row["ms"]["median"] > 0 for row in (floor, alone, page, flooded))
    assert set(flooded["answers"]) <= {"422", "503"}


@pytest.mark.e2e
def test_queue() -> None:
    clicked, watched = measured("queue", "--clicks", "1", "--watched", "1")
    assert clicked["ms"]["median"] > 0
    assert watched["ms"]["runs"] > 0


def test_weights_of_a_family() -> None:
    assert weights(os.getpid())["other"] > 0


def test_a_figure_sums_up() -> None:
    found = figure([5.0, 1.0, 3.0, 2.0, 4.0])
    assert (found.runs, found.minimum, found.median, found.p95) == (5, 1.0, 3.0, 5.0)


def test_smev() -> None:
    rows = measured("smev", "--checks", "5", "--bare", "3")
    assert [row["transport"] for row in rows] == ["adapter"] * 4 + ["direct"] * 4
    for row in rows:
        if row["what"] == "at the stand":
            assert (row["taken"], row["confirmed"], row["waiting"]) == (5, 5, 0)
        else:
            assert row["per_second"] > 0


def test_directory() -> None:
    bare, read, first, again, changed = measured("directory", "--people", "30", "--changed", "3")
    assert [row["people"] for row in (bare, read, first, again, changed)] == [30, 30, 30, 30, 3]
    assert all(row["mb"] >= row["mb_before"] > 0 for row in (bare, read, first, again, changed))


def test_agents() -> None:
    rows = measured("agents", "--agents", "12", "--come", "1", "--rest", "1", "--tasks", "2", "--pace", "4")
    bare, called, portal, picked_up, parted = rows
    assert bare["agents"] == portal["agents"] == 12
    assert portal["processor_percent"].keys() == portal["memory_mb"].keys() == {"web", "front", "valkey"}
    assert min(portal["memory_mb"].values()) > 0
    assert called["ms"]["runs"] == picked_up["ms"]["runs"] == 2
    assert [row["lost"] for row in (called, picked_up)] == [0, 0]
    assert parted["queue_and_worker"]["runs"] == parted["call_poll_and_acceptance"]["runs"] == 2
    assert all(row["errors"] == {} for row in rows[:4])
