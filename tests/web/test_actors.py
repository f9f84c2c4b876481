"""Parts of the portal are told by their names, and found by them."""

import pytest
from flask import Flask

from portal.web.words.actors import PARTS, actor_meant, actor_name
from tests.web.visits import Visit


@pytest.mark.parametrize(
    "actor", [*PARTS, "directory:head-office", "agent:7f", "cli:root", "host.example:47", "a.smirnova", ""]
)
def test_whoever_is_told_of_is_found_by_the_same_name(app: Flask, actor: str) -> None:
    with app.test_request_context():
        assert actor_meant(actor_name(actor)) == actor


def test_only_people_are_told_by_what_was_written(app: Flask) -> None:
    with app.test_request_context():
        assert not [actor for actor in (*PARTS, "directory:head-office") if actor_name(actor).isascii()]
        assert actor_name("a.smirnova") == "a.smirnova"


def test_the_log_is_narrowed_by_the_name_people_read(admin: Visit) -> None:
    shown = admin.fragment("/admin/audit?actor=портал: по расписанию").text
    assert "Вход выполнен" not in shown
