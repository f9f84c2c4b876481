"""Devices: taken in, and what is seen of their tokens."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, func, insert, select, update

from portal.db import snapshots
from portal.db.base import AnyRow
from portal.db.contents import store_contents
from portal.db.findings import hold_devices, store_review
from portal.db.models import Device, DeviceContents, SearchTerm, TermKind, Update
from portal.db.transaction import Database
from portal.db.words import device_words
from portal.domain.audit import AuditTag
from portal.domain.contents import TokenSighting
from portal.domain.device import DeviceState
from portal.domain.ids import DeviceId, PersonId
from portal.domain.update_state import ACTIVE
from portal.ports.clock import Clock
from portal.services.audit import record
from portal.services.planning import outdated
from portal.services.reviews import review_of

#: Being seen is written down at most so often, unless the contents changed.
_TOUCH: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class DeviceDraft:
    """A device to take in."""

    serial: str
    type: str = ""
    model: str = ""
    manufacturer: str = ""
    label: str = ""
    comment: str = ""
    holder: PersonId | None = None
    state: DeviceState = DeviceState.CLEAN


class Devices:
    """What happens to devices outside of updates."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def sighted(self, sighting: TokenSighting) -> DeviceId | None:
        """Note that a token was seen; answers its device, None when it is not one of ours.

        Contents are stored when they changed and no update was at work on them: while one is, what lies on the token
        is half of a change, and the update itself tells what became true. What was read before its end is older still.
        """
        now = self._clock.now()
        with self._database.read() as connection:
            known = _known(connection, sighting.serial)
        if known is None:
            return None
        changed = not known.busy and not outdated(sighting, known.ended) and _changed(known, sighting)
        if changed or _long_ago(known, sighting, now):
            with self._database.begin() as connection:
                self._store(connection, DeviceId(known.id), sighting, changed=changed, now=now)
        return DeviceId(known.id)

    def _store(
        self, connection: Connection, device: DeviceId, sighting: TokenSighting, *, changed: bool, now: datetime
    ) -> None:
        hold_devices(connection, [device])
        values: dict[str, Any] = {"last_seen_at": now, "last_seen_where": sighting.where[:200]}
        if sighting.free_memory is not None:
            values["free_memory"] = sighting.free_memory
        connection.execute(update(Device).where(Device.id == device).values(values))
        if changed and sighting.contents is not None:
            store_contents(connection, device, sighting.contents)
        if changed:
            store_review(
                connection, review_of(snapshots.device(connection, device), snapshots.assignments(connection), now)
            )
            where = {"actor": "token", "subject": f"device:{device}", "where": sighting.where}
            record(connection, AuditTag.DEVICE_SEEN, now=now, **where)


def add_devices(connection: Connection, drafts: list[DeviceDraft], now: datetime) -> list[DeviceId]:
    """Take devices in with the words they are found by; answers their numbers in order."""
    rows = [_row(draft, now) for draft in drafts]
    added = connection.execute(insert(Device).returning(Device.id, sort_by_parameter_order=True), rows)
    numbers = [DeviceId(number) for number in added.scalars()]
    terms = [
        {"kind": TermKind.DEVICE, "term": word, "entity_id": number}
        for number, draft in zip(numbers, drafts, strict=True)
        for word in device_words(draft.serial, draft.label)
    ]
    if terms:
        connection.execute(insert(SearchTerm), terms)
    return numbers


def _row(draft: DeviceDraft, now: datetime) -> dict[str, object]:
    words = ("serial", "type", "model", "manufacturer", "label", "comment", "state")
    return {**{name: getattr(draft, name) for name in words}, "holder_id": draft.holder, "created_at": now}


def _known(connection: Connection, serial: str) -> AnyRow | None:
    busy = select(Update.id).where(Update.device_id == Device.id, Update.status.in_(sorted(ACTIVE))).exists()
    ended = select(func.max(Update.finished_at)).where(Update.device_id == Device.id).scalar_subquery()
    seen = (Device.id, Device.last_seen_at, Device.last_seen_where, DeviceContents.contents_hash)
    query = select(*seen, busy.label("busy"), ended.label("ended"))
    query = query.outerjoin_from(Device, DeviceContents, DeviceContents.device_id == Device.id)
    return connection.execute(query.where(Device.serial == serial)).one_or_none()


def _changed(known: AnyRow, sighting: TokenSighting) -> bool:
    return sighting.contents is not None and sighting.contents.content_hash() != known.contents_hash


def _long_ago(known: AnyRow, sighting: TokenSighting, now: datetime) -> bool:
    moved = known.last_seen_where != sighting.where[:200]
    return known.last_seen_at is None or moved or now - known.last_seen_at >= _TOUCH
