"""Small frozen rows that several pages share; tuples, since a list makes fifty of each."""

from datetime import datetime
from typing import NamedTuple

from portal.domain.device import DeviceState
from portal.domain.findings import UpdateReason
from portal.domain.ids import DeviceId, PersonId, PolicyId, UpdateId
from portal.domain.update_state import UpdateStatus


class DeviceRow(NamedTuple):
    """A device in a list. ``reasons`` are the due ones; ``update`` is the active run, if there is one."""

    id: DeviceId
    serial: str
    type: str
    model: str
    label: str
    state: DeviceState
    holder_id: PersonId | None
    holder: str
    policy_id: PolicyId | None
    policy: str
    reasons: tuple[UpdateReason, ...]
    possible: bool
    problem: str
    earliest_not_after: datetime | None
    last_seen_at: datetime | None
    last_seen_where: str
    update: UpdateId | None
    update_status: UpdateStatus | None

    @property
    def due(self) -> bool:
        return bool(self.reasons)


class PersonRow(NamedTuple):
    """A person in a list, with the devices he holds."""

    id: PersonId
    name: str
    login: str
    email: str
    title: str
    unit: tuple[str, ...]
    active: bool
    devices: tuple[DeviceRow, ...] = ()
