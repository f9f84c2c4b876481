"""What is peculiar about one device, whatever policy acts: facts that need its whole picture to be seen.

Rules that judge many devices at once read these facts as rows; what they say of a device equals what the rules of
``update_reasons`` say of it, unless the device is not plain.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, unique
from typing import Final

from portal.domain.device import Device
from portal.domain.policy import Register
from portal.domain.standing import leftovers_to_clean

#: The bit of each register in ``registered_bits``. Stored in rows: never renumber, only add.
REGISTER_BITS: Final = {
    Register.ACCESS_MANAGER: 1 << 0,
    Register.SECRET_NET: 1 << 1,
    Register.CONTRACT: 1 << 2,
}


@unique
class PeculiarityKind(StrEnum):
    """What there may be to tell.

    LOST: a certificate of ours, or its key, is not on the token. CHANGED: an attribute of the holder, recorded with a
    certificate, is another now. FOREIGN: a certificate with a key that nobody looked at. LEFTOVER: something of ours
    to take away.
    """

    LOST = "lost"
    CHANGED = "changed"
    FOREIGN = "foreign"
    LEFTOVER = "leftover"


@dataclass(frozen=True, slots=True)
class Peculiarity:
    """One of them; ``subject`` is the attribute, the subject of a foreign certificate or the key left over."""

    kind: PeculiarityKind
    subject: str = ""
    fingerprint: str = ""
    until: datetime | None = None


def peculiarities(device: Device) -> tuple[Peculiarity, ...]:
    """Everything peculiar about the device."""
    return (*_lost(device), *_changed(device), *_foreign(device), *_leftover(device))


def plain(device: Device) -> bool:
    """Whether rules without a look at the whole device may judge it: nothing of ours is there twice."""
    answered = Counter[object](certificate.template for certificate in device.current())
    answered.update(common.name for common in device.commons)
    return all(number == 1 for number in answered.values())


def registered_bits(registers: frozenset[Register]) -> int:
    """One bit for each register."""
    return sum(REGISTER_BITS[register] for register in registers)


def _lost(device: Device) -> Iterator[Peculiarity]:
    ours = [(one.fingerprint, one.key_id) for one in device.current()]
    ours += [(one.fingerprint, one.key_id) for one in device.commons]
    for fingerprint, key_id in ours:
        if device.lost(fingerprint, key_id):
            yield Peculiarity(PeculiarityKind.LOST, fingerprint=fingerprint)


def _changed(device: Device) -> Iterator[Peculiarity]:
    for certificate in device.current() if device.holder else ():
        for name, value in dict(certificate.attributes).items():
            if device.holder and device.holder.attribute(name) != value:
                yield Peculiarity(PeculiarityKind.CHANGED, name, certificate.fingerprint)


def _foreign(device: Device) -> Iterator[Peculiarity]:
    for found in device.foreign():
        if found.has_key and found.fingerprint not in device.known_foreign:
            yield Peculiarity(PeculiarityKind.FOREIGN, found.subject, found.fingerprint, found.not_after)


def _leftover(device: Device) -> Iterator[Peculiarity]:
    for leftover in leftovers_to_clean(device):
        yield Peculiarity(PeculiarityKind.LEFTOVER, leftover.key_id, leftover.fingerprint or "")
