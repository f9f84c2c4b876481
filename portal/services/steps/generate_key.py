"""A new key pair on the token."""

from hashlib import sha256

from portal.domain.facts import Fact, KeyGenerated, KeyRemoved, LeftBehind
from portal.domain.outcomes import Done, Outcome, Refused
from portal.domain.troubles import Trouble, why
from portal.domain.update_steps import Step
from portal.ports.token import GenerateKeyPair, RemoveKeyPair, TokenOrder, TokenReply
from portal.services.step_context import StepContext, StepResult
from portal.services.steps.base import WritingHandler, make_absent


class GenerateKey(WritingHandler):
    """Its key id was chosen with the plan, so that the pair is found again after any crash."""

    undoes = True

    def order(self, step: Step, context: StepContext) -> TokenOrder:
        """The pair the template asks for."""
        if step.algorithm is None:
            raise ValueError(step.kind)
        return GenerateKeyPair(step.key_id, step.label, step.algorithm)

    def result(self, step: Step, reply: TokenReply, context: StepContext) -> Done[StepResult] | Refused:
        """Remember the public key: the request and the certificate must carry it."""
        if not reply.public_key:
            return Refused(why(Trouble.TOKEN_ERROR), permanent=False)
        return Done(StepResult({"public_key_hash": sha256(reply.public_key).hexdigest()}, self.facts(step, context)))

    def facts(self, step: Step, context: StepContext) -> tuple[Fact, ...]:
        """A key of ours is on the token."""
        return (KeyGenerated(step.key_id, step.label),)

    def undo(self, step: Step, context: StepContext) -> Outcome[tuple[Fact, ...]]:
        """Remove the pair."""
        return make_absent(RemoveKeyPair(step.key_id), self.gone(step, context), context)

    def gone(self, step: Step, context: StepContext) -> tuple[Fact, ...]:
        """No such pair."""
        return (KeyRemoved(step.key_id),)

    def left_behind(self, step: Step, context: StepContext) -> tuple[Fact, ...]:
        """The pair may stay; the next update cleans it away."""
        return (LeftBehind(step.key_id),)
