"""The first look: whether the token is still what the plan was made from."""

from portal.domain.facts import ContentsSeen
from portal.domain.outcomes import Done, Refused
from portal.domain.troubles import Trouble, why
from portal.domain.update_steps import Step
from portal.ports.token import ReadContents, TokenOrder, TokenReply
from portal.services.step_context import StepContext, StepResult
from portal.services.steps.base import TokenHandler


class CompareContents(TokenHandler):
    """Stops the update before its first change when somebody changed the token since."""

    def order(self, step: Step, context: StepContext) -> TokenOrder:
        """Read everything."""
        return ReadContents()

    def result(self, step: Step, reply: TokenReply, context: StepContext) -> Done[StepResult] | Refused:
        """Compare by content hash: the same certificates in the same places."""
        if reply.contents is None:
            return Refused(why(Trouble.TOKEN_ERROR), permanent=False)
        if reply.contents.content_hash() != step.content_hash:
            return Refused(why(Trouble.CONTENTS_CHANGED), permanent=True)
        return Done(StepResult({}, (ContentsSeen(reply.contents),)))
