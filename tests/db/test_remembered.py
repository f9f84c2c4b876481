"""Figures are counted each time, unless they are so large that counting them again so soon gains nobody anything."""

import pytest

from portal.db.queries import remembered as module
from portal.db.queries.remembered import MANY, remembered
from portal.db.transaction import Database


def test_small_figures_are_counted_each_time(database: Database) -> None:
    figures = iter([1, 2])
    with database.read() as connection:
        assert [remembered(connection, "a", lambda: next(figures), int) for _ in range(2)] == [1, 2]


def test_large_figures_are_kept_for_a_while(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    figures, moment = iter([MANY, MANY + 1, MANY + 2]), [100.0]
    monkeypatch.setattr(module, "monotonic", lambda: moment[0])
    with database.read() as connection:
        assert [remembered(connection, "a", lambda: next(figures), int) for _ in range(2)] == [MANY, MANY]
        assert remembered(connection, "b", lambda: next(figures), int) == MANY + 1
        moment[0] += module.SECONDS
        assert remembered(connection, "a", lambda: next(figures), int) == MANY + 2


def test_not_more_is_kept_than_is_asked_for_often(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST", 2)
    with database.read() as connection:
        for name in range(3):
            remembered(connection, name, lambda: MANY, int)
        assert remembered(connection, 0, lambda: 7, int) == 7
        assert remembered(connection, 2, lambda: 7, int) == MANY
