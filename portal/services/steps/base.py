"""What handlers share: steps that only look, and steps that give one order to the token."""

from abc import ABC, abstractmethod
from typing import assert_never

from portal.domain.facts import Fact
from portal.domain.outcomes import Absent, Accepted, Done, Happened, Outcome, Refused, Unknown, WaitingFor
from portal.domain.troubles import Trouble, why
from portal.domain.update_steps import Step
from portal.ports.token import TokenOrder, TokenReply
from portal.services.step_context import StepContext, StepResult, Verdict


class Handler(ABC):
    """Defaults of a step that changes nothing outside: do it again, nothing to undo."""

    version = 1
    undoes = False
    owes = False

    @abstractmethod
    def carry_out(self, step: Step, context: StepContext) -> Outcome[StepResult]:
        """Do it."""
        ...

    def effect_of(self, step: Step, context: StepContext) -> Verdict:
        """Nothing outside changed: it may be done again."""
        return Absent()

    def look_up(self, step: Step, ticket: str, context: StepContext) -> Outcome[StepResult]:
        """Nobody outside was asked to answer later."""
        return Refused(why(Trouble.IN_DOUBT), permanent=True)

    def told(self, step: Step, context: StepContext) -> Verdict:
        """What later steps need is lost: a person's word cannot replace it."""
        return Refused(why(Trouble.IN_DOUBT), permanent=True)

    def undo(self, step: Step, context: StepContext) -> Outcome[tuple[Fact, ...]]:
        """There is nothing to undo."""
        return Done(())

    def gone(self, step: Step, context: StepContext) -> tuple[Fact, ...]:
        """Nothing was there."""
        return ()

    def left_behind(self, step: Step, context: StepContext) -> tuple[Fact, ...]:
        """Nothing stays behind."""
        return ()


class TokenHandler(Handler):
    """A step that is one order to the token; a subclass says which, and what the answer means."""

    @abstractmethod
    def order(self, step: Step, context: StepContext) -> TokenOrder:
        """The order, the same before and after a crash."""
        ...

    @abstractmethod
    def result(self, step: Step, reply: TokenReply, context: StepContext) -> Done[StepResult] | Refused:
        """What the token's answer means; Refused when it is not what was ordered."""
        ...

    def carry_out(self, step: Step, context: StepContext) -> Outcome[StepResult]:
        """Give the order to the token."""
        return self._outcome(step, context.gateway().carry_out(self.order(step, context)), context)

    def look_up(self, step: Step, ticket: str, context: StepContext) -> Outcome[StepResult]:
        """Ask for the answer of an order a workstation carries out."""
        return self._outcome(step, context.gateway().look_up(ticket), context)

    def _outcome(self, step: Step, outcome: Outcome[TokenReply], context: StepContext) -> Outcome[StepResult]:
        return self.result(step, outcome.reply, context) if isinstance(outcome, Done) else outcome


class WritingHandler(TokenHandler):
    """A token step that changes the token: after a crash the token itself tells whether it did."""

    @abstractmethod
    def facts(self, step: Step, context: StepContext) -> tuple[Fact, ...]:
        """What becomes true."""
        ...

    def result(self, step: Step, reply: TokenReply, context: StepContext) -> Done[StepResult] | Refused:
        """It happened, and that is all there is to say."""
        return Done(StepResult({}, self.facts(step, context)))

    def effect_of(self, step: Step, context: StepContext) -> Verdict:
        """Look at the token."""
        effect = context.gateway().effect_of(self.order(step, context))
        if not isinstance(effect, Happened):
            return effect
        result = self.result(step, effect.reply, context)
        return Happened(result.reply) if isinstance(result, Done) else result

    def told(self, step: Step, context: StepContext) -> Verdict:
        """A person looked at the token."""
        return Happened(StepResult({}, self.facts(step, context)))


def make_absent(order: TokenOrder, facts: tuple[Fact, ...], context: StepContext) -> Outcome[tuple[Fact, ...]]:
    """Carry out a removal unless what it removes is already gone."""
    gateway = context.gateway()
    effect = gateway.effect_of(order)
    match effect:
        case Happened():
            return Done(facts)
        case Absent():
            outcome = gateway.carry_out(order)
            return Done(facts) if isinstance(outcome, Done) else outcome
        case Accepted(waiting=waiting):
            return waiting
        case Unknown(why=reason, whom=whom):
            return Refused(reason, permanent=whom is None, whom=whom or WaitingFor.RETRY)
        case _:
            assert_never(effect)
