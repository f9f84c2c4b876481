"""A token in memory: what it holds and how it behaves."""

from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric import rsa

from portal.connectors.token.translation import RefusalError
from portal.domain.contents import PinTries, TokenCertificate, TokenContents, TokenKey, TokenSighting
from portal.domain.outcomes import WaitingFor
from portal.domain.troubles import Trouble, why
from portal.ports.certificates import CertificateReader
from portal.ports.token import TokenOrder
from tests.support.issuing import PrivateKey


@dataclass(frozen=True, slots=True)
class Pair:
    """A key pair; ``public`` or ``private`` False means that this half is missing."""

    label: str
    key: PrivateKey
    public: bool = True
    private: bool = True


@dataclass(frozen=True, slots=True)
class Fault:
    """The next order of this type fails: before it had an effect, or after (the answer is lost)."""

    order: type[TokenOrder]
    trouble: Trouble
    after_effect: bool = False
    permanent: bool = False
    whom: WaitingFor = WaitingFor.RETRY
    skip: int = 0


@dataclass
class FakeToken:
    """What a token holds and how it behaves; ``room`` is how many objects fit (None: any number)."""

    serial: str
    pin: str = "1234"
    so_pin: str = "12345678"
    label: str = "fake"
    pin_limit: int = 3
    wrong_pins: int = 0
    plugged: bool = True
    read_only: bool = False
    room: int | None = None
    pairs: dict[str, Pair] = field(default_factory=dict)
    certificates: list[tuple[str, str, bytes]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    sign_ins: int = 0

    @property
    def tries(self) -> PinTries:
        if self.wrong_pins >= self.pin_limit:
            return PinTries.LOCKED
        if self.wrong_pins == self.pin_limit - 1:
            return PinTries.LAST
        return PinTries.LOW if self.wrong_pins else PinTries.PLENTY

    def contents(self, reader: CertificateReader, *, signed_in: bool) -> TokenContents:
        """What a session sees."""
        keys = tuple(self._key(key_id, signed_in=signed_in) for key_id in sorted(self.pairs))
        keys = tuple(key for key in keys if key.public or key.private)
        owned = {key.key_id for key in keys if (key.private if signed_in else key.public)}
        certificates = [self._certificate(entry, owned, reader) for entry in self.certificates]
        certificates.sort(key=lambda one: (one.key_id, one.fingerprint))
        return TokenContents(self.serial, tuple(certificates), keys, complete=signed_in)

    def sighting(self, reader: CertificateReader) -> TokenSighting | None:
        """What is seen of it without its PIN; None while it is unplugged."""
        if not self.plugged:
            return None
        contents = self.contents(reader, signed_in=False)
        return TokenSighting(self.serial, self.label, "Fake", "Fake", self.tries, contents)

    def _key(self, key_id: str, *, signed_in: bool) -> TokenKey:
        pair = self.pairs[key_id]
        return TokenKey(key_id, pair.label, algorithm_of(pair.key), pair.public, pair.private if signed_in else None)

    def _certificate(
        self, entry: tuple[str, str, bytes], owned: set[str], reader: CertificateReader
    ) -> TokenCertificate:
        key_id, label, der = entry
        facts = reader.certificate(der)
        return TokenCertificate(
            *(facts.fingerprint, key_id, label, facts.subject, facts.issuer, facts.serial),
            *(facts.not_before, facts.not_after, key_id in owned),
        )

    def check_room(self, wanted: int) -> None:
        """Refuse what does not fit."""
        used = sum(pair.public + pair.private for pair in self.pairs.values()) + len(self.certificates)
        if self.read_only:
            raise RefusalError(why(Trouble.TOKEN_READ_ONLY), permanent=True)
        if self.room is not None and used + wanted > self.room:
            raise RefusalError(why(Trouble.TOKEN_FULL), permanent=True)


def algorithm_of(key: PrivateKey) -> str:
    """The key's algorithm in the product's words."""
    return f"rsa{key.key_size}" if isinstance(key, rsa.RSAPrivateKey) else f"p{key.key_size}"
