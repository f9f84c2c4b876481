"""Revoking what was replaced or removed, last of all."""

from portal.domain.certificate import Revocation
from portal.domain.facts import CertificateRevoked, Fact
from portal.domain.outcomes import Absent, Done, Happened, Outcome, Refused, Unknown
from portal.domain.update_steps import Step, StepKind
from portal.ports.certificate_authority import RevocationOrder
from portal.services.step_context import StepContext, StepResult, Verdict
from portal.services.steps.base import Handler
from portal.services.steps.request_certificate import ca_of, template_of


class RevokeCertificate(Handler):
    """Revoking what is revoked is done."""

    def carry_out(self, step: Step, context: StepContext) -> Outcome[StepResult]:
        """Revoke it at its CA."""
        ca = ca_of(step, context)
        if isinstance(ca, Refused):
            return ca
        outcome = ca.revoke(RevocationOrder(step.order_id, step.serial, _reason(step, context)))
        return Done(StepResult({}, _facts(step))) if isinstance(outcome, Done) else outcome

    def look_up(self, step: Step, ticket: str, context: StepContext) -> Outcome[StepResult]:
        """A CA that took its time is simply asked again."""
        return self.carry_out(step, context)

    def effect_of(self, step: Step, context: StepContext) -> Verdict:
        """Whether the CA says that it is revoked."""
        ca = ca_of(step, context)
        if isinstance(ca, Refused):
            return Unknown(ca.why, ca.whom)
        revoked = ca.status(step.serial) is Revocation.REVOKED
        return Happened(StepResult({}, _facts(step))) if revoked else Absent()

    def told(self, step: Step, context: StepContext) -> Verdict:
        """A person asked the CA."""
        return Happened(StepResult({}, _facts(step)))


def _facts(step: Step) -> tuple[Fact, ...]:
    return (CertificateRevoked(template_of(step).ca, step.serial),)


def _reason(step: Step, context: StepContext) -> str:
    replaced = context.reply_of(StepKind.REQUEST_CERTIFICATE, step.item) is not None
    return "superseded" if replaced else "cessationOfOperation"
