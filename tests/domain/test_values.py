"""The questions certificates, contents, devices and events answer themselves."""

from dataclasses import replace
from datetime import timedelta

import pytest

from portal.domain.audit import AuditEvent, AuditTag
from portal.domain.certificate import CertificateStatus, CommonOnDevice, Revocation, TrackedCertificate, status_of
from portal.domain.contents import TokenContents, TokenKey, best_known
from portal.domain.device import Leftover
from portal.domain.errors import InvalidInput, OutsideUnavailable, PortalError
from portal.domain.update_state import UpdateStatus
from tests.domain.examples import DAY, MAIL, NOW, a_certificate, a_device, carrying, expiring_in, on_token, revoked


@pytest.mark.parametrize(
    ("days", "revocation", "status"),
    [
        (31, Revocation.GOOD, CertificateStatus.VALID),
        (31, Revocation.UNKNOWN, CertificateStatus.UNKNOWN),
        (30, Revocation.GOOD, CertificateStatus.EXPIRING),
        (30, Revocation.UNKNOWN, CertificateStatus.EXPIRING),
        (0, Revocation.GOOD, CertificateStatus.EXPIRED),
        (0, Revocation.REVOKED, CertificateStatus.REVOKED),
        (0, Revocation.ON_HOLD, CertificateStatus.ON_HOLD),
    ],
)
def test_status_of_a_certificate(days: int, revocation: Revocation, status: CertificateStatus) -> None:
    assert status_of(NOW + days * DAY, revocation, 30 * DAY, NOW) is status


def test_a_certificate_is_usable_until_it_expires_is_revoked_or_on_hold() -> None:
    assert a_certificate().usable(NOW)
    assert a_certificate(revocation=Revocation.UNKNOWN).usable(NOW)
    assert not expiring_in(0).usable(NOW)
    assert not revoked().usable(NOW)
    assert not a_certificate(revocation=Revocation.ON_HOLD).usable(NOW)


def test_a_renewal_window_opens_at_its_very_moment_and_does_not_close() -> None:
    certificate = expiring_in(30)
    assert certificate.expires_within(30 * DAY, NOW)
    assert not certificate.expires_within(30 * DAY, NOW - timedelta.resolution)
    assert certificate.expires_within(30 * DAY, NOW + 99 * DAY)


def test_the_content_hash_is_the_same_with_and_without_sign_in_and_in_any_order() -> None:
    one, two = on_token("a", "1"), on_token("b", "2")
    signed_in = TokenContents("s", (one, two), (TokenKey("1", "", "rsa2048", True, True),), complete=True)
    outside = TokenContents("s", (replace(two, has_key=False), one))
    assert signed_in.content_hash() == outside.content_hash()


def test_the_content_hash_tells_serial_place_and_certificate_apart() -> None:
    hashes = {
        TokenContents(serial, (on_token(fingerprint, key_id),)).content_hash()
        for serial in ("s", "t")
        for fingerprint in ("a", "b")
        for key_id in ("1", "2")
    }
    assert len(hashes) == 8


def test_what_was_seen_after_sign_in_is_not_forgotten_while_the_contents_are_the_same() -> None:
    outside = TokenContents("s", (on_token("a", "1"),))
    signed_in = replace(outside, complete=True)
    changed = TokenContents("s", ())
    assert best_known(outside, signed_in) is signed_in
    assert best_known(changed, signed_in) is changed
    assert best_known(outside, None) is outside
    again = replace(signed_in, keys=(TokenKey("1", "", "rsa2048", True, True),))
    assert best_known(again, signed_in) is again
    assert best_known(outside, replace(outside, keys=again.keys)) is outside


def test_missing_and_lost() -> None:
    device = a_device(a_certificate())
    assert not device.missing("old")
    assert device.missing("other")
    assert not a_device(seen=False).missing("other")
    assert device.lost("other", "old-key")
    assert device.lost("old", "another-key")
    assert not device.lost("old", "old-key")


def test_a_key_is_gone_only_when_somebody_signed_in_and_did_not_see_it() -> None:
    there = a_device(a_certificate())
    assert not a_device(a_certificate(), seen=False).key_gone("old-key")
    assert not carrying(there, complete=False).key_gone("old-key")
    assert carrying(there).key_gone("old-key")
    half = (TokenKey("old-key", "", "rsa2048", public=True, private=False),)
    assert carrying(there, keys=half).key_gone("old-key")
    beside = carrying(there, on_token("old", "old-key"), keys=())
    assert not beside.key_gone("old-key")


def test_foreign_is_what_no_record_explains() -> None:
    device = a_device(
        a_certificate(),
        expiring_in(-9, MAIL, "history", history=True),
        commons=(CommonOnDevice("root", 1, "root1", "k"),),
        tracked=(TrackedCertificate("tracked", "CN=tracked", NOW),),
        leftovers=(Leftover("k", "stray"), Leftover("l")),
    )
    names = ("old", "history", "root1", "tracked", "stray", "alien")
    seen = carrying(device, *(on_token(name, "k") for name in names))
    assert [c.fingerprint for c in seen.foreign()] == ["alien"]
    assert replace(seen, contents=None).foreign() == ()
    assert [c.fingerprint for c in seen.current()] == ["old"]


def test_errors_carry_data_not_prose() -> None:
    assert InvalidInput({"CN": "empty"}).fields == {"CN": "empty"}
    error = OutsideUnavailable("ca_down", retry_at=NOW, name="main")
    assert (error.code, error.permanent, error.retry_at, error.data) == ("ca_down", False, NOW, {"name": "main"})
    assert isinstance(error, PortalError)


def test_audit_tags_are_named_source_subject_action_and_events_start_bare() -> None:
    assert all(len(tag.value.split(":")) == 3 for tag in AuditTag)
    event = AuditEvent(AuditTag.UPDATE_ORDERED, "anna", "device 7")
    assert (event.particulars, event.correlation) == ({}, "")


def test_statuses_are_words_that_can_be_stored() -> None:
    assert UpdateStatus("waiting") is UpdateStatus.WAITING
