"""Removing what the plan says, by key id and fingerprint, and nothing else. There is no way back."""

from portal.domain.facts import CertificateRemoved, Fact, KeyRemoved, LeftBehind
from portal.domain.update_steps import Step, StepKind
from portal.ports.token import RemoveCertificate as RemoveCertificateOrder
from portal.ports.token import RemoveKeyPair, TokenOrder
from portal.services.step_context import StepContext
from portal.services.steps.base import WritingHandler


class RemoveCertificate(WritingHandler):
    """One certificate object."""

    def order(self, step: Step, context: StepContext) -> TokenOrder:
        """The certificate the plan names."""
        return RemoveCertificateOrder(step.key_id, step.fingerprint)

    def facts(self, step: Step, context: StepContext) -> tuple[Fact, ...]:
        """It is gone; a key that is to follow is a leftover until it did."""
        gone = CertificateRemoved(step.fingerprint)
        follows = any(r.step.kind is StepKind.REMOVE_KEY and r.step.key_id == step.key_id for r in context.records)
        return (gone, LeftBehind(step.key_id)) if follows else (gone,)


class RemoveKey(WritingHandler):
    """One key pair."""

    def order(self, step: Step, context: StepContext) -> TokenOrder:
        """The pair the plan names."""
        return RemoveKeyPair(step.key_id)

    def facts(self, step: Step, context: StepContext) -> tuple[Fact, ...]:
        """It is gone."""
        return (KeyRemoved(step.key_id),)
