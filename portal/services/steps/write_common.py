"""A common certificate of the policy, written with its key."""

from portal.domain.facts import CertificateRemoved, CommonWritten, Fact, KeyRemoved, LeftBehind
from portal.domain.outcomes import Done, Outcome, Refused
from portal.domain.troubles import Trouble, why
from portal.domain.update_steps import Step
from portal.ports.token import ImportKeyPair, RemoveCertificate, RemoveKeyPair, TokenOrder
from portal.services.step_context import StepContext, StepResult, Verdict
from portal.services.steps.base import WritingHandler, make_absent


class WriteCommon(WritingHandler):
    """The key material goes from the vault to the token and is written down nowhere."""

    undoes = True

    def order(self, step: Step, context: StepContext) -> TokenOrder:
        """Key and certificate of the version the plan names."""
        material = context.outside.commons.open(step.common, step.common_version)
        if material is None:
            raise LookupError(step.common)
        return ImportKeyPair(step.key_id, step.label, material.certificate, material.private_key)

    def facts(self, step: Step, context: StepContext) -> tuple[Fact, ...]:
        """It is on the token."""
        return (CommonWritten(step.common, step.common_version, step.fingerprint, step.key_id),)

    def carry_out(self, step: Step, context: StepContext) -> Outcome[StepResult]:
        """Write it, unless the vault cannot open it any more."""
        return _unreadable(step, context) or super().carry_out(step, context)

    def effect_of(self, step: Step, context: StepContext) -> Verdict:
        """Look at the token; without its key material it cannot be finished either way."""
        return _unreadable(step, context) or super().effect_of(step, context)

    def undo(self, step: Step, context: StepContext) -> Outcome[tuple[Fact, ...]]:
        """Remove certificate and key."""
        removed = make_absent(RemoveCertificate(step.key_id, step.fingerprint), (), context)
        if not isinstance(removed, Done):
            return removed
        return make_absent(RemoveKeyPair(step.key_id), self.gone(step, context), context)

    def gone(self, step: Step, context: StepContext) -> tuple[Fact, ...]:
        """Neither certificate nor key."""
        return (CertificateRemoved(step.fingerprint), KeyRemoved(step.key_id))

    def left_behind(self, step: Step, context: StepContext) -> tuple[Fact, ...]:
        """Both may stay; the next update cleans them away."""
        return (LeftBehind(step.key_id, step.fingerprint),)


def _unreadable(step: Step, context: StepContext) -> Refused | None:
    """Refused when the vault holds no such certificate, cannot open it, or holds another one than was planned."""
    try:
        material = context.outside.commons.open(step.common, step.common_version)
        found = context.outside.reader.certificate(material.certificate).fingerprint if material else ""
    except ValueError:
        found = ""
    same = found == step.fingerprint
    return None if same else Refused(why(Trouble.COMMON_UNREADABLE, step.common), permanent=True)
