"""Settings of which there is one row, changed by whoever has seen them as they are."""

from sqlalchemy import select

from portal.db.models import LetterSettings
from portal.db.only_row import keep_one
from portal.db.transaction import Database
from portal.domain.errors import Conflict

VALUES = {"addresses": [], "groups": [], "locale": "ru"}


def test_only_who_saw_the_newest_changes_it(database: Database) -> None:
    def kept(version: int, hour: int) -> bool:
        try:
            with database.begin() as connection:
                values = {**VALUES, "digest_hour": hour}
                keep_one(connection, LetterSettings, values, seen=version, otherwise=Conflict("letters_changed"))
        except Conflict:
            return False
        return True

    tries = [(0, 1), (0, 2), (1, 3), (1, 4), (7, 5), (2, 6)]
    assert [kept(version, hour) for version, hour in tries] == [True, False, True, False, False, True]
    with database.read() as connection:
        query = select(LetterSettings.version, LetterSettings.digest_hour)
        assert [tuple(row) for row in connection.execute(query)] == [(3, 6)]
