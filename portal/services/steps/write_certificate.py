"""The issued certificate, written beside its key."""

from base64 import b64decode

from portal.domain.facts import CertificateRemoved, CertificateWritten, Fact, LeftBehind
from portal.domain.outcomes import Outcome
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
        order = RemoveCertificate(step.key_id, fingerprint)
        return make_absent(order, (CertificateRemoved(fingerprint),), context)

    def left_behind(self, step: Step, context: StepContext) -> tuple[Fact, ...]:
        """The certificate may stay; the next update cleans it away."""
        return (LeftBehind(step.key_id, issued_for(step, context)["fingerprint"]),)


def issued_for(step: Step, context: StepContext) -> StoredReply:
    """What the CA issued for the step's plan item."""
    issued = context.reply_of(StepKind.REQUEST_CERTIFICATE, step.item)
    if issued is None:
        raise LookupError(step.kind)
    return issued
