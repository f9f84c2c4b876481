"""The issued certificate, written beside its key."""

from base64 import b64decode

from portal.domain.facts import CertificateRemoved, CertificateWritten, Fact, LeftBehind
from portal.domain.outcomes import Outcome
from portal.domain.update_state import StepStatus
from portal.domain.update_steps import Step, StepKind
from portal.ports.journal import StoredReply
from portal.ports.token import RemoveCertificate, TokenOrder
from portal.ports.token import WriteCertificate as WriteOrder
from portal.services.step_context import StepContext
from portal.services.steps.base import WritingHandler, make_absent


class WriteCertificate(WritingHandler):
    """Nothing old is touched yet."""

    undoes = True

    def order(self, step: Step, context: StepContext) -> TokenOrder:
        """The certificate the CA issued for this item."""
        return WriteOrder(step.key_id, step.label, b64decode(issued_for(step, context)["certificate"]))

    def facts(self, step: Step, context: StepContext) -> tuple[Fact, ...]:
        """It is on the token."""
        return (CertificateWritten(issued_for(step, context)["fingerprint"]),)

    def undo(self, step: Step, context: StepContext) -> Outcome[tuple[Fact, ...]]:
        """Remove it again; the key stays, it may be an old one."""
        fingerprint = issued_for(step, context)["fingerprint"]
        return make_absent(RemoveCertificate(step.key_id, fingerprint), self.gone(step, context), context)

    def gone(self, step: Step, context: StepContext) -> tuple[Fact, ...]:
        """No such certificate; an old key whose first certificate went before is now without any."""
        removed = CertificateRemoved(issued_for(step, context)["fingerprint"])
        return (removed, LeftBehind(step.key_id)) if _predecessor_gone(step, context) else (removed,)

    def left_behind(self, step: Step, context: StepContext) -> tuple[Fact, ...]:
        """The certificate may stay; the next update cleans it away."""
        return (LeftBehind(step.key_id, issued_for(step, context)["fingerprint"]),)


def _predecessor_gone(step: Step, context: StepContext) -> bool:
    """Whether the old certificate of the same key went first, so that the key is left alone now."""
    return any(
        r.step.kind is StepKind.REMOVE_CERTIFICATE and r.step.key_id == step.key_id and r.status is StepStatus.DONE
        for r in context.records
    )


def issued_for(step: Step, context: StepContext) -> StoredReply:
    """What the CA issued for the step's plan item."""
    issued = context.reply_of(StepKind.REQUEST_CERTIFICATE, step.item)
    if issued is None:
        raise LookupError(step.kind)
    return issued
