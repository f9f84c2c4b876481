"""Devices made by hand as rows: the device, what is on it, who knows of it, and how it stands."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, update

from portal.connectors.x509 import X509Reader
from portal.db import snapshots
from portal.db.contents import store_contents
from portal.db.findings import store_review
from portal.db.models import Certificate, CertificatePlace, Device, LeftoverObject, Registration
from portal.domain.certificate import CertificateKind, CommonOnDevice, ManagedCertificate, Revocation
from portal.domain.contents import TokenContents
from portal.domain.device import AppliedPolicy
from portal.domain.ids import DeviceId
from portal.domain.people import Person
from portal.seed.fleet_certificates import ISSUER, subject_of
from portal.seed.paper_devices import PaperDevice
from portal.seed.real_devices import RealDevice
from portal.seed.stage import Stage
from portal.seed.token_wishes import MadeCertificate, MadeCommon, MadeToken
from portal.services.devices import DeviceDraft, add_devices
from portal.services.reviews import review_of


def store_real(connection: Connection, stage: Stage, real: RealDevice, made: MadeToken) -> DeviceId:
    """Store a device whose token was prepared; it was last seen where it was prepared."""
    draft = DeviceDraft(
        serial=made.serial,
        type="SoftHSM",
        model=made.model,
        manufacturer=made.manufacturer,
        label=real.label,
        comment=real.comment,
        holder=stage.person(real.holder).id,
        state=real.state,
    )
    (number,) = add_devices(connection, [draft], stage.in_days(-365))
    _seen(connection, number, made.contents, where=made.where, free_memory=made.free_memory, now=stage.now)
    _applied(connection, number, real.applied)
    rows = [_issued_row(number, one) for one in made.certificates]
    rows += [_common_row(number, one, stage.now) for one in made.commons]
    _add_rows(connection, rows)
    for register in sorted(real.registered):
        values = {"device_id": number, "register": register, "registered_at": stage.in_days(-300)}
        connection.execute(insert(Registration).values(values))
    _judge(connection, number, stage.now)
    return number


def store_paper(connection: Connection, stage: Stage, paper: PaperDevice) -> None:
    """Store a device that exists on paper only."""
    device = paper.device
    draft = DeviceDraft(
        serial=device.serial,
        type="Рутокен",
        model=paper.model,
        manufacturer="Актив",
        label=paper.label,
        comment=paper.comment,
        holder=device.holder.id if device.holder else None,
        state=device.state,
    )
    (number,) = add_devices(connection, [draft], stage.in_days(-400))
    _applied(connection, number, device.applied)
    if device.contents:
        seen_at = stage.in_days(-8)
        _seen(connection, number, device.contents, where="WS-0417", free_memory=None, now=seen_at)
    _add_rows(connection, list(_paper_rows(number, paper, stage.now)))
    for register in sorted(device.registered):
        values = {"device_id": number, "register": register, "registered_at": stage.in_days(-300)}
        connection.execute(insert(Registration).values(values))
    for left in device.leftovers:
        values = {"device_id": number, "key_id": left.key_id, "fingerprint": left.fingerprint}
        connection.execute(insert(LeftoverObject).values(**values, created_at=stage.in_days(-8)))
    _judge(connection, number, stage.now)


def _judge(connection: Connection, number: DeviceId, now: datetime) -> None:
    store_review(connection, review_of(snapshots.device(connection, number), snapshots.assignments(connection), now))


def _applied(connection: Connection, number: DeviceId, applied: AppliedPolicy | None) -> None:
    if applied:
        values = {"applied_policy_id": applied.id, "applied_policy_version": applied.version}
        connection.execute(update(Device).where(Device.id == number).values(values))


def _seen(
    connection: Connection,
    number: DeviceId,
    contents: TokenContents,
    *,
    where: str,
    free_memory: int | None,
    now: datetime,
) -> None:
    store_contents(connection, number, contents)
    place = {"last_seen_at": now, "last_seen_where": where, "free_memory": free_memory}
    connection.execute(update(Device).where(Device.id == number).values(place))


def _add_rows(connection: Connection, rows: list[dict[str, Any]]) -> None:
    for row in rows:
        connection.execute(insert(Certificate).values(row))


def _issued_row(number: DeviceId, made: MadeCertificate) -> dict[str, Any]:
    wish, facts = made.wish, X509Reader().certificate(made.der)
    template = wish.template
    return {
        "device_id": number,
        "kind": CertificateKind.MANAGED,
        "name": template.name,
        "ca": template.key.ca,
        "ca_template": template.key.ca_template,
        "purpose": template.key.purpose,
        "fingerprint": facts.fingerprint,
        "key_id": made.key_id,
        "serial": facts.serial,
        "subject": facts.subject,
        "issuer": facts.issuer,
        "not_before": facts.not_before,
        "not_after": facts.not_after,
        "revocation": Revocation.REVOKED if wish.revoked else Revocation.GOOD,
        "attributes": _attributes(template.tracked_attributes, wish.person),
        "escrow": template.escrow,
        "revoke_on_removal": template.revoke_on_removal,
        "status": CertificatePlace.WRITTEN,
        "der": made.der,
        "created_at": facts.not_before,
    }


def _attributes(names: tuple[str, ...], person: Person) -> list[list[str]]:
    return [[name, person.attribute(name)] for name in names]


def _common_row(number: DeviceId, made: MadeCommon, now: datetime) -> dict[str, Any]:
    der = made.wish.material.certificate
    facts = X509Reader().certificate(der)
    return {
        "device_id": number,
        "kind": CertificateKind.COMMON,
        "name": made.wish.name,
        "common_version": made.wish.version,
        "fingerprint": facts.fingerprint,
        "key_id": made.key_id,
        "serial": facts.serial,
        "subject": facts.subject,
        "issuer": facts.issuer,
        "not_before": facts.not_before,
        "not_after": facts.not_after,
        "status": CertificatePlace.WRITTEN,
        "der": der,
        "created_at": now,
    }


def _paper_rows(number: DeviceId, paper: PaperDevice, now: datetime) -> Iterator[dict[str, Any]]:
    device = paper.device
    subject = subject_of(device.holder) if device.holder else ""
    for one in device.managed:
        yield {"device_id": number, "subject": subject, **_managed_row(one)}
    for common in device.commons:
        yield {"device_id": number, "created_at": now, **_written_row(common)}


def _managed_row(one: ManagedCertificate) -> dict[str, Any]:
    template = one.template
    return {
        "kind": CertificateKind.MANAGED,
        "name": one.template_name,
        "ca": template.ca,
        "ca_template": template.ca_template,
        "purpose": template.purpose,
        "fingerprint": one.fingerprint,
        "key_id": one.key_id,
        "serial": one.serial,
        "issuer": ISSUER,
        "not_before": one.not_before,
        "not_after": one.not_after,
        "created_at": one.not_before,
        "attributes": [list(pair) for pair in one.attributes],
        "revoke_on_removal": one.revoke_on_removal,
        "status": CertificatePlace.WRITTEN,
    }


def _written_row(common: CommonOnDevice) -> dict[str, Any]:
    return {
        "kind": CertificateKind.COMMON,
        "name": common.name,
        "common_version": common.version,
        "fingerprint": common.fingerprint,
        "key_id": common.key_id,
        "status": CertificatePlace.WRITTEN,
    }
