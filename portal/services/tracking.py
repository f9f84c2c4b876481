"""Foreign certificates: some are watched from now on, the others were looked at and are left in peace."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, insert, select

from portal.db import snapshots
from portal.db.findings import hold_devices, store_review
from portal.db.models import Certificate, CertificatePlace, Device, KnownForeign, Peculiarity
from portal.db.transaction import Database
from portal.db.upsert import upsert
from portal.domain.audit import AuditTag
from portal.domain.certificate import CertificateKind
from portal.domain.contents import TokenCertificate
from portal.domain.ids import DeviceId, PolicyId
from portal.domain.peculiarities import PeculiarityKind
from portal.ports.clock import Clock
from portal.services.audit import record
from portal.services.reviews import review_of

#: Who watches when the policy does.
BY_POLICY: Final = "policy"
AT_ONCE: Final = 200


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


@dataclass(frozen=True, slots=True)
class AutomaticTracking:
    """Watches every foreign certificate with a key under policies that say so; nobody is asked."""

    database: Database
    clock: Clock

    def follow(self) -> int:
        """Some of the devices on which there is something new to watch; answers how many."""
        now = self.clock.now()
        with self.database.read() as connection:
            acting = {one.policy.id: one.policy for one in snapshots.assignments(connection)}
            watching = [number for number, policy in acting.items() if policy.tracking and policy.track_automatically]
            devices = _with_foreign(connection, watching)
        for device in devices:
            with self.database.begin() as connection:
                hold_devices(connection, [device])
                known = snapshots.device(connection, device)
                new = {one.fingerprint for one in known.foreign() if one.has_key} - known.known_foreign
                keep_choice(connection, device, tracked=frozenset(new), declined=frozenset(), actor=BY_POLICY, now=now)
        return len(devices)


def _with_foreign(connection: Connection, policies: list[PolicyId]) -> list[DeviceId]:
    """Devices under these policies whose last review found a certificate nobody looked at."""
    if not policies:
        return []
    query = (
        select(Peculiarity.device_id)
        .join(Device, Device.id == Peculiarity.device_id)
        .where(Peculiarity.kind == PeculiarityKind.FOREIGN, Device.effective_policy_id.in_(policies))
        .distinct()
        .limit(AT_ONCE)
    )
    return [DeviceId(number) for number in connection.execute(query).scalars()]


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
