"""Rules as a set say of every device what the rules of the domain say of each."""

from contextlib import suppress

from hypothesis import HealthCheck, given, settings
from sqlalchemy import Connection, Row

from portal.db import snapshots
from portal.db.fleet_rules import fleet_rules
from portal.db.fleet_truth import WHOLE, FleetTruth, Part
from portal.db.transaction import Database
from portal.domain.findings import Finding, in_order
from portal.services.reviews import review_of
from tests.support.generate import NOW
from tests.support.paper_fleet import PaperFleet, fleets, write

ONE_DATABASE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)


class _UndoError(Exception):
    """Ends a transaction without a trace."""


def said(connection: Connection, part: Part = WHOLE) -> tuple[dict[int, tuple[Finding, ...]], set[int]]:
    """What the set-based rules find, and what they leave to the domain."""
    truth = FleetTruth(connection, fleet_rules(connection, snapshots.assignments(connection), NOW), NOW, part)
    found: dict[int, list[Finding]] = {}
    for row in connection.execute(truth.findings()):
        found.setdefault(row.device_id, []).append(_finding(row))
    return {device: in_order(those) for device, those in found.items()}, set(
        connection.execute(truth.one_by_one()).scalars()
    )


def _finding(row: Row[tuple[object, ...]]) -> Finding:
    return Finding(row.reason, row.subject, row.fingerprint, row.until, row.on)


@ONE_DATABASE
@given(fleet=fleets())
def test_both_say_the_same_of_every_device(database: Database, fleet: PaperFleet) -> None:
    with suppress(_UndoError), database.begin() as connection:
        devices = write(connection, fleet)
        given_now = snapshots.assignments(connection)
        found, alone = said(connection)
        for device in devices:
            review = review_of(device, given_now, NOW)
            assert device.id in alone or found.get(device.id, ()) == review.findings
            assert device.id not in alone or device.id not in found
            assert review.kit or device.id in alone or not review.findings
        raise _UndoError
