"""What a new installation has to begin with."""

from portal.db.queries.beginnings import Beginnings, beginnings
from portal.db.transaction import Database


def test_an_empty_portal_has_everything_before_it(database: Database) -> None:
    with database.read() as connection:
        assert beginnings(connection) == Beginnings(people=False, policies=False, assignments=False, devices=False)
