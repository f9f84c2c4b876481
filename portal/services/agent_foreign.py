"""What a workstation may tell of certificates the portal did not write."""

from dataclasses import replace

from sqlalchemy import Connection, select

from portal.db import snapshots
from portal.db.models import Certificate, Device, DeviceContents, Policy
from portal.domain import codec
from portal.domain.contents import TokenContents, TokenSighting


def permitted(connection: Connection, sighting: TokenSighting) -> TokenSighting:
    """The sighting, without certificates nobody knows yet where the policy does not want them from workstations."""
    if sighting.contents is None:
        return sighting
    query = select(Device.id, DeviceContents.contents, Device.effective_policy_id, Policy.current_version)
    query = query.select_from(Device).outerjoin(DeviceContents, DeviceContents.device_id == Device.id)
    query = query.outerjoin(Policy, Policy.id == Device.effective_policy_id).where(Device.serial == sighting.serial)
    device = connection.execute(query).one_or_none()
    if device is None or device.effective_policy_id is None or device.current_version is None:
        return sighting
    if snapshots.policy_version(connection, device.effective_policy_id, device.current_version).agents.report_foreign:
        return sighting
    ours = set(connection.execute(select(Certificate.fingerprint).where(Certificate.device_id == device.id)).scalars())
    before = codec.from_json(TokenContents, device.contents).certificates if device.contents else ()
    known = ours | {certificate.fingerprint for certificate in before}
    kept = tuple(one for one in sighting.contents.certificates if one.fingerprint in known)
    return replace(sighting, contents=replace(sighting.contents, certificates=kept))
