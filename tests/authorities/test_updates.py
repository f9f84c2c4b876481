"""A token is updated with each authority outside: issued, waited for, removed, revoked over there."""

from pathlib import Path

import pytest

from portal.domain.update_state import UpdateStatus
from tests.authorities.counterparts import Counterpart
from tests.authorities.looking import comes_to, pairs, the_certificate
from tests.authorities.world import NAME, World, template

pytestmark = pytest.mark.e2e


def test_issued_after_a_decision_then_removed_and_revoked_over_there(
    world: World, there: Counterpart, name: str, tmp_path: Path
) -> None:
    seat = world.seat()
    seat.wants(template(name, there.profile))
    issue = seat.order()
    with there.asks_first():
        assert issue.ride() is UpdateStatus.WAITING
        assert issue.waits_for == "ca"
        assert issue.ride() is UpdateStatus.WAITING
    comes_to(issue, UpdateStatus.COMPLETED)
    certificate = the_certificate(seat)
    assert NAME in certificate.subject.rfc4514_string()
    assert pairs(seat, certificate, tmp_path)
    assert "leaf.pem: OK" in there.said_of(certificate, tmp_path)
    assert there.issued_for(certificate) == 1
    seat.wants()
    removal = seat.order()
    if removal.ride() is UpdateStatus.WAITING:
        assert removal.why == ("ca_refused", "revoke_there")
        there.revokes(format(certificate.serial_number, "x"))
        comes_to(removal, UpdateStatus.COMPLETED)
    assert removal.status is UpdateStatus.COMPLETED
    assert seat.token.objects() == []
    assert "revoked" in there.said_of(certificate, tmp_path)
