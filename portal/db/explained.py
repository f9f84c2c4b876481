"""What our rows explain of many tokens, from no more columns than it takes: a fleet is soon gone through."""

from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import BindParameter, Connection, bindparam, select

from portal.db.models import Certificate, CertificatePlace, KnownForeign, LeftoverObject
from portal.domain.certificate import CertificateKind
from portal.domain.token_drift import Explained

_NUMBERS: Final[BindParameter[Any]] = bindparam("numbers", expanding=True)
_OWN: Final = Certificate
_WRITTEN: Final = select(_OWN.device_id, _OWN.kind, _OWN.fingerprint, _OWN.key_id).where(
    _OWN.device_id.in_(_NUMBERS), _OWN.status == CertificatePlace.WRITTEN
)
_LEFT: Final = select(LeftoverObject.device_id, LeftoverObject.key_id, LeftoverObject.fingerprint).where(
    LeftoverObject.device_id.in_(_NUMBERS)
)
_LOOKED_AT: Final = select(KnownForeign.device_id, KnownForeign.fingerprint).where(KnownForeign.device_id.in_(_NUMBERS))


def explained(connection: Connection, numbers: Collection[int]) -> dict[int, Explained]:
    """What is explained of the devices with these numbers."""
    found = {number: Explained() for number in numbers}
    given = {"numbers": list(numbers)}
    for device, kind, fingerprint, key_id in connection.execute(_WRITTEN, given):
        if kind is CertificateKind.TRACKED:
            found[device].others.add(fingerprint)
        else:
            found[device].ours.add(fingerprint)
            found[device].keys.add(key_id)
    for device, key_id, left in connection.execute(_LEFT, given):
        found[device].keys.add(key_id)
        if left:
            found[device].others.add(left)
    for device, fingerprint in connection.execute(_LOOKED_AT, given):
        found[device].others.add(fingerprint)
    return found
