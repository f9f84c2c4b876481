"""What belongs to devices in tables of their own: certificates, leftovers, registrations, looked-at foreign ones."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

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
    _add_certificates(connection, numbers, parts)
    for foreign in connection.execute(
        select(KnownForeign.device_id, KnownForeign.fingerprint).where(KnownForeign.device_id.in_(numbers))
    ):
        parts[foreign.device_id].known_foreign.append(foreign.fingerprint)
    for entry in connection.execute(
        select(Registration.device_id, Registration.register).where(Registration.device_id.in_(numbers))
    ):
        parts[entry.device_id].registered.append(entry.register)
    left = LeftoverObject
    for thing in connection.execute(
        select(left.device_id, left.key_id, left.fingerprint).where(left.device_id.in_(numbers)).order_by(left.id)
    ):
        parts[thing.device_id].leftovers.append(Leftover(thing.key_id, thing.fingerprint))
    return parts


def _add_certificates(connection: Connection, numbers: Collection[int], parts: dict[int, DeviceParts]) -> None:
    """Only what is written to the token: an issued certificate is still the business of its update."""
    table = Certificate
    query = (
        select(table.device_id, table.kind, table.name, table.ca, table.ca_template, table.purpose, table.revocation)
        .add_columns(table.common_version, table.fingerprint, table.key_id, table.serial, table.subject)
        .add_columns(table.not_before, table.not_after, table.attributes, table.escrow)
        .add_columns(table.revoke_on_removal, table.history)
        .where(table.device_id.in_(numbers), table.status == CertificatePlace.WRITTEN)
        .order_by(table.id)
    )
    for row in connection.execute(query):
        mine = parts[row.device_id]
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
