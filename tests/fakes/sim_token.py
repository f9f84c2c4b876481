"""A quick model of a token: enough to be updated a hundred thousand times a minute, and to be pulled at any moment."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from portal.domain.contents import TokenCertificate, TokenContents, TokenKey
from portal.domain.outcomes import Absent, Done, Effect, Happened, Outcome, Refused, Unknown, Waiting, WaitingFor
from portal.domain.troubles import Trouble, why
from portal.ports.token import (
    ChangePin,
    GenerateKeyPair,
    ImportKeyPair,
    InitToken,
    PinSource,
    ProveCertificate,
    ReadContents,
    RemoveCertificate,
    RemoveKeyPair,
    ResetPin,
    SignRequest,
    TokenOrder,
    TokenReply,
    WriteCertificate,
)
from tests.fakes.nature import Calm, Nature
from tests.fakes.reader import ModelReader, public_key_of, request_of

READER = ModelReader()
NOTHING = TokenReply()


@dataclass(slots=True)
class SimToken:
    """Keys by id, certificates by place (key id and fingerprint); ``tries`` are the PIN tries left."""

    serial: str
    pin: str
    so_pin: str = "87654321"
    keys: dict[str, bytes] = field(default_factory=dict)
    certificates: dict[tuple[str, str], bytes] = field(default_factory=dict)
    tries: int = 10
    plugged: bool = True
    proved: set[str] = field(default_factory=set)
    #: told before anything changes
    on_change: Callable[[TokenOrder], None] = field(default=lambda _order: None)
    made: int = 0
    wrong_tries: int = 0
    so_tries: int = 0

    def contents(self) -> TokenContents:
        return TokenContents(
            self.serial,
            tuple(self._seen(key_id, der) for (key_id, _), der in self.certificates.items()),
            tuple(TokenKey(key_id, "", "p256", public=True, private=True) for key_id in self.keys),
            complete=True,
        )

    def _seen(self, key_id: str, der: bytes) -> TokenCertificate:
        facts = READER.certificate(der)
        return TokenCertificate(
            facts.fingerprint,
            key_id,
            facts.subject,
            facts.subject,
            facts.issuer,
            facts.serial,
            facts.not_before,
            facts.not_after,
            key_id in self.keys,
        )


@dataclass(slots=True)
class SimGateway:
    """Signs in once, never tries a PIN twice, and asks nature before and after each order."""

    token: SimToken
    wanted: str
    pins: PinSource
    nature: Nature
    signed_in: bool = False

    def carry_out(self, order: TokenOrder) -> Outcome[TokenReply]:
        if isinstance(order, ResetPin | InitToken):
            return self._by_administrator(order)
        trouble = self._sign_in() or self.nature.before("token.carry_out")
        if trouble is not None:
            return trouble
        reply = self._do(order)
        if isinstance(reply, Refused):
            return reply
        return self.nature.after("token.carry_out") or Done(reply)

    def look_up(self, ticket: str) -> Outcome[TokenReply]:
        return Refused(why(Trouble.IN_DOUBT), permanent=True)

    def effect_of(self, order: TokenOrder) -> Effect[TokenReply]:
        trouble = self._sign_in() or self.nature.before("token.effect_of")
        if trouble is not None:
            silent = isinstance(trouble, Refused) and trouble.permanent
            return Unknown(trouble.why, None if silent else trouble.whom)
        return self._look(order)

    def _by_administrator(self, order: ResetPin | InitToken) -> Outcome[TokenReply]:
        trouble = self._away() or self.nature.before("token.carry_out")
        if trouble is not None:
            return trouble
        perhaps = isinstance(order, InitToken) and order.doubtful and order.new_so_pin.reveal() == self.token.so_pin
        if order.so_pin.reveal() != self.token.so_pin and not perhaps:
            self.token.so_tries += 1
            return Refused(why(Trouble.SO_PIN_REFUSED), permanent=True)
        pin = self.pins.pin()
        if pin is None:
            return Refused(why(Trouble.PIN_NEEDED), permanent=False, whom=WaitingFor.PIN)
        if isinstance(order, InitToken):
            if self.token.certificates and self.token.contents().content_hash() != order.content_hash:
                return Refused(why(Trouble.CONTENTS_CHANGED), permanent=True)
            self.token.keys, self.token.certificates = {}, {}
            self.token.so_pin = order.new_so_pin.reveal()
        self.token.pin, self.token.tries, self.signed_in = pin.reveal(), 10, True
        self.pins.accepted()
        return self.nature.after("token.carry_out") or Done(NOTHING)

    def _away(self) -> Refused | None:
        if not self.token.plugged:
            return Refused(why(Trouble.TOKEN_ABSENT), permanent=False, whom=WaitingFor.TOKEN)
        if self.token.serial != self.wanted:
            return Refused(why(Trouble.WRONG_TOKEN), permanent=False, whom=WaitingFor.TOKEN)
        return None

    def _sign_in(self) -> Refused | Waiting | None:
        return self._away() or (None if self.signed_in else self._use_pin())

    def _use_pin(self) -> Refused | None:
        token = self.token
        if token.tries <= 1:
            trouble = Trouble.PIN_LAST_TRY if token.tries else Trouble.PIN_LOCKED
            return Refused(why(trouble), permanent=False, whom=WaitingFor.PIN)
        pin = self.pins.pin()
        if pin is None:
            return Refused(why(Trouble.PIN_NEEDED), permanent=False, whom=WaitingFor.PIN)
        if pin.reveal() != token.pin:
            token.tries -= 1
            token.wrong_tries += 1
            self.pins.refused()
            return Refused(why(Trouble.PIN_INCORRECT), permanent=False, whom=WaitingFor.PIN)
        token.tries = 10
        self.pins.accepted()
        self.signed_in = True
        return None

    def _do(self, order: TokenOrder) -> TokenReply | Refused:
        token = self.token
        match order:
            case ReadContents():
                return TokenReply(contents=token.contents())
            case SignRequest():
                key = token.keys.get(order.key_id)
                return TokenReply(request=request_of(key)) if key else _missing()
            case ProveCertificate():
                return self._prove(order)
            case _:
                token.on_change(order)
                return self._change(order)

    def _change(self, order: TokenOrder) -> TokenReply:
        token = self.token
        match order:
            case GenerateKeyPair():
                if order.key_id not in token.keys:
                    token.made += 1
                    token.keys[order.key_id] = public_key_of(order.key_id, token.made)
                return TokenReply(public_key=token.keys[order.key_id])
            case WriteCertificate():
                fingerprint = READER.certificate(order.certificate).fingerprint
                token.certificates[order.key_id, fingerprint] = order.certificate
                return TokenReply(fingerprint=fingerprint)
            case ImportKeyPair():
                fingerprint = READER.certificate(order.certificate).fingerprint
                token.keys[order.key_id] = order.private_key
                token.certificates[order.key_id, fingerprint] = order.certificate
                return TokenReply(fingerprint=fingerprint)
            case RemoveCertificate():
                token.certificates.pop((order.key_id, order.fingerprint), None)
                return TokenReply(fingerprint=order.fingerprint)
            case RemoveKeyPair():
                token.keys.pop(order.key_id, None)
                return NOTHING
            case ChangePin():
                self.pins.pin()  # the old one is sent along, and with that its ticket ends
                token.pin = order.new_pin.reveal()
                return NOTHING
            case _:
                raise AssertionError(f"the simulated token knows no {order}")

    def _prove(self, order: ProveCertificate) -> TokenReply | Refused:
        der = self.token.certificates.get((order.key_id, order.fingerprint))
        key = self.token.keys.get(order.key_id)
        if der is None or key is None:
            return _missing()
        if der.rpartition(b"|")[2] != key:
            return Refused(why(Trouble.PROOF_FAILED), permanent=True)
        self.token.proved.add(order.fingerprint)
        return TokenReply(fingerprint=order.fingerprint)

    def _look(self, order: TokenOrder) -> Effect[TokenReply]:
        token = self.token
        match order:
            case GenerateKeyPair():
                key = token.keys.get(order.key_id)
                return Happened(TokenReply(public_key=key)) if key else Absent()
            case WriteCertificate() | ImportKeyPair():
                fingerprint = READER.certificate(order.certificate).fingerprint
                there = (order.key_id, fingerprint) in token.certificates
                return Happened(TokenReply(fingerprint=fingerprint)) if there else Absent()
            case RemoveCertificate():
                there = (order.key_id, order.fingerprint) in token.certificates
                return Absent() if there else Happened(TokenReply(fingerprint=order.fingerprint))
            case RemoveKeyPair():
                return Absent() if order.key_id in token.keys else Happened(NOTHING)
            case ChangePin():
                return Happened(NOTHING) if token.pin == order.new_pin.reveal() else Absent()
            case _:
                return Absent()


def _missing() -> Refused:
    return Refused(why(Trouble.OBJECT_MISSING), permanent=True)


@dataclass(slots=True)
class SimDesk:
    """One slot: whatever token is in it."""

    token: SimToken
    nature: Nature = field(default_factory=Calm)

    @contextmanager
    def gateway(self, serial: str, pins: PinSource) -> Iterator[SimGateway]:
        yield SimGateway(self.token, serial, pins, self.nature)
