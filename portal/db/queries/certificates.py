"""Certificates of a device as its card lists them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, bindparam, select

from portal.db.base import AnyRow
from portal.db.models import Certificate, CertificatePlace
from portal.domain.certificate import CertificateKind, CertificateStatus, Purpose, TemplateKey, status_of
from portal.domain.device import Device
from portal.domain.ids import CertificateId, UpdateId
from portal.domain.policy import DeviceUsagePolicy

#: For certificates no template speaks of.
_USUAL_WINDOW: Final = timedelta(days=30)


_KINDS: Final = tuple(CertificateKind)
_OWN: Final = Certificate
_OF_DEVICE: Final = (
    select(_OWN.id, _OWN.kind, _OWN.name, _OWN.ca, _OWN.ca_template, _OWN.purpose, _OWN.revocation, _OWN.status)
    .add_columns(_OWN.serial, _OWN.subject, _OWN.issuer, _OWN.fingerprint, _OWN.key_id, _OWN.history)
    .add_columns(_OWN.not_before, _OWN.not_after, _OWN.common_version, _OWN.update_id)
    .where(_OWN.device_id == bindparam("device"), _OWN.status != CertificatePlace.REMOVED)
    .order_by(_OWN.history, _OWN.id)
)


@dataclass(frozen=True, slots=True)
class CertificateRow:
    """A certificate on a device. ``lost`` when the token, as last seen, does not carry it any more.

    ``id`` is None for a foreign certificate: it was seen on the token, we have no record of our own.
    """

    id: CertificateId | None
    kind: CertificateKind
    name: str
    purpose: Purpose | None
    status: CertificateStatus
    serial: str
    subject: str
    issuer: str
    fingerprint: str
    not_before: datetime | None
    not_after: datetime | None
    history: bool = False
    written: bool = True
    lost: bool = False
    version: int | None = None
    update: UpdateId | None = None


def certificates_of(
    connection: Connection, device: Device, policy: DeviceUsagePolicy | None, now: datetime
) -> tuple[CertificateRow, ...]:
    """Managed, common, tracked, then foreign certificates of the device."""
    rows = connection.execute(_OF_DEVICE, {"device": device.id})
    ours = [_row(row, device, policy, now) for row in rows]
    ours.sort(key=lambda row: _KINDS.index(row.kind))
    return (*ours, *_foreign(device, now))


def _row(row: AnyRow, device: Device, policy: DeviceUsagePolicy | None, now: datetime) -> CertificateRow:
    written = row.status is CertificatePlace.WRITTEN
    window = _window(row, policy)
    end = row.not_after
    return CertificateRow(
        id=CertificateId(row.id),
        kind=row.kind,
        name=row.name,
        purpose=row.purpose,
        status=status_of(end, row.revocation, window, now) if end else CertificateStatus.UNKNOWN,
        serial=row.serial,
        subject=row.subject,
        issuer=row.issuer,
        fingerprint=row.fingerprint,
        not_before=row.not_before,
        not_after=end,
        history=row.history,
        written=written,
        lost=written and device.lost(row.fingerprint, row.key_id),
        version=row.common_version,
        update=None if row.update_id is None else UpdateId(row.update_id),
    )


def _window(row: AnyRow, policy: DeviceUsagePolicy | None) -> timedelta:
    if policy is None or row.purpose is None:
        return _USUAL_WINDOW
    template = policy.template(TemplateKey(row.ca, row.ca_template, row.purpose))
    return template.renewal_window if template else _USUAL_WINDOW


def _foreign(device: Device, now: datetime) -> tuple[CertificateRow, ...]:
    return tuple(
        CertificateRow(
            id=None,
            kind=CertificateKind.FOREIGN,
            name=seen.label,
            purpose=None,
            status=_foreign_status(seen.not_after, now),
            serial=seen.serial,
            subject=seen.subject,
            issuer=seen.issuer,
            fingerprint=seen.fingerprint,
            not_before=seen.not_before,
            not_after=seen.not_after,
        )
        for seen in device.foreign()
    )


def _foreign_status(end: datetime, now: datetime) -> CertificateStatus:
    """Nobody tells us of a foreign certificate's revocation: only time is judged."""
    if end <= now:
        return CertificateStatus.EXPIRED
    return CertificateStatus.EXPIRING if end - _USUAL_WINDOW <= now else CertificateStatus.UNKNOWN
