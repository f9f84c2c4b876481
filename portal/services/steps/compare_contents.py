"""The first look: whether the token is still what the plan was made from."""

from typing import Final

from portal.domain.facts import ContentsSeen
from portal.domain.outcomes import Done, Refused
from portal.domain.troubles import Trouble, why
from portal.domain.update_steps import Step
from portal.ports.token import ReadContents, TokenOrder, TokenReply
from portal.services.step_context import StepContext, StepResult
from portal.services.steps.base import TokenHandler

#: Of the reply: certificates whose private key was gone already, which nobody can see without the PIN.
KEYLESS: Final = "keyless"


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
        keyless = sorted(c.fingerprint for c in reply.contents.certificates if not c.has_key)
        return Done(StepResult({KEYLESS: ",".join(keyless)} if keyless else {}, (ContentsSeen(reply.contents),)))
