"""Removing what the plan says, by key id and fingerprint, and nothing else. There is no way back."""

from typing import Final

from portal.domain.facts import CertificateRemoved, Fact, KeyRemoved, LeftBehind
from portal.domain.update_state import StepStatus
from portal.domain.update_steps import Step, StepKind
from portal.ports.journal import StepRecord
from portal.ports.token import RemoveCertificate as RemoveCertificateOrder
from portal.ports.token import RemoveKeyPair, TokenOrder
from portal.services.step_context import StepContext
from portal.services.steps.base import WritingHandler

#: What happens to a key once its certificate is gone.
AFTER: Final = frozenset({StepKind.REMOVE_KEY, StepKind.WRITE_CERTIFICATE})


def _is_open(record: StepRecord) -> bool:
    return record.status is not StepStatus.DONE


class RemoveCertificate(WritingHandler):
    """One certificate object."""

    def order(self, step: Step, context: StepContext) -> TokenOrder:
        """The certificate the plan names."""
        return RemoveCertificateOrder(step.key_id, step.fingerprint)

    def facts(self, step: Step, context: StepContext) -> tuple[Fact, ...]:
        """It is gone; its key is a leftover until it is gone too, or carries a new certificate."""
        gone = CertificateRemoved(step.fingerprint)
        alone = any(r.step.kind in AFTER and r.step.key_id == step.key_id for r in context.records if _is_open(r))
        return (gone, LeftBehind(step.key_id)) if alone else (gone,)


class RemoveKey(WritingHandler):
    """One key pair."""

    def order(self, step: Step, context: StepContext) -> TokenOrder:
        """The pair the plan names."""
        return RemoveKeyPair(step.key_id)

    def facts(self, step: Step, context: StepContext) -> tuple[Fact, ...]:
        """It is gone."""
        return (KeyRemoved(step.key_id),)
