"""A certificate request, signed on the token."""

from base64 import b64encode

from portal.domain.outcomes import Done, Refused
from portal.domain.troubles import Trouble, why
from portal.domain.update_steps import Step, StepKind
from portal.ports.token import SignRequest as SignOrder
from portal.ports.token import TokenOrder, TokenReply
from portal.services.step_context import StepContext, StepResult
from portal.services.steps.base import TokenHandler


class SignRequest(TokenHandler):
    """Changes nothing: after a crash a request is simply signed again."""

    def order(self, step: Step, context: StepContext) -> TokenOrder:
        """RFC 2986, with the subject of the plan."""
        return SignOrder(step.key_id, step.subject, step.alternative)

    def result(self, step: Step, reply: TokenReply, context: StepContext) -> Done[StepResult] | Refused:
        """The request must carry the key that was generated for it."""
        generated = context.reply_of(StepKind.GENERATE_KEY, step.item) or {}
        expected = generated.get("public_key_hash")
        try:
            carried = context.outside.reader.request_key_hash(reply.request)
        except ValueError:
            return Refused(why(Trouble.TOKEN_ERROR), permanent=False)
        if expected is not None and carried != expected:
            return Refused(why(Trouble.PROOF_FAILED), permanent=True)
        return Done(StepResult({"request": b64encode(reply.request).decode()}))
