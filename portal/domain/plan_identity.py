"""Steps about whose a qualified certificate is: confirmed before anything is done, made known afterwards."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from portal.domain.identity_check import IdentityService
from portal.domain.people import Person
from portal.domain.plan_items import ISSUING, UpdatePlan
from portal.domain.policy import CertificateTemplate, DeviceUsagePolicy
from portal.domain.update_steps import Step, StepKind


def demanded_checks(plan: UpdatePlan, policy: DeviceUsagePolicy) -> frozenset[IdentityService]:
    """The registers that must have confirmed the holder before this plan is carried out."""
    issued = (policy.template(item.template) for item in plan.items if item.template and item.action in ISSUING)
    return frozenset().union(*(policy.checks_for(template) for template in issued if template is not None))


@dataclass(frozen=True, slots=True)
class IdentityDemand:
    """What a plan issues, by item, under which policy; the holder is asked for only when somebody must confirm him."""

    issued: Sequence[tuple[int, CertificateTemplate]]
    policy: DeviceUsagePolicy
    holder: Callable[[], Person]
    nonce: str

    def checks(self) -> Iterator[Step]:
        """One check for everything that needs one."""
        services = frozenset[IdentityService]().union(*(self.policy.checks_for(one) for _, one in self.issued))
        if services:
            yield self._demanded(Step(StepKind.CHECK_IDENTITY, order_id=f"{self.nonce}-id"), services)

    def guarded(self, step: Step, template: CertificateTemplate) -> Step:
        """The step, which nobody may take before the registers of its template have confirmed the holder."""
        services = self.policy.checks_for(template)
        return self._demanded(step, services) if services else step

    def announcements(self) -> Iterator[Step]:
        """Every certificate that needed a confirmation, where the policy has them made known."""
        for index, template in self.issued:
            if self.policy.identity.announce and self.policy.checks_for(template):
                step = Step(
                    StepKind.ANNOUNCE_CERTIFICATE,
                    item=index,
                    template=template.key,
                    template_name=template.name,
                    order_id=f"{self.nonce}-{index}-a",
                )
                yield self.guarded(step, template)

    def _demanded(self, step: Step, services: frozenset[IdentityService]) -> Step:
        validity = self.policy.identity.validity
        return replace(step, person=self.holder().id, services=services, validity=validity)
