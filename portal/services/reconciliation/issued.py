"""A certificate an authority issued for an order of ours: who has it, or how it ended."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, select

from portal.db import snapshots
from portal.db.base import AnyRow
from portal.db.models import Certificate, CertificatePlace
from portal.domain.certificate import Revocation
from portal.domain.device import Device
from portal.domain.drift import DriftKind, IssuedForUs, of_issued
from portal.ports.certificates import CertificateFacts
from portal.services.reconciliation.drifts import Drift, issued_subject, moment
from portal.services.reconciliation.usability import key_there, usable

if TYPE_CHECKING:
    from portal.services.reconciliation.orders import OrderRow


@dataclass(frozen=True, slots=True)
class AtAuthority:
    """What the authority has: the certificate and when it came to be; how it stands, None when nobody asked."""

    ca: str
    facts: CertificateFacts
    issued_at: datetime
    standing: Revocation | None = None


def issued_drift(connection: Connection, there: AtAuthority, order: "OrderRow", now: datetime) -> Drift | None:
    """What is wrong with it, if anything."""
    row = _row(connection, there)
    found = IssuedForUs(
        there.issued_at,
        over_since=order.over_since,
        owed=order.owed,
        recorded=row is not None,
        settled=row is not None and _settled(row, now),
    )
    kind = of_issued(found, now)
    return _drift(connection, there, order, kind=kind, now=now) if kind is not None else None


def _row(connection: Connection, there: AtAuthority) -> AnyRow | None:
    query = select(Certificate.id, Certificate.status, Certificate.revocation, Certificate.not_after)
    mine = (Certificate.ca == there.ca, Certificate.serial == there.facts.serial)
    return connection.execute(query.where(*mine).order_by(Certificate.id.desc())).first()


def _settled(row: AnyRow, now: datetime) -> bool:
    """One that never came to the token has ended when it is revoked, or its time is up."""
    if row.status is not CertificatePlace.ISSUED:
        return True
    return row.revocation is Revocation.REVOKED or (row.not_after is not None and row.not_after <= now)


def _drift(connection: Connection, there: AtAuthority, order: "OrderRow", *, kind: DriftKind, now: datetime) -> Drift:
    step, facts = order.record.step, there.facts
    device = snapshots.device(connection, order.device)
    alive = facts.not_after > now and there.standing is not Revocation.REVOKED
    said = {
        "order": step.order_id,
        "run": order.status,
        "over_since": moment(order.over_since),
        "there": there.standing.value if there.standing else "",
        "subject": facts.subject[:500],
        "issued_at": moment(there.issued_at),
        "not_after": moment(facts.not_after),
        "key_on_token": _yes(key_there(device, step.key_id)),
        "on_token": _on_token(device, facts.fingerprint),
    }
    return Drift(
        issued_subject(there.ca, facts.serial),
        kind,
        said,
        usable=alive and usable(connection, device, step, now),
        ca=there.ca,
        serial=facts.serial,
        name=step.template_name,
        device=order.device,
        update=order.update,
        seq=order.record.seq,
    )


def _yes(known: bool | None) -> str:  # noqa: FBT001 - three answers to one question
    return "" if known is None else "yes" if known else "no"


def _on_token(device: Device, fingerprint: str) -> str:
    return _yes(None if device.contents is None else device.contents.has(fingerprint))
