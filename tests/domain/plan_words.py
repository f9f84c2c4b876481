"""What tests of plans share."""

from portal.domain.findings import UpdateReason
from portal.domain.plan_items import PlanItem


def why(line: PlanItem) -> list[UpdateReason]:
    return [finding.reason for finding in line.because]
