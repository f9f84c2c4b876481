"""A device's life on a real token and with the real authority: cleaned, wiped and issued, disabled and enabled."""

import pytest
from cryptography import x509
from sqlalchemy import update

from portal.connectors.ca.builtin.authority import BuiltinAuthority
from portal.db.models import Update
from portal.domain.ids import DeviceId, OperationId, UpdateId
from portal.domain.update_state import UpdateStatus
from portal.services.bell import Bell
from portal.services.device_life import DeviceLife
from portal.services.device_orders import DeviceOrders
from portal.services.order_telling import OrderTeller
from tests.crash import life_work
from tests.crash.before import FOREIGN
from tests.crash.conftest import NewPlace
from tests.crash.life_work import NEW
from tests.crash.place import CA_NAME, PIN_OF_ALL, Place

pytestmark = pytest.mark.crash


@pytest.fixture
def place(new_place: NewPlace) -> Place:
    """The prepared world without its update."""
    made = new_place("sqlite")
    with made.ledger().database.begin() as connection:
        connection.execute(update(Update).values(status=UpdateStatus.CANCELLED))
    return made


def test_cleaning_takes_what_is_ours_and_leaves_the_rest(place: Place) -> None:
    cleaned = life_work.ordered(place, life_work.cleaning(place))
    status, contents = cleaned.ask(life_work.carried, PIN_OF_ALL)
    assert status is UpdateStatus.COMPLETED
    assert {certificate.key_id for certificate in contents.certificates} == {FOREIGN}
    assert {key.key_id for key in contents.keys} == {FOREIGN}
    assert {row.status.value for row in place.ledger().certificates(DeviceId(place.device))} == {"removed"}
    assert {row.revocation.value for row in place.ledger().certificates(DeviceId(place.device))} == {"revoked"}


def test_a_token_is_wiped_and_issued_in_one_run(place: Place) -> None:
    issued = life_work.ordered(place, life_work.issue(place))
    status, contents = issued.ask(life_work.carried, NEW)
    assert status is UpdateStatus.COMPLETED
    assert [certificate.has_key for certificate in contents.certificates] == [True]
    written = [row for row in place.ledger().certificates(DeviceId(place.device)) if row.status.value == "written"]
    assert [row.fingerprint for row in written] == [contents.certificates[0].fingerprint]


class Nobody:
    """Calls nobody."""

    def advance_update(self, update: UpdateId, run: int) -> None:
        """Nothing."""

    def carry_operation(self, operation: OperationId, attempt: int) -> None:
        """Nothing."""


def test_disabling_is_seen_on_the_list_of_the_authority(place: Place) -> None:
    ledger, doors = place.ledger(), place.outside()
    bell = Bell(ledger.database, Nobody(), ledger.feed)
    rest = (ledger.database, doors.clock, bell, Nobody())
    life, orders = DeviceLife(*rest), DeviceOrders(*rest, OrderTeller(doors.authorities, doors.registers))
    serials = {int(row.serial, 16) for row in ledger.certificates(DeviceId(place.device))}
    orders.carry(life.disable(DeviceId(place.device), actor="operator"))
    assert held(place) == serials
    orders.carry(life.enable(DeviceId(place.device), actor="operator"))
    assert held(place) == set()


def held(place: Place) -> set[int]:
    """Serial numbers on hold, as a relying party reads the revocation list."""
    authority: object = place.outside().authorities.get(CA_NAME)
    assert isinstance(authority, BuiltinAuthority)
    crl = x509.load_der_x509_crl(authority.crl_der())
    return {one.serial_number for one in crl}
