"""A desk with tokens in memory. It passes the same contract as the real one, and breaks on order."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace

from portal.connectors.token.translation import RefusalError
from portal.domain.contents import PinTries
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
from tests.fakes.token import FakeToken, Fault
from tests.fakes.token_effects import generate, import_pair, imported, print_of, prove, sign, whole_pair, write, written
from tests.support.issuing import spki_of


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
            fault = take_fault(token, order)
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
                return generate(token, order)
            case SignRequest():
                return sign(token, order)
            case WriteCertificate():
                return write(token, order.key_id, order.label, order.certificate)
            case ImportKeyPair():
                return import_pair(token, order)
            case ProveCertificate():
                return prove(token, order)
            case RemoveCertificate():
                gone = (order.key_id, order.fingerprint)
                token.certificates = [one for one in token.certificates if (one[0], print_of(one[2])) != gone]
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
                pair = whole_pair(token, order.key_id)
                return TokenReply(public_key=spki_of(pair.key)) if pair else None
            case WriteCertificate():
                return written(token, order.key_id, order.certificate)
            case ImportKeyPair():
                return imported(token, order)
            case RemoveCertificate():
                there = any(
                    (one[0], print_of(one[2])) == (order.key_id, order.fingerprint) for one in token.certificates
                )
                return None if there else TokenReply(fingerprint=order.fingerprint)
            case RemoveKeyPair():
                return None if order.key_id in token.pairs else TokenReply()
            case ChangePin():
                return TokenReply() if token.pin == order.new_pin.reveal() else None
            case _:
                return None


def _refused(fault: Fault) -> Refused:
    return Refused(why(fault.trouble), fault.permanent, fault.whom)


def take_fault(token: FakeToken, order: TokenOrder) -> Fault | None:
    for place, fault in enumerate(token.faults):
        if isinstance(order, fault.order):
            if fault.skip:
                token.faults[place] = replace(fault, skip=fault.skip - 1)
                return None
            return token.faults.pop(place)
    return None
