"""A token in memory. It passes the same contract as the real one, and breaks on order."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_der_private_key

from portal.connectors.token.requests import described
from portal.connectors.token.translation import RefusalError
from portal.domain.certificate import KeyAlgorithm
from portal.domain.contents import PinTries, TokenCertificate, TokenContents, TokenKey, TokenSighting
from portal.domain.outcomes import Absent, Done, Effect, Happened, Outcome, Refused, Unknown, WaitingFor
from portal.domain.troubles import Trouble, why
from portal.ports.certificates import CertificateReader
from portal.ports.token import (
    ChangePin,
    GenerateKeyPair,
    ImportKeyPair,
    InitToken,
    Pin,
    PinSource,
    ProveCertificate,
    ReadContents,
    RemoveCertificate,
    RemoveKeyPair,
    ResetPin,
    SignRequest,
    TokenGateway,
    TokenOrder,
    TokenReply,
    WriteCertificate,
)
from tests.support.issuing import PrivateKey, ready_key, spki_of

_POOL: Final = 3  # RSA keys are slow to make: a token picks from a few, by key id


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


class FakeDesk:
    """Implements portal.ports.token.TokenDesk over tokens in memory."""

    def __init__(self, tokens: Iterable[FakeToken], reader: CertificateReader) -> None:
        self.tokens = list(tokens)
        self._reader = reader

    def gateway(self, serial: str, pins: PinSource) -> AbstractContextManager[TokenGateway]:
        return self._opened(serial, pins)

    @contextmanager
    def _opened(self, serial: str, pins: PinSource) -> "Iterator[FakeGateway]":
        yield FakeGateway(self.tokens, serial, pins, self._reader)


class FakeGateway:
    """Carries out orders on one token in memory."""

    def __init__(self, tokens: list[FakeToken], serial: str, pins: PinSource, reader: CertificateReader) -> None:
        self._tokens = tokens
        self._serial = serial
        self._pins = pins
        self._reader = reader
        self._signed_in: FakeToken | None = None
        self._refused: RefusalError | None = None
        self._changed: Pin | None = None

    def carry_out(self, order: TokenOrder) -> Outcome[TokenReply]:
        try:
            token = self._found() if isinstance(order, ResetPin | InitToken) else self._token()
            fault = _take_fault(token, order)
            if fault and not fault.after_effect:
                return _refused(fault)
            reply = self._carried_out(token, order)
        except RefusalError as ended:
            return ended.refused
        return _refused(fault) if fault else Done(reply)

    def look_up(self, ticket: str) -> Outcome[TokenReply]:
        return Refused(why(Trouble.UNKNOWN_STEP, "ticket", ticket=ticket), permanent=True)

    def effect_of(self, order: TokenOrder) -> Effect[TokenReply]:
        if isinstance(order, ReadContents | SignRequest | ProveCertificate | ResetPin | InitToken):
            return Absent()
        try:
            reply = self._traces(self._token(), order)
        except RefusalError as ended:
            refused = ended.refused
            return Unknown(refused.why, None if refused.permanent else refused.whom)
        return Happened(reply) if reply else Absent()

    def _token(self) -> FakeToken:
        """The token, signed in."""
        if self._refused:
            raise self._refused
        if self._signed_in and not self._signed_in.plugged:
            self._signed_in = None
            raise RefusalError(why(Trouble.TOKEN_REMOVED, wanted=self._serial), whom=WaitingFor.TOKEN)
        if self._signed_in is None:
            self._signed_in = self._sign_in(self._found())
        return self._signed_in

    def _found(self) -> FakeToken:
        plugged = [token for token in self._tokens if token.plugged]
        for token in plugged:
            if token.serial == self._serial:
                return token
        absent = why(Trouble.TOKEN_ABSENT, wanted=self._serial)
        if plugged:
            seen = ", ".join(sorted(token.serial for token in plugged))
            absent = why(Trouble.WRONG_TOKEN, seen=seen, wanted=self._serial)
        raise RefusalError(absent, whom=WaitingFor.TOKEN)

    def _sign_in(self, token: FakeToken) -> FakeToken:
        barred = {PinTries.LAST: Trouble.PIN_LAST_TRY, PinTries.LOCKED: Trouble.PIN_LOCKED}.get(token.tries)
        if barred:
            raise RefusalError(why(barred), whom=WaitingFor.PIN)
        pin = self._pin()
        token.sign_ins += 1
        if pin.reveal() != token.pin:
            token.wrong_pins += 1
            self._refused = RefusalError(why(Trouble.PIN_INCORRECT), whom=WaitingFor.PIN)
            self._pins.refused()
            raise self._refused
        token.wrong_pins = 0
        self._pins.accepted()
        return token

    def _pin(self) -> Pin:
        pin = self._changed or self._pins.pin()
        if pin is None:
            raise RefusalError(why(Trouble.PIN_NEEDED), whom=WaitingFor.PIN)
        return pin

    def _carried_out(self, token: FakeToken, order: TokenOrder) -> TokenReply:  # noqa: C901  one case for each order
        match order:
            case ReadContents():
                return TokenReply(contents=token.contents(self._reader, signed_in=True))
            case GenerateKeyPair():
                return _generate(token, order)
            case SignRequest():
                return _sign(token, order)
            case WriteCertificate():
                return _write(token, order.key_id, order.label, order.certificate)
            case ImportKeyPair():
                return _import(token, order)
            case ProveCertificate():
                return _prove(token, order)
            case RemoveCertificate():
                gone = (order.key_id, order.fingerprint)
                token.certificates = [one for one in token.certificates if (one[0], _print(one[2])) != gone]
                return TokenReply(fingerprint=order.fingerprint)
            case RemoveKeyPair():
                token.pairs.pop(order.key_id, None)
                return TokenReply()
            case ChangePin():
                token.pin = order.new_pin.reveal()
                self._changed = order.new_pin
                return TokenReply()
            case ResetPin():
                return self._reset(token, order)
            case InitToken():
                return self._initialize(token, order)

    def _initialize(self, token: FakeToken, order: InitToken) -> TokenReply:
        contents = token.contents(self._reader, signed_in=False)
        empty = not contents.certificates and not contents.keys
        if not empty and contents.content_hash() != order.content_hash:
            raise RefusalError(why(Trouble.CONTENTS_CHANGED), permanent=True)
        pin = self._pin()
        tried = [order.so_pin, order.new_so_pin] if order.doubtful else [order.so_pin]
        if token.so_pin not in {one.reveal() for one in tried}:
            raise RefusalError(why(Trouble.SO_PIN_REFUSED), permanent=True)
        token.pairs, token.certificates, token.label = {}, [], order.label
        token.so_pin, token.pin, token.wrong_pins = order.new_so_pin.reveal(), pin.reveal(), 0
        self._changed = pin
        self._signed_in = self._sign_in(token)
        return TokenReply()

    def _reset(self, token: FakeToken, order: ResetPin) -> TokenReply:
        pin = self._pin()
        if order.so_pin.reveal() != token.so_pin:
            raise RefusalError(why(Trouble.SO_PIN_REFUSED), permanent=True)
        token.pin, token.wrong_pins, self._changed = pin.reveal(), 0, pin
        self._signed_in = self._sign_in(token)
        return TokenReply()

    def _traces(self, token: FakeToken, order: TokenOrder) -> TokenReply | None:
        """The reply the order would have had, when it left its traces; half of a thing is taken away."""
        match order:
            case GenerateKeyPair():
                pair = _whole_pair(token, order.key_id)
                return TokenReply(public_key=spki_of(pair.key)) if pair else None
            case WriteCertificate():
                return _written(token, order.key_id, order.certificate)
            case ImportKeyPair():
                return _imported(token, order)
            case RemoveCertificate():
                there = any((one[0], _print(one[2])) == (order.key_id, order.fingerprint) for one in token.certificates)
                return None if there else TokenReply(fingerprint=order.fingerprint)
            case RemoveKeyPair():
                return None if order.key_id in token.pairs else TokenReply()
            case ChangePin():
                return TokenReply() if token.pin == order.new_pin.reveal() else None
            case _:
                return None


def algorithm_of(key: PrivateKey) -> str:
    """The key's algorithm in the product's words."""
    return f"rsa{key.key_size}" if isinstance(key, rsa.RSAPrivateKey) else f"p{key.key_size}"


def _print(der: bytes) -> str:
    return sha256(der).hexdigest()


def _refused(fault: Fault) -> Refused:
    return Refused(why(fault.trouble), fault.permanent, fault.whom)


def _take_fault(token: FakeToken, order: TokenOrder) -> Fault | None:
    for place, fault in enumerate(token.faults):
        if isinstance(order, fault.order):
            if fault.skip:
                token.faults[place] = replace(fault, skip=fault.skip - 1)
                return None
            return token.faults.pop(place)
    return None


def _generate(token: FakeToken, order: GenerateKeyPair) -> TokenReply:
    pair = _whole_pair(token, order.key_id)
    if pair is None:
        token.check_room(2)
        pair = Pair(order.label, _fresh_key(order.algorithm, order.key_id))
        token.pairs[order.key_id] = pair
    return TokenReply(public_key=spki_of(pair.key))


def _fresh_key(algorithm: KeyAlgorithm, key_id: str) -> PrivateKey:
    if algorithm.value.startswith("rsa"):
        return ready_key(algorithm.value, int(key_id[-2:], 16) % _POOL)
    return ec.generate_private_key(ec.SECP256R1() if algorithm is KeyAlgorithm.EC_P256 else ec.SECP384R1())


def _whole_pair(token: FakeToken, key_id: str) -> Pair | None:
    pair = token.pairs.get(key_id)
    if pair and not (pair.public and pair.private):
        del token.pairs[key_id]
        return None
    return pair


def _sign(token: FakeToken, order: SignRequest) -> TokenReply:
    pair = token.pairs.get(order.key_id)
    if pair is None or not pair.private:
        raise RefusalError(why(Trouble.OBJECT_MISSING, "key"), permanent=True)
    digest = hashes.SHA384() if algorithm_of(pair.key) == "p384" else hashes.SHA256()
    request = described(order.subject, order.alternative).sign(pair.key, digest)
    return TokenReply(request=request.public_bytes(Encoding.DER))


def _write(token: FakeToken, key_id: str, label: str, der: bytes) -> TokenReply:
    reply = _written(token, key_id, der)
    if reply is None:
        token.check_room(1)
        token.certificates.append((key_id, label, der))
    return TokenReply(fingerprint=_print(der))


def _written(token: FakeToken, key_id: str, der: bytes) -> TokenReply | None:
    there = any((one[0], one[2]) == (key_id, der) for one in token.certificates)
    return TokenReply(fingerprint=_print(der)) if there else None


def _import(token: FakeToken, order: ImportKeyPair) -> TokenReply:
    if _imported(token, order) is None:
        token.check_room(3)
        key = load_der_private_key(order.private_key, None)
        assert isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey)
        token.pairs[order.key_id] = Pair(order.label, key)
        token.certificates.append((order.key_id, order.label, order.certificate))
    return TokenReply(fingerprint=_print(order.certificate))


def _imported(token: FakeToken, order: ImportKeyPair) -> TokenReply | None:
    pair = _whole_pair(token, order.key_id)
    reply = _written(token, order.key_id, order.certificate)
    if pair and reply:
        return reply
    token.pairs.pop(order.key_id, None)
    token.certificates = [one for one in token.certificates if (one[0], one[2]) != (order.key_id, order.certificate)]
    return None


def _prove(token: FakeToken, order: ProveCertificate) -> TokenReply:
    certificate = next(
        (one[2] for one in token.certificates if (one[0], _print(one[2])) == (order.key_id, order.fingerprint)),
        None,
    )
    pair = token.pairs.get(order.key_id)
    if certificate is None or pair is None or not pair.private:
        what = "key" if certificate else "certificate"
        raise RefusalError(why(Trouble.OBJECT_MISSING, what), permanent=True)
    if x509.load_der_x509_certificate(certificate).public_key() != pair.key.public_key():
        raise RefusalError(why(Trouble.PROOF_FAILED), permanent=True)
    return TokenReply(fingerprint=order.fingerprint)
