"""A small fleet as the rules see it, written down as rows; and Hypothesis strategies for random ones."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from hypothesis import strategies as st
from sqlalchemy import Connection, delete, insert

from portal.db import snapshots
from portal.db.base import Base
from portal.db.contents import store_contents
from portal.db.findings import store_reviews
from portal.db.models import (
    Certificate,
    CertificatePlace,
    Device,
    DeviceContents,
    DeviceFinding,
    DeviceStanding,
    FleetReview,
    Group,
    KnownForeign,
    LeftoverObject,
    Membership,
    Peculiarity,
    Person,
    Policy,
    PolicyAssignment,
    PolicyVersion,
    Registration,
    SearchTerm,
    Unit,
)
from portal.domain import codec
from portal.domain.certificate import CertificateKind, Revocation
from portal.domain.device import Device as DeviceValue
from portal.domain.device import DeviceState
from portal.domain.effective_policy import Assignment
from portal.domain.ids import AssignmentId, DeviceId, PersonId, PolicyId
from portal.domain.people import Person as PersonValue
from portal.domain.policy import DeviceUsagePolicy
from portal.services.people import PersonDraft, add_people, ensure_units
from portal.services.reviews import review_of
from tests.support import generate
from tests.support.generate import NOW

CONTAINERS: Final = (("Ключ",), ("Ключ", "Продажи"), ("Ключ", "Продажи", "Юг"), ("Другие",))
GROUPS: Final = ("VPN", "Подпись")
MOSTLY: Final = st.sampled_from((*[True] * 11, False))
POLICIES: Final = (PolicyId(1), PolicyId(2), PolicyId(3))
_EMPTIED: Final[tuple[type[Base], ...]] = (
    *(DeviceFinding, DeviceStanding, Peculiarity, FleetReview, KnownForeign, LeftoverObject, Registration),
    *(Certificate, DeviceContents, Device),
    *(PolicyAssignment, PolicyVersion, Policy, Membership, SearchTerm, Person, Group, Unit),
)


@dataclass(frozen=True, slots=True)
class PaperFleet:
    """Policies, whom they are given to, and devices with their holders."""

    policies: tuple[DeviceUsagePolicy, ...]
    given: tuple[Assignment, ...]
    devices: tuple[DeviceValue, ...]


@st.composite
def assignments(draw: st.DrawFn, policies: Sequence[DeviceUsagePolicy]) -> tuple[Assignment, ...]:
    """Some policies given to some containers and groups, with priorities that meet; nearly always one to everybody."""
    number = draw(st.integers(0, 4))
    everybody = Assignment(AssignmentId(9), draw(st.sampled_from(list(policies))), (), frozenset(), 3, NOW)
    given = (everybody,) if draw(MOSTLY) else ()
    return given + tuple(
        Assignment(
            id=AssignmentId(place + 1),
            policy=draw(st.sampled_from(list(policies))),
            container=draw(st.sampled_from(((), *CONTAINERS))),
            groups=frozenset(draw(st.lists(st.sampled_from(GROUPS), max_size=2))),
            priority=draw(st.integers(1, 3)),
            created_at=NOW - timedelta(days=draw(st.integers(1, 3))),
        )
        for place in range(number)
    )


@st.composite
def fleets(draw: st.DrawFn) -> PaperFleet:
    """A few policies and a few devices, in every state the generator of single devices knows."""
    policies = tuple(draw(policy_of(number)) for number in POLICIES)
    devices = tuple(draw(_device(place)) for place in range(draw(st.integers(4, 9))))
    return PaperFleet(policies, draw(assignments(policies)), devices)


@st.composite
def policy_of(draw: st.DrawFn, number: PolicyId, version: int = 1) -> DeviceUsagePolicy:
    """A random policy with this number."""
    return replace(draw(generate.policies()), id=number, version=version, name=f"policy {number}")


@st.composite
def _device(draw: st.DrawFn, place: int) -> DeviceValue:
    made = draw(generate.devices())
    assert made.holder is not None
    holder = PersonValue(
        id=PersonId(place + 1),
        container=draw(st.sampled_from(CONTAINERS)),
        groups=frozenset(draw(st.lists(st.sampled_from(GROUPS), max_size=2))),
        attributes={**made.holder.attributes, "login": f"login{place}", "surname": "Ким", "given_name": "Анна"},
        active=draw(MOSTLY),
    )
    state = draw(st.sampled_from((*[DeviceState.ISSUED] * 9, *DeviceState)))
    serial = f"{made.serial}{place}"
    return replace(made, id=DeviceId(place + 1), serial=serial, state=state, holder=holder if draw(MOSTLY) else None)


def empty(connection: Connection) -> None:
    """Take everything away."""
    for table in _EMPTIED:
        connection.execute(delete(table))
    snapshots._published.clear()


def write(connection: Connection, fleet: PaperFleet) -> tuple[DeviceValue, ...]:
    """Write the fleet down, judged by the domain; answers its devices as they were written."""
    empty(connection)
    for policy in fleet.policies:
        write_policy(connection, policy)
    holders = [device.holder for device in fleet.devices if device.holder]
    drafts = [PersonDraft(one.container, one.attributes, one.groups, one.active) for one in holders]
    known = iter(add_people(connection, drafts, NOW)) if drafts else iter(())
    devices = tuple(
        replace(device, holder=replace(device.holder, id=next(known)) if device.holder else None)
        for device in fleet.devices
    )
    for one in fleet.given:
        write_assignment(connection, one)
    for device in devices:
        _write_device(connection, device)
    given = snapshots.assignments(connection)
    found = snapshots.devices(connection, [device.id for device in devices])
    store_reviews(connection, [review_of(device, given, NOW) for device in found.values()])
    return tuple(found.values())


def write_policy(connection: Connection, policy: DeviceUsagePolicy) -> None:
    """A first version as it was published."""
    body = {"body": codec.to_json(policy), "published_at": NOW}
    values = {"id": policy.id, "name": policy.name, "current_version": policy.version, "created_at": NOW}
    connection.execute(insert(Policy).values(values))
    connection.execute(insert(PolicyVersion).values(policy_id=policy.id, version=policy.version, **body))


def write_assignment(connection: Connection, one: Assignment) -> None:
    """An assignment with its number; its unit is made where it is missing."""
    unit = ensure_units(connection, [one.container])[one.container] if one.container else None
    values = {"id": one.id, "policy_id": one.policy.id, "unit_id": unit, "groups": sorted(one.groups)}
    connection.execute(insert(PolicyAssignment).values(**values, priority=one.priority, created_at=one.created_at))


def _write_device(connection: Connection, device: DeviceValue) -> None:
    values: dict[str, Any] = {"id": device.id, "serial": device.serial, "state": device.state, "created_at": NOW}
    values |= {"holder_id": device.holder.id if device.holder else None, "free_memory": device.free_memory}
    if device.applied:
        values |= {"applied_policy_id": device.applied.id, "applied_policy_version": device.applied.version}
    connection.execute(insert(Device).values(values))
    if device.contents:
        store_contents(connection, device.id, device.contents)
    for row in _certificates(device):
        connection.execute(insert(Certificate).values(device_id=device.id, created_at=NOW, **row))
    for register in device.registered:
        connection.execute(insert(Registration).values(device_id=device.id, register=register, registered_at=NOW))
    for left in device.leftovers:
        own = {"key_id": left.key_id, "fingerprint": left.fingerprint}
        connection.execute(insert(LeftoverObject).values(device_id=device.id, created_at=NOW, **own))
    for fingerprint in device.known_foreign:
        connection.execute(insert(KnownForeign).values(device_id=device.id, fingerprint=fingerprint, decided_at=NOW))


def _certificates(device: DeviceValue) -> list[dict[str, Any]]:
    rest = {"status": CertificatePlace.WRITTEN, "revocation": Revocation.GOOD}
    rows: list[dict[str, Any]] = [
        {
            **rest,
            "kind": CertificateKind.MANAGED,
            "name": one.template_name,
            "ca": one.template.ca,
            "ca_template": one.template.ca_template,
            "purpose": one.template.purpose,
            "fingerprint": one.fingerprint,
            "key_id": one.key_id,
            "serial": one.serial,
            "not_before": one.not_before,
            "not_after": one.not_after,
            "revocation": one.revocation,
            "attributes": [list(pair) for pair in one.attributes],
            "escrow": one.escrow,
            "history": one.history,
        }
        for one in device.managed
    ]
    for common in device.commons:
        own = {"kind": CertificateKind.COMMON, "name": common.name, "common_version": common.version}
        rows.append({**rest, **own, "fingerprint": common.fingerprint, "key_id": common.key_id})
    for tracked in device.tracked:
        own = {"kind": CertificateKind.TRACKED, "subject": tracked.subject, "not_after": tracked.not_after}
        rows.append({**rest, **own, "fingerprint": tracked.fingerprint})
    return rows
