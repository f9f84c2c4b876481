"""What belongs to devices in tables of their own: certificates, leftovers, registrations, looked-at foreign ones."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import BindParameter, Connection, bindparam, select

from portal.db.base import AnyRow
from portal.db.models import Certificate, CertificatePlace, KnownForeign, LeftoverObject, Registration
from portal.domain.certificate import (
    CertificateKind,
    CommonOnDevice,
    ManagedCertificate,
    TemplateKey,
    TrackedCertificate,
)
from portal.domain.device import Leftover
from portal.domain.policy import Register

_NUMBERS: Final[BindParameter[Any]] = bindparam("numbers", expanding=True)
_OWN: Final = Certificate
# only what is written to the token: an issued certificate is still the business of its update
_CERTIFICATES: Final = (
    select(_OWN.device_id, _OWN.kind, _OWN.name, _OWN.ca, _OWN.ca_template, _OWN.purpose, _OWN.revocation)
    .add_columns(_OWN.common_version, _OWN.fingerprint, _OWN.key_id, _OWN.serial, _OWN.subject)
    .add_columns(_OWN.not_before, _OWN.not_after, _OWN.attributes, _OWN.escrow, _OWN.revoke_on_removal, _OWN.history)
    .where(_OWN.device_id.in_(_NUMBERS), _OWN.status == CertificatePlace.WRITTEN)
    .order_by(_OWN.id)
)
_KNOWN_FOREIGN: Final = select(KnownForeign.device_id, KnownForeign.fingerprint).where(
    KnownForeign.device_id.in_(_NUMBERS)
)
_REGISTRATIONS: Final = select(Registration.device_id, Registration.register).where(
    Registration.device_id.in_(_NUMBERS)
)
_LEFTOVERS: Final = (
    select(LeftoverObject.device_id, LeftoverObject.key_id, LeftoverObject.fingerprint)
    .where(LeftoverObject.device_id.in_(_NUMBERS))
    .order_by(LeftoverObject.id)
)


@dataclass(slots=True)
class DeviceParts:
    """The parts of one device, gathered."""

    managed: list[ManagedCertificate] = field(default_factory=list)
    commons: list[CommonOnDevice] = field(default_factory=list)
    tracked: list[TrackedCertificate] = field(default_factory=list)
    known_foreign: list[str] = field(default_factory=list)
    registered: list[Register] = field(default_factory=list)
    leftovers: list[Leftover] = field(default_factory=list)


def device_parts(connection: Connection, numbers: Collection[int]) -> dict[int, DeviceParts]:
    """The parts of these devices, by number."""
    parts: dict[int, DeviceParts] = defaultdict(DeviceParts)
    given = {"numbers": list(numbers)}
    for row in connection.execute(_CERTIFICATES, given):
        _add_certificate(parts[row.device_id], row)
    for number, fingerprint in connection.execute(_KNOWN_FOREIGN, given):
        parts[number].known_foreign.append(fingerprint)
    for number, register in connection.execute(_REGISTRATIONS, given):
        parts[number].registered.append(register)
    for number, key_id, left in connection.execute(_LEFTOVERS, given):
        parts[number].leftovers.append(Leftover(key_id, left))
    return parts


def _add_certificate(mine: DeviceParts, row: AnyRow) -> None:
    match row.kind:
        case CertificateKind.MANAGED:
            mine.managed.append(_managed(row))
        case CertificateKind.COMMON:
            mine.commons.append(CommonOnDevice(row.name, row.common_version, row.fingerprint, row.key_id))
        case _:
            mine.tracked.append(TrackedCertificate(row.fingerprint, row.subject, row.not_after))


def _managed(row: AnyRow) -> ManagedCertificate:
    return ManagedCertificate(
        fingerprint=row.fingerprint,
        key_id=row.key_id,
        template=TemplateKey(row.ca, row.ca_template, row.purpose),
        template_name=row.name,
        serial=row.serial,
        not_before=row.not_before,
        not_after=row.not_after,
        revocation=row.revocation,
        attributes=tuple((name, value) for name, value in row.attributes),
        escrow=row.escrow,
        revoke_on_removal=row.revoke_on_removal,
        history=row.history,
    )
