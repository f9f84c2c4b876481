"""Trying the connection step by step: is anybody there, can we sign, is a message taken, is there a queue."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum, unique
from typing import Final

from sqlalchemy.exc import IntegrityError

from portal.domain.audit import AuditTag
from portal.domain.errors import Conflict, OutsideUnavailable
from portal.domain.identity import IdentityClaim, Sex
from portal.domain.identity_check import IdentityService
from portal.domain.outcomes import Done, Refused
from portal.ports.exchange import OutgoingMessage, rule_of
from portal.ports.information_kinds import InformationKinds, Question
from portal.services.audit import AuditLog
from portal.services.exchange_settings import Exchange
from portal.services.exchange_watch import ExchangeWatch
from portal.services.identity_answering import IdentityAnswering
from portal.services.identity_asking import Sender


@unique
class TrialStep(StrEnum):
    """What is tried, in this order."""

    REACH = "reach"
    SIGN = "sign"
    SEND = "send"
    QUEUE = "queue"

    @property
    def next(self) -> "TrialStep | None":
        """What is tried after it, when it went well."""
        steps = list(TrialStep)
        place = steps.index(self) + 1
        return steps[place] if place < len(steps) else None


@dataclass(frozen=True, slots=True)
class Tried:
    """How a step went; ``code`` names what went wrong or what was special, ``detail`` is safe to show."""

    step: TrialStep
    well: bool
    code: str = ""
    detail: str = ""
    rule: str = ""


#: Nobody: the message is marked as a test, so that no register counts it.
_NOBODY: Final = IdentityClaim("Проверкин", "Проверка", "", date(1980, 1, 1), Sex.MALE, snils="11223344595")


@dataclass(frozen=True, slots=True)
class ExchangeTrial:
    """Tries what is set and saved."""

    exchange: Exchange
    kinds: InformationKinds
    answering: IdentityAnswering
    watch: ExchangeWatch
    audit: AuditLog

    def try_step(self, step: TrialStep, *, actor: str) -> Tried:
        """Try one step; what went wrong is told, never raised. Raises Conflict while nothing is set."""
        sender = self.exchange.apart()
        if sender is None:
            raise Conflict("exchange_not_set")
        try:
            tried = _TRIES[step](self, sender)
        except OutsideUnavailable as error:
            tried = Tried(step, well=False, code="silent", detail=error.data.get("why", error.code))
        if not tried.well or step.next is None:
            said = {"step": step.value, "happened": "yes" if tried.well else tried.code}
            self.audit.record(AuditTag.EXCHANGE_TRIED, actor=actor, subject="exchange", **said)
        return tried

    def try_all(self, *, actor: str) -> Iterable[Tried]:
        """Every step until one goes wrong."""
        step: TrialStep | None = TrialStep.REACH
        while step is not None:
            tried = self.try_step(step, actor=actor)
            yield tried
            step = step.next if tried.well else None

    def _reach(self, sender: Sender) -> Tried:
        health = sender.exchange.health()
        return Tried(TrialStep.REACH, health.reachable, "" if health.reachable else "unreachable", health.trouble)

    def _sign(self, sender: Sender) -> Tried:
        signer = sender.exchange.health().signer
        if signer is None:
            return Tried(TrialStep.SIGN, well=True, code="adapter_signs")
        if not signer.ready:
            return Tried(TrialStep.SIGN, well=False, code="no_signer", detail=signer.trouble)
        self.watch.look_at_certificate()
        until = signer.not_after.strftime("%d.%m.%Y") if signer.not_after else ""
        return Tried(TrialStep.SIGN, well=True, code="signs", detail=until)

    def _send(self, sender: Sender) -> Tried:
        number = sender.number()
        question = Question(_NOBODY, number, sender.asker, sender.routing)
        content = self.kinds.write(IdentityService.SNILS, question)
        match sender.exchange.send(OutgoingMessage(number, content, test=True)):
            case Done():
                return Tried(TrialStep.SEND, well=True)
            case Refused() as refused:
                said = refused.why.detail or refused.why.trouble.value
                return Tried(TrialStep.SEND, well=False, code="refused", detail=said, rule=rule_of(refused).value)
            case _:
                return Tried(TrialStep.SEND, well=True, code="taken_later")

    def _queue(self, sender: Sender) -> Tried:
        """What waits there is taken as always, so that nothing is lost by trying."""
        try:
            taken = self.answering.take(sender.exchange)
        except IntegrityError:  # whoever is at work took the same message a moment earlier
            taken = 1
        self.watch.answered()
        return Tried(TrialStep.QUEUE, well=True, code="taken" if taken else "", detail=str(taken) if taken else "")


_TRIES: Final = {
    TrialStep.REACH: ExchangeTrial._reach,  # noqa: SLF001  one way for each step of the class above
    TrialStep.SIGN: ExchangeTrial._sign,  # noqa: SLF001
    TrialStep.SEND: ExchangeTrial._send,  # noqa: SLF001
    TrialStep.QUEUE: ExchangeTrial._queue,  # noqa: SLF001
}
