"""What facts make of our records, in memory: the reference for what the database must say."""

from dataclasses import dataclass, field

from portal.domain.contents import TokenContents
from portal.domain.facts import (
    CertificateIssued,
    CertificateRemoved,
    CertificateRetained,
    CertificateRevoked,
    CertificateWritten,
    CommonWritten,
    ContentsSeen,
    DeviceRegistered,
    DeviceWithdrawn,
    Fact,
    KeyGenerated,
    KeyRemoved,
    LeftBehind,
    RegisterOwed,
)
from portal.domain.policy import Register


@dataclass(slots=True)
class Records:
    """One device as our records know it; certificates by fingerprint are issued, written or removed."""

    certificates: dict[str, str] = field(default_factory=dict)
    serials: dict[str, str] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    keys: set[str] = field(default_factory=set)
    history: set[str] = field(default_factory=set)
    revoked: set[str] = field(default_factory=set)
    registered: set[Register] = field(default_factory=set)
    owed: dict[Register, bool] = field(default_factory=dict)
    leftovers: set[tuple[str, str | None]] = field(default_factory=set)
    contents: TokenContents | None = None

    def apply(self, fact: Fact) -> None:  # noqa: C901, PLR0912  one line for each fact there is
        match fact:
            case KeyGenerated():
                self.keys.add(fact.key_id)
            case KeyRemoved():
                self.keys.discard(fact.key_id)
                self.leftovers.discard((fact.key_id, None))  # a certificate left beside it is still there
            case CertificateIssued():
                self.certificates.setdefault(fact.fingerprint, "issued")
                self.places[fact.fingerprint] = fact.key_id
                self.serials[fact.fingerprint] = fact.serial
            case CertificateWritten():
                self.certificates[fact.fingerprint] = "written"
                self.leftovers.discard((self.places[fact.fingerprint], None))
            case CertificateRemoved():
                self.certificates[fact.fingerprint] = "removed"
                self.leftovers = {left for left in self.leftovers if left[1] != fact.fingerprint}
            case CertificateRetained():
                self.history.add(fact.fingerprint)
            case CertificateRevoked():
                self.revoked.add(fact.serial)
            case CommonWritten():
                self.certificates[fact.fingerprint] = "written"
                self.keys.add(fact.key_id)
            case DeviceRegistered():
                self.registered.add(fact.register)
                self.owed.pop(fact.register, None)
            case DeviceWithdrawn():
                self.registered.discard(fact.register)
                self.owed.pop(fact.register, None)
            case RegisterOwed(register=register, on=on):
                self.owed[register] = on
                (self.registered.add if on else self.registered.discard)(register)
            case ContentsSeen():
                self.contents = fact.contents
            case LeftBehind():
                self.leftovers.add((fact.key_id, fact.fingerprint))
                if fact.fingerprint in self.certificates:
                    self.certificates[fact.fingerprint] = "removed"
