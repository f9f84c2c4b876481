"""Whether registers of the state have confirmed the holder; nothing is touched before, nothing is undone after."""

from base64 import b64decode

from portal.domain.ids import PersonId
from portal.domain.outcomes import Done, Outcome, Refused, WaitingFor
from portal.domain.troubles import Trouble, why
from portal.domain.update_steps import Step, StepKind
from portal.ports.identity_check import Confirmation, IdentityOrder
from portal.ports.information_kinds import MadeCertificate
from portal.services.step_context import StepContext, StepResult
from portal.services.steps.base import Handler


def identity_order(step: Step) -> IdentityOrder:
    """What the step must have confirmed."""
    return IdentityOrder(step.order_id, PersonId(step.person), step.services, step.validity)


def confirmed(step: Step, context: StepContext) -> Outcome[Confirmation]:
    """Done while the confirmation this step rests on is fresh; else not now, and the run waits for a new one."""
    outcome = context.outside.identity.check(identity_order(step))
    if isinstance(outcome, Done):
        return outcome
    return Refused(outcome.why, permanent=False, whom=WaitingFor.IDENTITY)


class CheckIdentity(Handler):
    """Waits for people and registers, for days if need be."""

    def carry_out(self, step: Step, context: StepContext) -> Outcome[StepResult]:
        """Ask what is known."""
        outcome = context.outside.identity.check(identity_order(step))
        if not isinstance(outcome, Done):
            return outcome
        found = outcome.reply
        return Done(StepResult({"application": str(found.application), "confirmed_at": found.confirmed_at.isoformat()}))

    def look_up(self, step: Step, ticket: str, context: StepContext) -> Outcome[StepResult]:
        """Ask again."""
        return self.carry_out(step, context)


class AnnounceCertificate(Handler):
    """Has an issued certificate made known to its holder's account; once, whoever asks how often."""

    def carry_out(self, step: Step, context: StepContext) -> Outcome[StepResult]:
        """Put it into the queue."""
        issued = context.reply_of(StepKind.REQUEST_CERTIFICATE, step.item)
        if issued is None:
            return Refused(why(Trouble.IN_DOUBT), permanent=True)
        facts = context.outside.reader.certificate(b64decode(issued["certificate"]))
        days = (facts.not_before.date(), facts.not_after.date())
        outcome = context.outside.identity.announce(
            identity_order(step), MadeCertificate(facts.serial, facts.issuer, *days)
        )
        return Done(StepResult({"question": outcome.reply})) if isinstance(outcome, Done) else outcome

    def look_up(self, step: Step, ticket: str, context: StepContext) -> Outcome[StepResult]:
        """Say it again."""
        return self.carry_out(step, context)
