"""Who is disabled or gone in a directory outside: switched off here, and what is done with his devices by rule."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import Connection, func, literal, or_, select, update

from portal.db import audit_chain
from portal.db.models import Account, AccountSession, Device, DirectoryLink, Person
from portal.db.transaction import Database
from portal.domain.audit import AuditEvent, AuditTag
from portal.domain.connectors.ldap import Leaving
from portal.domain.device import DeviceState
from portal.domain.device_life import Denial, RevocationReason
from portal.domain.directory_sync import LinkKind, SyncEvent, correlation_of
from portal.domain.errors import Conflict, NotFound, PolicyForbids
from portal.domain.ids import DeviceId
from portal.services.device_life import DeviceLife
from portal.services.directory_links import DISABLED_THERE
from portal.services.directory_run import Line, SyncRun
from portal.services.editors import look_again
from portal.services.in_parts import batches

_ACTOR: Final = "directory"
_AT_ONCE: Final = 50
#: What each rule touches; every other device is so already, or has nothing to switch off.
_SUSPENDED: Final = (DeviceState.ISSUED,)
_REVOKED: Final = (DeviceState.PENDING, DeviceState.ISSUED, DeviceState.DISABLED)
#: An update is at the device: once that is over it is switched off.
_LATER: Final = frozenset({f"life_{Denial.RUNNING.value}", f"life_{Denial.PENDING.value}"})


class There(NamedTuple):
    """Somebody who follows the directory and was there last; ``active`` as far as we know."""

    person: int
    active: bool


def people_there(connection: Connection, run: SyncRun) -> dict[str, There]:
    """Everybody who follows this directory and was not gone last, by key: also whoever is only switched off there."""
    query = select(DirectoryLink.key, Person.id, Person.active).join(Person, Person.id == DirectoryLink.local_id)
    mine = (DirectoryLink.connector_id == run.connector, DirectoryLink.kind == LinkKind.PERSON)
    there = query.where(*mine, Person.active | (DirectoryLink.mark == DISABLED_THERE))
    return {row.key: There(row.id, row.active) for row in connection.execute(there)}


def switch_off(
    connection: Connection, run: SyncRun, people: Collection[int], event: SyncEvent, *, now: datetime
) -> list[Line]:
    """Switch these people off, and note what is to be done with their devices; whoever is gone may be off already."""
    gone = event is SyncEvent.GONE
    rule = run.settings.when_gone if gone else run.settings.when_disabled
    own = (Person.id.in_(people), or_(literal(gone), Person.active))
    held = select(Person.id, Person.login, Person.active).where(*own).order_by(Person.id)
    rows = connection.execute(held.with_for_update(key_share=True)).all()
    numbers, last = [row.id for row in rows], [row for row in rows if row.active]
    off = update(Person).where(Person.id.in_([row.id for row in last]))
    connection.execute(off.values(active=False, version=Person.version + 1))
    _owe(connection, run, numbers, rule, mark="" if gone else DISABLED_THERE)
    accounts = select(Account.id).where(Account.person_id.in_(numbers))
    open_ = update(AccountSession).where(AccountSession.account_id.in_(accounts), AccountSession.revoked_at.is_(None))
    connection.execute(open_.values(revoked_at=now))
    look_again(connection, Person.id.in_(numbers), now)
    tag, token = AuditTag.PERSON_DEACTIVATED, correlation_of(run.id)
    told = (AuditEvent(tag, run.actor, f"person:{row.id}", {"login": row.login}, token) for row in last)
    audit_chain.append_all(connection, told, now)
    _count_devices(connection, run, numbers, rule)
    return [Line(event, row.login, rule.value, row.id) for row in rows]


def _owe(connection: Connection, run: SyncRun, people: Collection[int], rule: Leaving, *, mark: str) -> None:
    """What is owed already for being disabled is not made less by being gone."""
    links = update(DirectoryLink).where(
        DirectoryLink.connector_id == run.connector,
        DirectoryLink.kind == LinkKind.PERSON,
        DirectoryLink.local_id.in_(people),
    )
    connection.execute(links.values(mark=mark))
    if rule is Leaving.REVOKE:
        connection.execute(links.values(owed=rule.value))
    elif rule is Leaving.SUSPEND:
        connection.execute(links.where(DirectoryLink.owed == "").values(owed=rule.value))


def who_would_leave(connection: Connection, leaving: Mapping[int, SyncEvent]) -> list[Line]:
    """A line for each of these people, who are left as they are; it tells what would become of him."""
    lines: list[Line] = []
    for part in batches(sorted(leaving)):
        rows = connection.execute(select(Person.id, Person.login).where(Person.id.in_(part)).order_by(Person.id))
        lines += [Line(SyncEvent.LEAVING, row.login, leaving[row.id].value, row.id) for row in rows]
    return lines


def _count_devices(connection: Connection, run: SyncRun, people: Collection[int], rule: Leaving) -> None:
    states = {Leaving.SUSPEND: _SUSPENDED, Leaving.REVOKE: _REVOKED}.get(rule)
    if states is None:
        return
    touched = select(func.count()).select_from(Device).where(Device.holder_id.in_(people), Device.state.in_(states))
    number = int(connection.execute(touched).scalar_one())
    if rule is Leaving.SUSPEND:
        run.devices.suspended += number
    else:
        run.devices.revoked += number


@dataclass(frozen=True, slots=True)
class DirectoryLeavers:
    """Does with devices of people who left what the rule of their directory says; each may be done twice."""

    database: Database
    life: DeviceLife

    def settle(self) -> int:
        """Do what is owed, some people at a time; answers for how many.

        Whoever they are: some whose devices wait for long, be they ever so many, keep nobody else waiting.
        """
        query = select(DirectoryLink.local_id, DirectoryLink.owed).where(
            DirectoryLink.kind == LinkKind.PERSON, DirectoryLink.owed != ""
        )
        with self.database.read() as connection:
            rows = connection.execute(query.order_by(func.random()).limit(_AT_ONCE)).all()
        for row in rows:
            self._settle(row.local_id, Leaving(row.owed))
        return len(rows)

    def _settle(self, person: int, rule: Leaving) -> None:
        with self.database.read() as connection:
            away = connection.execute(select(Person.id).where(Person.id == person, ~Person.active)).first()
            held = select(Device.id).where(Device.holder_id == person, Device.state != DeviceState.REVOKED)
            devices = connection.execute(held.order_by(Device.id)).scalars().all() if away else ()
        done = [self._settled(DeviceId(device), rule) for device in devices]
        if not all(done):
            return  # the sweeper comes again
        mine = (DirectoryLink.kind == LinkKind.PERSON, DirectoryLink.local_id == person)
        with self.database.begin() as connection:
            connection.execute(update(DirectoryLink).where(*mine, DirectoryLink.owed == rule.value).values(owed=""))

    def _settled(self, device: DeviceId, rule: Leaving) -> bool:
        """Whether nothing is left to do: done, so already, or its state has nothing to switch off."""
        try:
            self._do(device, rule)
        except PolicyForbids as refusal:
            return refusal.code not in _LATER
        except (Conflict, NotFound):
            return True
        return True

    def _do(self, device: DeviceId, rule: Leaving) -> None:
        if rule is Leaving.REVOKE:
            self.life.revoke(device, RevocationReason.HOLDER_LEFT, actor=_ACTOR)
        else:
            self.life.disable(device, actor=_ACTOR)
