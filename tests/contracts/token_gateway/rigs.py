"""Tokens under contract: the fake one, SoftHSM2, and SoftHSM2 behind a module that counts wrong PINs."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256

from portal.connectors.x509 import X509Reader
from portal.domain.certificate import KeyAlgorithm
from portal.domain.contents import TokenContents
from portal.domain.outcomes import Done, Outcome, Refused
from portal.domain.troubles import Trouble
from portal.ports.token import (
    GenerateKeyPair,
    ImportKeyPair,
    ReadContents,
    TokenDesk,
    TokenGateway,
    TokenReply,
    WriteCertificate,
)
from tests.fakes.token import FakeToken
from tests.fakes.token_desk import FakeDesk
from tests.support.issuing import certificate_for, pkcs8_of, ready_key, spki_of
from tests.support.pins import Pins
from tests.support.tokens import PIN

#: Every kind of token, near and in a workstation, and in one that loses its power after each effect.
EVERYWHERE = ("fake", "softhsm", "counting", "far")
WITH_CUTS = (*EVERYWHERE, "far_cut")
ONE, TWO = "01" * 20, "02" * 20
SUBJECT = (("CN", "Иванов Иван Иванович"), ("SN", "Иванов"), ("GN", "Иван Иванович"), ("T", "Инженер"))


@dataclass(frozen=True)
class Rig:
    """One token of one kind; a second one exists and is plugged in on demand."""

    desk: TokenDesk
    serial: str
    other: str
    pull: Callable[[str], None]
    plug: Callable[[str], None]
    wrong_pins: Callable[[int], None] | None = None

    @contextmanager
    def open(self, pin: str | None = PIN) -> Iterator[TokenGateway]:
        with self.desk.gateway(self.serial, Pins(pin)) as gateway:
            yield gateway


def fake_rig() -> Rig:
    tokens = {serial: FakeToken(serial, PIN, plugged=serial == "a1") for serial in ("a1", "b2")}

    def plugged(serial: str, *, there: bool) -> None:
        tokens[serial].plugged = there

    def wrong_pins(number: int) -> None:
        tokens["a1"].wrong_pins = number

    desk = FakeDesk(tokens.values(), X509Reader())
    return Rig(
        *(desk, "a1", "b2"),
        lambda serial: plugged(serial, there=False),
        lambda serial: plugged(serial, there=True),
        wrong_pins,
    )


def done(outcome: Outcome[TokenReply]) -> TokenReply:
    assert isinstance(outcome, Done), outcome
    return outcome.reply


def refused(outcome: Outcome[TokenReply], trouble: Trouble) -> Refused:
    assert isinstance(outcome, Refused), outcome
    assert outcome.why.trouble is trouble
    return outcome


def contents_of(gateway: TokenGateway) -> TokenContents:
    contents = done(gateway.carry_out(ReadContents())).contents
    assert contents is not None
    return contents


def generated(gateway: TokenGateway, key_id: str = ONE, algorithm: KeyAlgorithm = KeyAlgorithm.EC_P256) -> bytes:
    return done(gateway.carry_out(GenerateKeyPair(key_id, "Ключ", algorithm))).public_key


def issued(gateway: TokenGateway, key_id: str = ONE, name: str = "Иванов Иван") -> bytes:
    """A certificate written beside a fresh key."""
    certificate = certificate_for(generated(gateway, key_id), name)
    done(gateway.carry_out(WriteCertificate(key_id, "Подпись", certificate)))
    return certificate


def fingerprint(der: bytes) -> str:
    return sha256(der).hexdigest()


def common(kind: str, key_id: str = TWO) -> ImportKeyPair:
    key = ready_key(kind)
    return ImportKeyPair(key_id, "Общий", certificate_for(spki_of(key), "Общий"), pkcs8_of(key))
