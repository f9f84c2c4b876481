"""Whatever changes a reason, after one pass of the monitor what is stored is the truth again."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from portal.db.models import Certificate, Device, DeviceFinding, DeviceStanding, Group, Person, Unit
from portal.db.standings import NO_KIT
from portal.domain.certificate import Purpose, Revocation
from portal.domain.findings import UpdateReason
from portal.domain.ids import AssignmentId, PersonId
from portal.domain.policy import DeviceUsagePolicy, Register
from portal.domain.reach import EVERYTHING
from portal.services.assignments import Assignments, AssignmentWish
from portal.services.devices import Devices
from portal.services.directory import Directory, PersonWish
from portal.services.editors import Editor
from portal.services.findings_check import FindingsCheck
from portal.services.policies import publish
from portal.services.revocations import Revocations
from portal.services.units import Units
from tests.fakes.sim_token import READER
from tests.support.office import CA, UNIT, Office, foreign, template

ADMIN = Editor("admin", EVERYTHING)
OTHER = "Только VPN"


def holder(office: Office) -> PersonId:
    return PersonId(office.device_row().holder_id)


def stored(office: Office) -> set[UpdateReason]:
    with office.database.read() as connection:
        query = select(DeviceFinding.reason).where(DeviceFinding.device_id == office.device)
        return set(connection.execute(query).scalars())


def kit(office: Office) -> int | None:
    with office.database.read() as connection:
        query = select(DeviceStanding.kit).where(DeviceStanding.device_id == office.device)
        return connection.execute(query).scalar_one()


def unit(office: Office, name: str) -> int:
    with office.database.read() as connection:
        return int(connection.execute(select(Unit.id).where(Unit.name == name)).scalar_one())


def another_policy(office: Office) -> DeviceUsagePolicy:
    draft = replace(office.policy, name=OTHER, templates=(template("VPN", "vpn", Purpose.AUTHENTICATE),))
    with office.database.begin() as connection:
        return publish(connection, draft, actor="admin", now=office.now)


def a_pass(office: Office) -> None:
    """One turn of the sweeper."""
    office.monitor.review_marked()
    office.monitor.review_due()


@pytest.fixture
def updated(office: Office) -> Office:
    """The device is in line: its certificate was issued by a whole update, watching the surname."""
    watched = replace(template("Подпись", "signature"), tracked_attributes=("surname",))
    office.publish(watched, tracking=True)
    a_pass(office)
    number = office.order()
    office.enter_pin(number)
    office.work()
    a_pass(office)
    assert stored(office) == set()
    assert kit(office) not in {None, NO_KIT}, "the rules about the whole fleet judge it"
    return office


def wish(office: Office, **changed: object) -> PersonWish:
    with office.database.read() as connection:
        row = connection.execute(select(Person.attributes, Person.unit_id).where(Person.id == holder(office))).one()
    own = {"attributes": dict(row.attributes), "unit": row.unit_id, "groups": (), "manager": None, **changed}
    return PersonWish(**own)


def policy_version(office: Office) -> UpdateReason:
    office.publish(template("Подпись", "signature"), template("VPN", "vpn", Purpose.AUTHENTICATE), tracking=True)
    return UpdateReason.TEMPLATE_ADDED


def weaken(office: Office) -> None:
    """Let any other assignment win over the one there is."""
    weak = AssignmentWish(office.policy.id, unit(office, UNIT[-1]), frozenset(), 9)
    Assignments(office.database, office.clock).change(AssignmentId(1), weak, version=1, actor="admin")


def assign(office: Office, place: int | None, *groups: str) -> AssignmentId:
    wanted = AssignmentWish(another_policy(office).id, place, frozenset(groups), 1)
    return Assignments(office.database, office.clock).add(wanted, actor="admin")


def assignment_added(office: Office) -> UpdateReason:
    weaken(office)
    assign(office, None)
    return UpdateReason.POLICY_CHANGED


def assignment_removed(office: Office) -> UpdateReason:
    weaken(office)
    number = assign(office, None)
    a_pass(office)
    with office.database.begin() as connection:
        connection.execute(update(Device).values(applied_policy_id=2, next_check_at=office.now))
    a_pass(office)
    assert UpdateReason.POLICY_CHANGED not in stored(office)
    Assignments(office.database, office.clock).remove(number, version=1, actor="admin")
    return UpdateReason.POLICY_CHANGED


def attributes(office: Office) -> UpdateReason:
    mine = wish(office)
    changed = replace(mine, attributes={**mine.attributes, "surname": "Ким", "cn": "Ким Марина"})
    Directory(office.database, office.clock).change(holder(office), changed, version=1, by=ADMIN)
    return UpdateReason.ATTRIBUTE_CHANGED


def person_moved(office: Office) -> UpdateReason:
    other = Units(office.database, office.clock).create("Юг", unit(office, UNIT[0]), by=ADMIN)
    assign(office, other)
    a_pass(office)
    assert stored(office) == set(), "the policy of another unit is no matter of his"
    Directory(office.database, office.clock).change(holder(office), wish(office, unit=other), version=1, by=ADMIN)
    return UpdateReason.POLICY_CHANGED


def unit_moved(office: Office) -> UpdateReason:
    units = Units(office.database, office.clock)
    other = units.create("Юг", unit(office, UNIT[0]), by=ADMIN)
    weaken(office)
    assign(office, other)
    a_pass(office)
    assert stored(office) == set()
    units.change(unit(office, UNIT[-1]), UNIT[-1], other, seen=" / ".join(UNIT), by=ADMIN)
    return UpdateReason.POLICY_CHANGED


def group_joined(office: Office) -> UpdateReason:
    with office.database.begin() as connection:
        group = connection.execute(insert(Group).values(name="VPN").returning(Group.id)).scalar_one()
    weaken(office)
    assign(office, None, "VPN")
    a_pass(office)
    assert stored(office) == set()
    Directory(office.database, office.clock).change(holder(office), wish(office, groups=(group,)), version=1, by=ADMIN)
    return UpdateReason.POLICY_CHANGED


class Lister:
    """An authority that revoked something on its own."""

    def __init__(self, serial: str) -> None:
        self.serial = serial

    def get(self, _name: str) -> "Lister":
        return self

    def revoked_since(self, mark: int) -> tuple[int, dict[str, Revocation]]:
        return mark + 1, {self.serial: Revocation.REVOKED}


def revoked(office: Office) -> UpdateReason:
    with office.database.read() as connection:
        serial = connection.execute(select(Certificate.serial)).scalar_one()
    Revocations(office.database, office.clock, Lister(serial), lambda: [CA]).follow()  # type: ignore[arg-type]
    return UpdateReason.CERTIFICATE_REVOKED


def time_passed(office: Office) -> UpdateReason:
    office.clock.set(office.device_row().next_check_at + timedelta(seconds=1))
    return UpdateReason.CERTIFICATE_EXPIRING


def contents_lost(office: Office) -> UpdateReason:
    office.token.certificates.clear()
    Devices(office.database, office.clock).sighted(office.watch.all_seen()[0])
    return UpdateReason.CONTENT_MISSING


def foreign_written(office: Office) -> UpdateReason:
    der = foreign(office)
    fingerprint = READER.certificate(der).fingerprint
    office.token.keys["ff"] = b"key"
    office.token.certificates["ff", fingerprint] = der
    Devices(office.database, office.clock).sighted(office.watch.all_seen()[0])
    return UpdateReason.FOREIGN_FOUND


def registered_elsewhere(office: Office) -> UpdateReason:
    draft = replace(office.policy, registers=frozenset({Register.SECRET_NET}))
    with office.database.begin() as connection:
        publish(connection, draft, actor="admin", now=office.now)
    return UpdateReason.CONNECTOR_SWITCHED


TRIGGERS = (
    *(policy_version, assignment_added, assignment_removed, attributes, person_moved, unit_moved, group_joined),
    *(revoked, time_passed, contents_lost, foreign_written, registered_elsewhere),
)


@pytest.mark.parametrize("trigger", TRIGGERS, ids=lambda trigger: trigger.__name__)
def test_one_pass_after_it_the_truth_is_stored(updated: Office, trigger: Callable[[Office], UpdateReason]) -> None:
    expected = trigger(updated)
    a_pass(updated)
    assert expected in stored(updated)
    assert FindingsCheck(updated.database, updated.clock).follow() == 0, "stored findings equal the truth"


def test_a_holder_who_left_is_no_longer_due(updated: Office) -> None:
    policy_version(updated)
    a_pass(updated)
    Directory(updated.database, updated.clock).set_active(holder(updated), active=False, by=ADMIN)
    a_pass(updated)
    row = updated.device_row()
    assert (row.need, row.problem) == (0, "holder_inactive")
    policy_version(updated)
    updated.publish(template("Подпись", "signature"), tracking=True)
    a_pass(updated)
    assert updated.device_row().problem == "holder_inactive"
    assert FindingsCheck(updated.database, updated.clock).follow() == 0
