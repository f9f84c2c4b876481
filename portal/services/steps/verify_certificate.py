"""The proof: only after it does anything old go."""

from portal.domain.outcomes import Done, Refused
from portal.domain.troubles import Trouble, why
from portal.domain.update_steps import Step
from portal.ports.token import ProveCertificate, TokenOrder, TokenReply
from portal.services.step_context import StepContext, StepResult
from portal.services.steps.base import TokenHandler
from portal.services.steps.write_certificate import issued_for


class VerifyCertificate(TokenHandler):
    """Reads the certificate back and lets its key sign."""

    def order(self, step: Step, context: StepContext) -> TokenOrder:
        """Prove the certificate this item wrote."""
        return ProveCertificate(step.key_id, _expected(step, context))

    def result(self, step: Step, reply: TokenReply, context: StepContext) -> Done[StepResult] | Refused:
        """The token must have proved this very certificate."""
        if reply.fingerprint != _expected(step, context):
            return Refused(why(Trouble.PROOF_FAILED), permanent=True)
        return Done(StepResult({"fingerprint": reply.fingerprint}))


def _expected(step: Step, context: StepContext) -> str:
    return step.fingerprint or issued_for(step, context)["fingerprint"]
