"""Foreign certificates: watched or left in peace, and nothing else is touched."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.db import snapshots
from portal.db.models import Certificate, KnownForeign
from portal.db.queries.device_card import device_card
from portal.domain.audit import AuditTag
from portal.domain.certificate import CertificateKind
from portal.domain.errors import NotFound
from portal.domain.findings import UpdateReason
from portal.domain.ids import DeviceId
from portal.services.devices import Devices
from portal.services.tracking import BY_POLICY, AutomaticTracking
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


def test_a_watched_certificate_that_is_gone_does_not_expire(office: Office, found: list[str]) -> None:
    choose(office, frozenset(found), NONE)
    office.token.certificates.clear()
    (sighting,) = office.watch.all_seen()
    Devices(office.database, office.clock).sighted(sighting)
    office.updates.review(office.device)
    assert office.device_row().earliest_not_after is None


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


# ── without being asked ──


def automatic(office: Office, *, on: bool = True) -> None:
    office.publish(template("Подпись", "signature"), tracking=True, track_automatically=on)
    office.updates.review(office.device)


def follow(office: Office) -> int:
    return AutomaticTracking(office.database, office.clock).follow()


def watched(office: Office) -> set[str]:
    with office.database.read() as connection:
        return {one.fingerprint for one in snapshots.device(connection, office.device).tracked}


def test_a_policy_that_tracks_by_itself_asks_nobody(office: Office, found: list[str]) -> None:
    automatic(office)
    assert UpdateReason.FOREIGN_FOUND not in reasons(office)
    assert follow(office) == 1
    assert watched(office) == set(found)
    assert [line for line in office.told() if line[0] == AuditTag.FOREIGN_TRACKED.value][-1][1] == BY_POLICY
    assert office.device_row().earliest_not_after is not None
    assert follow(office) == 0


def test_a_policy_that_asks_tracks_nothing_by_itself(office: Office, found: list[str]) -> None:
    automatic(office, on=False)
    assert follow(office) == 0
    assert watched(office) == set()
    assert reasons(office).count(UpdateReason.FOREIGN_FOUND) == 2


def test_what_was_declined_and_what_has_no_key_is_left_in_peace(office: Office, found: list[str]) -> None:
    choose(office, NONE, frozenset(found[:1]))
    office.token.certificates["0c", "0c"] = foreign(office, "Без ключа")
    sighted(office)
    automatic(office)
    follow(office)
    assert watched(office) == {found[1]}


def test_what_an_update_finds_is_tracked_after_it(office: Office) -> None:
    automatic(office)
    number = office.order()
    office.token.keys["0a"] = b"key"
    office.token.certificates["0a", "0a"] = foreign(office, "Партнёр")
    office.put(number, content_hash=office.token.contents().content_hash())
    sighted(office)
    assert follow(office) == 0  # it is still at work: nothing was written down yet
    office.put(number, status="cancelled", finished_at=office.now)
    office.clock.advance(minutes=1)
    sighted(office)
    assert follow(office) == 1
    assert len(watched(office)) == 1


def test_a_tracked_certificate_that_left_the_token_is_shown_as_gone(office: Office, found: list[str]) -> None:
    choose(office, frozenset(found), NONE)
    del office.token.certificates["0a", "0a"]
    sighted(office)
    assert gone(office) == {"Партнёр 0a": True, "Партнёр 0b": False}
    office.token.certificates["0a", "0a"] = foreign(office, "Партнёр 0a")
    sighted(office)
    assert not any(gone(office).values())
    assert UpdateReason.FOREIGN_FOUND not in reasons(office)


@pytest.mark.parametrize(("days", "status"), [(-1, "valid"), (20, "expiring"), (60, "expired")])
def test_the_end_of_a_tracked_certificate_is_watched(office: Office, found: list[str], days: int, status: str) -> None:
    choose(office, frozenset(found), NONE)
    with office.database.read() as connection:
        card = device_card(connection, office.device, office.now)
        (end, *_) = {row.not_after for row in card.certificates}
        assert end is not None
        at = end + timedelta(days=days - 30)
        found_now = device_card(connection, office.device, at).certificates
    assert {row.status.value for row in found_now} == {status}


def sighted(office: Office) -> None:
    (sighting,) = office.watch.all_seen()
    Devices(office.database, office.clock).sighted(sighting)


def gone(office: Office) -> dict[str, bool]:
    with office.database.read() as connection:
        rows = device_card(connection, office.device, office.now).certificates
    return {row.subject: row.lost for row in rows if row.kind is CertificateKind.TRACKED}
