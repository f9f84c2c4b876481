"""A device as the rules see it: what we believe is on it, what was seen on it, and its states."""

from dataclasses import dataclass
from enum import StrEnum, unique

from portal.domain.certificate import CommonOnDevice, ManagedCertificate, TrackedCertificate
from portal.domain.contents import TokenCertificate, TokenContents
from portal.domain.ids import DeviceId, PolicyId
from portal.domain.people import Person
from portal.domain.policy import Register


@unique
class DeviceState(StrEnum):
    """Where a device is in its life."""

    CLEAN = "clean"
    ASSIGNED = "assigned"
    PENDING = "pending"
    ISSUED = "issued"
    DISABLED = "disabled"
    REVOKED = "revoked"


#: States in which an update may be ordered.
UPDATABLE = frozenset({DeviceState.ASSIGNED, DeviceState.PENDING, DeviceState.ISSUED})


@dataclass(frozen=True, slots=True)
class AppliedPolicy:
    """The policy and version a device was last brought in line with."""

    id: PolicyId
    version: int


@dataclass(frozen=True, slots=True)
class Leftover:
    """Something of ours on the token that an earlier update could not take away again."""

    key_id: str
    fingerprint: str | None = None


@dataclass(frozen=True, slots=True)
class Device:
    """One device with its holder.

    ``managed`` (without history first), ``commons`` and ``tracked`` are what our records say is there;
    ``contents`` is what was last seen on the token, None when it was never seen.
    ``known_foreign`` are fingerprints of foreign certificates somebody looked at and chose not to track.
    ``free_memory`` is in bytes, None when the token does not tell.
    """

    id: DeviceId
    serial: str
    state: DeviceState
    holder: Person | None
    applied: AppliedPolicy | None
    managed: tuple[ManagedCertificate, ...] = ()
    commons: tuple[CommonOnDevice, ...] = ()
    tracked: tuple[TrackedCertificate, ...] = ()
    known_foreign: frozenset[str] = frozenset()
    registered: frozenset[Register] = frozenset()
    leftovers: tuple[Leftover, ...] = ()
    contents: TokenContents | None = None
    free_memory: int | None = None
    type: str = ""

    def current(self) -> tuple[ManagedCertificate, ...]:
        """Managed certificates in use, without old decryption keys kept as history."""
        return tuple(c for c in self.managed if not c.history)

    def missing(self, fingerprint: str) -> bool:
        """Whether our records know this certificate but the token, when last seen, did not carry it."""
        return self.contents is not None and not self.contents.has(fingerprint)

    def key_gone(self, key_id: str) -> bool:
        """Whether the token, read after sign-in, has no private key with this CKA_ID."""
        if self.contents is None or not self.contents.complete:
            return False
        beside = any(c.key_id == key_id and c.has_key for c in self.contents.certificates)
        return not beside and not any(k.key_id == key_id and k.private for k in self.contents.keys)

    def lost(self, fingerprint: str, key_id: str) -> bool:
        """Whether what our records know cannot be used any more: the certificate or its private key is not there."""
        return self.missing(fingerprint) or self.key_gone(key_id)

    def known_fingerprints(self) -> frozenset[str]:
        """Fingerprints of everything our records explain: managed, common and tracked."""
        ours = {c.fingerprint for c in self.managed} | {c.fingerprint for c in self.commons}
        return frozenset(ours | {c.fingerprint for c in self.tracked})

    def foreign(self) -> tuple[TokenCertificate, ...]:
        """Certificates seen on the token that are neither ours nor tracked."""
        if self.contents is None:
            return ()
        known = self.known_fingerprints() | {item.fingerprint for item in self.leftovers if item.fingerprint}
        return tuple(c for c in self.contents.certificates if c.fingerprint not in known)
