"""What a step handler may use, and what it answers; nothing else reaches it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from portal.domain.facts import Fact
from portal.domain.outcomes import Effect, Outcome, Refused
from portal.domain.update_steps import Step, StepKind
from portal.ports.certificate_authority import Authorities
from portal.ports.certificates import CertificateReader
from portal.ports.clock import Clock
from portal.ports.device_descriptions import DeviceDescriptions, Plain
from portal.ports.device_register import DeviceRegisters
from portal.ports.identity_check import IdentityChecker
from portal.ports.journal import StepRecord, StoredReply
from portal.ports.token import Pin, TokenDesk, TokenGateway
from portal.ports.vault import AdministratorPins, CommonCertificates, PinTickets


@dataclass(frozen=True, slots=True)
class Outside:
    """Every door of the engine to the world."""

    desk: TokenDesk
    tickets: PinTickets
    authorities: Authorities
    registers: DeviceRegisters
    commons: CommonCertificates
    reader: CertificateReader
    clock: Clock
    so_pins: AdministratorPins
    identity: IdentityChecker
    describe: DeviceDescriptions = field(default_factory=Plain)


@dataclass(frozen=True, slots=True)
class StepResult:
    """What a step brought: the reply later steps use, and what became true."""

    reply: StoredReply
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class StepContext:
    """One run as its handlers see it.

    ``gateway`` opens the token when it is first asked and answers the same signed-in session ever after.
    ``records`` are the steps as they stand now; ``new_pin`` is the PIN that shall be set, while its ticket lives.
    """

    serial: str
    login: str
    outside: Outside
    gateway: Callable[[], TokenGateway]
    records: Sequence[StepRecord]
    new_pin: Callable[[], Pin | None]

    def reply_of(self, kind: StepKind, item: int) -> StoredReply | None:
        """What the step of this kind brought for the same plan item, None when there is none yet."""
        for record in self.records:
            if record.step.kind is kind and record.step.item == item and record.reply is not None:
                return record.reply
        return None


#: A question about an order after a crash; Refused when what happened must not stand.
Verdict = Effect[StepResult] | Refused


class StepHandler(Protocol):
    """One kind of step. What it orders is a function of the step and of earlier replies alone."""

    version: int
    undoes: bool
    #: whether its undo asks neither token nor person, so that it can be made after the run
    owes: bool

    def carry_out(self, step: Step, context: StepContext) -> Outcome[StepResult]:
        """Do it."""
        ...

    def look_up(self, step: Step, ticket: str, context: StepContext) -> Outcome[StepResult]:
        """What became of it since it answered Waiting."""
        ...

    def effect_of(self, step: Step, context: StepContext) -> Verdict:
        """Whether it took effect, by looking at the world."""
        ...

    def told(self, step: Step, context: StepContext) -> Verdict:
        """A person says that it happened; Refused when later steps cannot do without what it brought."""
        ...

    def undo(self, step: Step, context: StepContext) -> Outcome[tuple[Fact, ...]]:
        """Make sure that what it does is not there; asked only when ``undoes``."""
        ...

    def gone(self, step: Step, context: StepContext) -> tuple[Fact, ...]:
        """What is true once it is undone."""
        ...

    def left_behind(self, step: Step, context: StepContext) -> tuple[Fact, ...]:
        """What may stay on the token when its undo is given up; empty when it cannot be given up."""
        ...
