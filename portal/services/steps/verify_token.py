"""The last look: whether the token carries what the plan promised."""

from portal.domain.contents import TokenContents
from portal.domain.facts import ContentsSeen
from portal.domain.outcomes import Done, Refused
from portal.domain.troubles import Trouble, why
from portal.domain.update_state import StepStatus
from portal.domain.update_steps import Step, StepKind
from portal.ports.token import ReadContents, TokenOrder, TokenReply
from portal.services.step_context import StepContext, StepResult
from portal.services.steps.base import TokenHandler
from portal.services.steps.compare_contents import KEYLESS


class VerifyToken(TokenHandler):
    """Compares by fingerprints: what must be there with its key, and what must be gone.

    A key that was gone before this run began is no difference: the next review says that it is missing.
    """

    def order(self, step: Step, context: StepContext) -> TokenOrder:
        """Read everything."""
        return ReadContents()

    def result(self, step: Step, reply: TokenReply, context: StepContext) -> Done[StepResult] | Refused:
        """Every expected certificate with its key, no removed one."""
        if reply.contents is None:
            return Refused(why(Trouble.TOKEN_ERROR), permanent=False)
        missing, remaining = _differences(step, reply.contents, context)
        if missing or remaining:
            return Refused(
                why(Trouble.CONTENTS_DIFFER, missing=",".join(missing), remaining=",".join(remaining)),
                permanent=True,
            )
        return Done(StepResult({}, (ContentsSeen(reply.contents),)))


def _differences(step: Step, contents: TokenContents, context: StepContext) -> tuple[list[str], list[str]]:
    before = _keyless_before(context)
    with_key = {c.fingerprint for c in contents.certificates if c.has_key or c.fingerprint in before}
    expected = (set(step.present) | _issued_in_run(context)) - set(step.absent)
    missing = sorted(expected - with_key)
    return missing, sorted(f for f in step.absent if contents.has(f))


def _keyless_before(context: StepContext) -> set[str]:
    looked = (r.reply for r in context.records if r.step.kind is StepKind.COMPARE_CONTENTS and r.reply)
    return {fingerprint for reply in looked for fingerprint in reply.get(KEYLESS, "").split(",")}


def _issued_in_run(context: StepContext) -> set[str]:
    return {
        r.reply["fingerprint"]
        for r in context.records
        if r.step.kind is StepKind.REQUEST_CERTIFICATE and r.status is StepStatus.DONE and r.reply is not None
    }
