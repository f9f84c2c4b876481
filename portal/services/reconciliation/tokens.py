"""Our rows against what was last seen on the tokens."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, exists, func, select

from portal.db import snapshots
from portal.db.base import AnyRow
from portal.db.beside import beside
from portal.db.explained import explained
from portal.db.models import (
    IS_ACTIVE,
    Certificate,
    CertificatePlace,
    Device,
    DeviceContents,
    DeviceFinding,
    Update,
    UpdateStep,
)
from portal.db.transaction import Database
from portal.domain import codec
from portal.domain.certificate import CertificateKind, Revocation, TemplateKey
from portal.domain.contents import TokenContents
from portal.domain.device import DeviceState
from portal.domain.drift import DriftKind
from portal.domain.findings import UpdateReason
from portal.domain.token_drift import gone, unexplained
from portal.domain.update_state import UpdateStatus
from portal.domain.update_steps import StepKind
from portal.ports.clock import Clock
from portal.services.reconciliation.drifts import Drift, Piece, moment, place_subject, token_subject
from portal.services.reconciliation.usability import wanted

AT_ONCE: Final = 1000
_IDLE: Final = ~exists().where(Update.device_id == Device.id, IS_ACTIVE)
_DEVICES: Final = (
    select(Device.id, Device.last_seen_at, DeviceContents.contents)
    .join(DeviceContents, DeviceContents.device_id == Device.id)
    .where(_IDLE, Device.state.in_((DeviceState.ISSUED, DeviceState.PENDING)))
    .order_by(Device.id)
)
_MAKES: Final = (StepKind.GENERATE_KEY.value, StepKind.WRITE_COMMON.value)
_OWN: Final = Certificate
#: Known to the review of the device already: its next update brings the certificate back.
_ON_ITS_WAY: Final = exists().where(
    DeviceFinding.device_id == _OWN.device_id,
    DeviceFinding.reason == UpdateReason.CONTENT_MISSING,
    DeviceFinding.fingerprint == _OWN.fingerprint,
)


@dataclass(frozen=True, slots=True)
class Tokens:
    """Goes through devices that nobody works on, whose tokens were seen since work on them broke off."""

    database: Database
    clock: Clock

    def piece(self, mark: str) -> Piece:
        """The devices after the mark: the number of a device."""
        with self.database.read() as connection:
            rows = list(connection.execute(_DEVICES.where(Device.id > int(mark or 0)).limit(AT_ONCE)))
            found = self._look(connection, rows)
        return Piece(tuple(found), len(rows), str(rows[-1].id) if len(rows) == AT_ONCE else "")

    def one(self, device: int) -> list[Drift]:
        """What is wrong with this token."""
        with self.database.read() as connection:
            return self._look(connection, list(connection.execute(_DEVICES.where(Device.id == device))))

    def _look(self, connection: Connection, rows: Sequence[AnyRow]) -> list[Drift]:
        known = _seen_since(connection, rows)
        told = explained(connection, known)
        found: list[Drift] = []
        for row in rows:
            if row.id not in known:
                continue
            contents, mine = codec.from_json(TokenContents, row.contents), told[row.id]
            lost = gone(contents, mine)
            found += _gone(connection, row.id, lost, known[row.id]) if lost else ()
            for place in unexplained(contents, mine):
                found += self._ours(connection, row.id, place, known[row.id])
        return found

    def _ours(self, connection: Connection, device: int, place: tuple[str, str], seen: str) -> Iterator[Drift]:
        """Something no row explains, if an update of ours made it."""
        key_id, fingerprint = place
        made = _made_by(connection, device, key_id)
        if made is None:
            return
        row = _row(connection, device, fingerprint)
        now = self.clock.now()
        template = TemplateKey(row.ca, row.ca_template, row.purpose) if row is not None and row.purpose else None
        fits = _alive(row, now) and wanted(connection, snapshots.device(connection, device), template, now)
        said = {
            "row": row.status.value if row is not None else "",
            "row_says": row.revocation.value if row is not None else "",
            "key_id": key_id,
            "fingerprint": fingerprint,
            "on_token": "yes",
            "seen_at": seen,
        }
        yield Drift(
            token_subject(device, key_id, fingerprint),
            DriftKind.OURS_WITHOUT_ROW,
            said,
            usable=fits,
            ca=row.ca if row is not None else "",
            serial=row.serial if row is not None else "",
            name=made.step["value"].get("template_name") or made.step["value"].get("common") or "",
            device=device,
            certificate=row.id if row is not None else None,
            update=made.update_id,
            seq=made.seq,
        )


def _alive(row: AnyRow | None, now: datetime) -> bool:
    return row is not None and row.revocation is Revocation.GOOD and row.not_after is not None and row.not_after > now


def _seen_since(connection: Connection, rows: Sequence[AnyRow]) -> dict[int, str]:
    """When each was seen, of those that were since the last work on them broke off."""
    query = select(Update.device_id, func.max(Update.finished_at).label("ended")).group_by(Update.device_id)
    broke = query.where(Update.device_id.in_([row.id for row in rows]), Update.status != UpdateStatus.COMPLETED)
    ended = {row.device_id: row.ended for row in connection.execute(broke)}
    return {
        row.id: moment(row.last_seen_at)
        for row in rows
        if ended.get(row.id) is None or (row.last_seen_at is not None and row.last_seen_at > ended[row.id])
    }


def _gone(connection: Connection, device: int, lost: Collection[str], seen: str) -> list[Drift]:
    query = select(_OWN.id, _OWN.ca, _OWN.serial, _OWN.name, _OWN.revocation, _OWN.not_after, _OWN.subject)
    # by its device: a common certificate has the same fingerprint on every token
    query = query.where(_OWN.device_id == device, beside(_OWN.fingerprint).in_(sorted(lost)))
    rows = connection.execute(query.where(_OWN.status == CertificatePlace.WRITTEN, ~_ON_ITS_WAY))
    return [
        Drift(
            place_subject(row.id),
            DriftKind.GONE,
            {
                "row": CertificatePlace.WRITTEN.value,
                "row_says": row.revocation.value,
                "subject": row.subject,
                "not_after": moment(row.not_after),
                "on_token": "no",
                "seen_at": seen,
            },
            ca=row.ca,
            serial=row.serial,
            name=row.name,
            device=device,
            certificate=row.id,
        )
        for row in rows
    ]


def _made_by(connection: Connection, device: int, key_id: str) -> AnyRow | None:
    """The step of an update of this device that made the key."""
    query = select(UpdateStep.update_id, UpdateStep.seq, UpdateStep.step)
    query = query.join(Update, Update.id == UpdateStep.update_id)
    steps = connection.execute(query.where(Update.device_id == device, UpdateStep.kind.in_(_MAKES)))
    return next((row for row in steps if _value(row.step).get("key_id") == key_id), None)


def _value(stored: dict[str, Any]) -> dict[str, Any]:
    value = stored.get("value")
    return value if isinstance(value, dict) else {}


def _row(connection: Connection, device: int, fingerprint: str) -> AnyRow | None:
    query = select(_OWN.id, _OWN.ca, _OWN.ca_template, _OWN.purpose, _OWN.serial, _OWN.status, _OWN.revocation)
    query = query.add_columns(_OWN.not_after).where(_OWN.device_id == device, beside(_OWN.fingerprint) == fingerprint)
    query = query.where(_OWN.kind == CertificateKind.MANAGED).order_by(_OWN.id.desc())
    return connection.execute(query).first() if fingerprint else None
