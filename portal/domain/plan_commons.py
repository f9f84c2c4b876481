"""The plan table for common certificates: one line for each."""

from collections.abc import Iterator
from dataclasses import replace

from portal.domain.certificate import CommonOnDevice
from portal.domain.certificate_reasons import about_common, about_spare
from portal.domain.findings import Finding, UpdateReason
from portal.domain.plan_items import Action, PlanItem
from portal.domain.situation import Situation
from portal.domain.standing import CommonStanding, common_standings, commons_outside_policy


def common_lines(situation: Situation) -> Iterator[PlanItem]:
    """One line for each common certificate of the policy, and for each that the policy no longer has or has twice."""
    for standing in common_standings(situation.device, situation.policy):
        yield _common_line(situation, standing)
        for spare in standing.spare:
            yield _deletion(situation, spare, about_spare(standing.common.name, spare.fingerprint))
    for gone in commons_outside_policy(situation.device, situation.policy):
        because = Finding(UpdateReason.COMMON_REMOVED, gone.name, gone.fingerprint)
        yield _deletion(situation, gone, because)


def _deletion(situation: Situation, common: CommonOnDevice, because: Finding) -> PlanItem:
    """The line that deletes it; the very certificate that is written anew (renamed, or lost) makes room first."""
    wanted = {c.fingerprint for c in situation.policy.commons}
    return PlanItem(
        Action.DELETE_COMMON,
        common.name,
        (because,),
        common=common.name,
        fingerprint=common.fingerprint,
        key_id=common.key_id,
        first=common.fingerprint in wanted,
    )


def _common_line(situation: Situation, standing: CommonStanding) -> PlanItem:
    common, there = standing.common, standing.on_device
    because = about_common(situation.device, standing)
    chosen = situation.choices.optional_commons
    line = PlanItem(Action.WRITE_COMMON, common.name, because, common=common.name, optional=common.optional)
    if there is None:
        wanted = not common.optional or common.name in (chosen or ())
        return line if wanted else replace(line, action=Action.OFFER, because=(), selected=False)
    line = replace(line, fingerprint=there.fingerprint, key_id=there.key_id)
    if common.optional and chosen is not None and common.name not in chosen:
        off = Finding(UpdateReason.OPTIONAL_AVAILABLE, common.name, there.fingerprint, on=False)
        return replace(line, action=Action.DELETE_COMMON, because=(off,), selected=False)
    if not because:
        return replace(line, action=Action.KEEP)
    if because[0].reason is UpdateReason.COMMON_REPLACED:
        return replace(line, action=Action.REPLACE_COMMON)
    return replace(line, first=True)  # lost: what is left of it goes, then the same certificate comes back
