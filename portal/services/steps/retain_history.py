"""An old decryption key stays on the token: the only one that opens old mail."""

from portal.domain.facts import CertificateRetained
from portal.domain.outcomes import Done, Outcome
from portal.domain.update_steps import Step
from portal.services.step_context import StepContext, StepResult
from portal.services.steps.base import Handler


class RetainHistory(Handler):
    """Touches nothing; the records say why the pair is there."""

    def carry_out(self, step: Step, context: StepContext) -> Outcome[StepResult]:
        """Mark it as history."""
        return Done(StepResult({}, (CertificateRetained(step.fingerprint),)))
