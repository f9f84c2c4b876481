"""What an authority tells of everything it issued, and of many certificates at once."""

import pytest

from portal.connectors.ca.builtin import issued_rows, listing
from portal.domain.certificate import Revocation
from portal.ports.certificate_authority import (
    CertificateAuthority,
    IssuedLister,
    ListedCertificate,
    RevocationOrder,
    StandingTeller,
)
from tests.contracts.certificate_authority.worlds import issued
from tests.support.pki import a_key, an_order, serial_of

OWN = "ocsp responder"


def everything(ca: object) -> list[ListedCertificate]:
    """All that was ordered, part by part: what the authority made for itself is beside."""
    assert isinstance(ca, IssuedLister)
    listed: list[ListedCertificate] = []
    mark = ""
    while True:
        page = ca.issued_since(mark)
        listed += [one for one in page.certificates if not one.order_id.startswith(OWN)]
        mark = page.mark
        if not mark:
            return listed


def test_everything_is_listed_once_in_whatever_parts(ca: CertificateAuthority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(issued_rows, "AT_ONCE", 2)
    monkeypatch.setattr(listing, "AT_ONCE", 2)
    made = {name: issued(ca.request(an_order(name, a_key()))) for name in ("one", "two", "three")}
    ca.revoke(RevocationOrder("r", serial_of(made["two"])))
    assert {one.order_id: one.certificate for one in everything(ca)} == {
        name: one.certificate for name, one in made.items()
    }
    assert {one.serial for one in everything(ca)} == {serial_of(one) for one in made.values()}


def test_it_tells_of_many_at_once(ca: CertificateAuthority) -> None:
    good, held, gone = (serial_of(issued(ca.request(an_order(name, a_key())))) for name in "abc")
    ca.revoke(RevocationOrder("r", gone))
    ca.revoke(RevocationOrder("h", held, "certificateHold"))
    assert isinstance(ca, StandingTeller)
    assert ca.standings([good, held, gone, "abc123"]) == {
        good: Revocation.GOOD,
        held: Revocation.ON_HOLD,
        gone: Revocation.REVOKED,
        "abc123": Revocation.UNKNOWN,
    }
