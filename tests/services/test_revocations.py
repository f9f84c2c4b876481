"""What an authority revokes on its own makes the device due without anybody asking."""

from sqlalchemy import insert, select

from portal.db.models import Certificate, CertificatePlace, Device
from portal.db.transaction import Database
from portal.domain.certificate import CertificateKind, Revocation
from portal.domain.device import DeviceState
from portal.domain.errors import OutsideUnavailable
from portal.ports.certificate_authority import RevocationLister
from portal.services.devices import DeviceDraft, add_devices
from portal.services.revocations import Revocations
from tests.support.clock import FrozenClock


class ListingAuthority:
    """Says what it was told to say, as a list that grows."""

    def __init__(self) -> None:
        self.said: list[tuple[str, Revocation]] = []
        self.asked: list[int] = []

    def revoked_since(self, mark: int) -> tuple[int, dict[str, Revocation]]:
        self.asked.append(mark)
        return len(self.said), dict(self.said[mark:])


class OneAuthority:
    def __init__(self, authority: object) -> None:
        self.authority = authority

    def get(self, name: str) -> object:
        return self.authority if name == "main" else None


def issued(database: Database, clock: FrozenClock, *serials: str) -> list[int]:
    with database.begin() as connection:
        drafts = [DeviceDraft(serial=f"token-{one}", state=DeviceState.ISSUED) for one in serials]
        devices = add_devices(connection, drafts, clock.now())
        for device, serial in zip(devices, serials, strict=True):
            values = {"device_id": device, "kind": CertificateKind.MANAGED, "ca": "main", "serial": serial}
            values |= {"fingerprint": serial, "status": CertificatePlace.WRITTEN, "created_at": clock.now()}
            connection.execute(insert(Certificate).values(values))
    return [int(device) for device in devices]


def standing(database: Database) -> dict[str, Revocation]:
    with database.read() as connection:
        return {
            row.serial: row.revocation for row in connection.execute(select(Certificate.serial, Certificate.revocation))
        }


def test_a_revoked_certificate_is_marked_and_its_device_looked_at(database: Database) -> None:
    clock, authority = FrozenClock(), ListingAuthority()
    first, second = issued(database, clock, "a1", "b2")
    follower = Revocations(database, clock, OneAuthority(authority), lambda: ("main",))  # type: ignore[arg-type]
    authority.said = [("a1", Revocation.REVOKED), ("ffff", Revocation.REVOKED)]
    assert isinstance(authority, RevocationLister)
    assert follower.follow() == 1
    assert standing(database) == {"a1": Revocation.REVOKED, "b2": Revocation.GOOD}
    with database.read() as connection:
        due = {row.id: row.next_check_at for row in connection.execute(select(Device.id, Device.next_check_at))}
    assert due[first] == clock.now()
    assert due[second] is None


def test_it_goes_on_from_where_it_was(database: Database) -> None:
    clock, authority = FrozenClock(), ListingAuthority()
    issued(database, clock, "a1", "b2")
    follower = Revocations(database, clock, OneAuthority(authority), lambda: ("main", "elsewhere"))  # type: ignore[arg-type]
    authority.said = [("a1", Revocation.ON_HOLD)]
    follower.follow()
    clock.advance(minutes=1)
    authority.said.append(("b2", Revocation.REVOKED))
    assert follower.follow() == 1
    assert follower.follow() == 0
    assert authority.asked == [0, 1, 2]
    assert standing(database) == {"a1": Revocation.ON_HOLD, "b2": Revocation.REVOKED}


class AwayAuthority(ListingAuthority):
    def revoked_since(self, mark: int) -> tuple[int, dict[str, Revocation]]:
        if not self.said:
            raise OutsideUnavailable("ca_unavailable")
        return super().revoked_since(mark)


def test_one_that_does_not_answer_keeps_no_other_from_being_followed(database: Database) -> None:
    clock, away, there = FrozenClock(), AwayAuthority(), ListingAuthority()
    issued(database, clock, "a1")
    there.said = [("a1", Revocation.REVOKED)]
    both = {"away": away, "main": there}
    follower = Revocations(database, clock, both, lambda: ("away", "main"))  # type: ignore[arg-type]
    assert follower.follow() == 1
    away.said = [("ffff", Revocation.REVOKED)]
    follower.follow()
    assert away.asked == [0], "it is followed from where it was left"
