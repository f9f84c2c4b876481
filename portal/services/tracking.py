"""Foreign certificates: some are watched from now on, the others were looked at and are left in peace."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, insert

from portal.db import snapshots
from portal.db.findings import hold_devices, store_review
from portal.db.models import Certificate, CertificatePlace, KnownForeign
from portal.db.upsert import upsert
from portal.domain.audit import AuditTag
from portal.domain.certificate import CertificateKind
from portal.domain.contents import TokenCertificate
from portal.domain.ids import DeviceId
from portal.services.audit import record
from portal.services.reviews import review_of


def keep_choice(
    connection: Connection,
    device: DeviceId,
    *,
    tracked: frozenset[str],
    declined: frozenset[str],
    actor: str,
    now: datetime,
) -> None:
    """Write the choice down; what is not foreign on this device is passed over. Raises NotFound."""
    hold_devices(connection, [device])
    declined -= tracked
    foreign = {found.fingerprint: found for found in snapshots.device(connection, device).foreign()}
    _track(connection, device, [foreign[one] for one in sorted(tracked & foreign.keys())], now)
    for fingerprint in sorted(declined & foreign.keys()):
        decision = {"decided_by": actor, "decided_at": now}
        upsert(connection, KnownForeign, {"device_id": device, "fingerprint": fingerprint}, decision)
    for tag, chosen in ((AuditTag.FOREIGN_TRACKED, tracked), (AuditTag.FOREIGN_DECLINED, declined)):
        for fingerprint in sorted(chosen & foreign.keys()):
            what = {"certificate": fingerprint, "name": foreign[fingerprint].subject[:200]}
            record(connection, tag, actor=actor, subject=f"device:{device}", now=now, **what)
    known = snapshots.device(connection, device)
    store_review(connection, review_of(known, snapshots.assignments(connection), now))


def _track(connection: Connection, device: DeviceId, found: Iterable[TokenCertificate], now: datetime) -> None:
    rows = [
        {
            "device_id": device,
            "kind": CertificateKind.TRACKED,
            "name": one.label[:200],
            "fingerprint": one.fingerprint,
            "key_id": one.key_id,
            "serial": one.serial,
            "subject": one.subject[:500],
            "issuer": one.issuer[:500],
            "not_before": one.not_before,
            "not_after": one.not_after,
            "status": CertificatePlace.WRITTEN,
            "created_at": now,
        }
        for one in found
    ]
    if rows:
        connection.execute(insert(Certificate), rows)
