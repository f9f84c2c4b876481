"""Foreign certificates: watched or left in peace, and nothing else is touched."""

import pytest
from sqlalchemy import select

from portal.db import snapshots
from portal.db.models import Certificate, KnownForeign
from portal.domain.audit import AuditTag
from portal.domain.certificate import CertificateKind
from portal.domain.errors import NotFound
from portal.domain.findings import UpdateReason
from portal.domain.ids import DeviceId
from portal.services.devices import Devices
from tests.support.office import Office, foreign, template

NONE: frozenset[str] = frozenset()


@pytest.fixture
def found(office: Office) -> list[str]:
    """Two certificates of somebody else, seen on the token."""
    office.publish(template("Подпись", "signature"), tracking=True)
    for number in ("0a", "0b"):
        office.token.keys[number] = b"key"
        office.token.certificates[number, number] = foreign(office, f"Партнёр {number}")
    (sighting,) = office.watch.all_seen()
    Devices(office.database, office.clock).sighted(sighting)
    return [certificate.fingerprint for certificate in office.token.contents().certificates]


def choose(office: Office, tracked: frozenset[str], declined: frozenset[str]) -> None:
    office.updates.track_foreign(office.device, tracked=tracked, declined=declined, actor="operator")


def reasons(office: Office) -> list[UpdateReason]:
    return [finding.reason for finding in office.updates.review(office.device)]


def test_a_chosen_certificate_is_watched_and_the_other_left_in_peace(office: Office, found: list[str]) -> None:
    assert reasons(office).count(UpdateReason.FOREIGN_FOUND) == 2
    choose(office, frozenset(found[:1]), frozenset(found[1:]))
    with office.database.read() as connection:
        device = snapshots.device(connection, office.device)
        row = connection.execute(select(Certificate.__table__)).one()
    assert [tracked.fingerprint for tracked in device.tracked] == found[:1]
    assert device.known_foreign == {found[1]}
    assert (row.kind, row.key_id, row.serial) == (CertificateKind.TRACKED, "0a", "77")
    assert UpdateReason.FOREIGN_FOUND not in reasons(office)
    tags = [tag for tag, _ in office.told()]
    assert tags[-2:] == [AuditTag.FOREIGN_TRACKED.value, AuditTag.FOREIGN_DECLINED.value]


def test_a_choice_is_judged_at_once(office: Office, found: list[str]) -> None:
    before = office.device_row().need
    choose(office, frozenset(found), NONE)
    assert office.device_row().need != before
    assert office.device_row().earliest_not_after is not None


def test_the_same_choice_twice_changes_nothing_more(office: Office, found: list[str]) -> None:
    for _ in range(2):
        choose(office, frozenset(found[:1]), frozenset(found[1:]))
    assert (office.count(Certificate), office.count(KnownForeign)) == (1, 1)


def test_what_was_declined_may_be_watched_later(office: Office, found: list[str]) -> None:
    choose(office, NONE, frozenset(found))
    choose(office, frozenset(found[:1]), NONE)
    with office.database.read() as connection:
        assert len(snapshots.device(connection, office.device).tracked) == 1


def test_what_is_in_both_lists_is_watched(office: Office, found: list[str]) -> None:
    choose(office, frozenset(found[:1]), frozenset(found[:1]))
    assert (office.count(Certificate), office.count(KnownForeign)) == (1, 0)


def test_what_is_not_foreign_here_is_passed_over(office: Office, found: list[str]) -> None:
    told = office.told()
    choose(office, frozenset({"ee" * 32}), frozenset({"dd" * 32}))
    assert (office.count(Certificate), office.count(KnownForeign), office.told()) == (0, 0, told)


def test_our_own_certificate_is_never_taken_for_foreign(office: Office) -> None:
    number = office.order()
    office.enter_pin(number)
    office.work()
    (ours,) = office.token.contents().certificates
    choose(office, frozenset({ours.fingerprint}), NONE)
    with office.database.read() as connection:
        assert snapshots.device(connection, office.device).tracked == ()


def test_nothing_is_chosen_on_a_device_that_is_not_there(office: Office) -> None:
    with pytest.raises(NotFound):
        office.updates.track_foreign(DeviceId(4711), tracked=NONE, declined=NONE, actor="operator")
