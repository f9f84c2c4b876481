"""What the rules of the domain say of each kit under each assignment: asked once, it holds for all who have the kit."""

from collections import OrderedDict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from portal.db.findings import HOLDER_INACTIVE
from portal.db.fleet_rules import FleetRules
from portal.db.standings import NO_KIT, kits
from portal.domain.effective_policy import Assignment, NoPolicy
from portal.domain.findings import UpdateReason, need_bits
from portal.domain.kits import Kit, KitFinding, judge_kit, windows_digest
from portal.domain.policy import DeviceUsagePolicy

_POLICIES: Final = 256
#: What was found under a policy, which is kept so that no other takes its place in memory.
_judged: Final[OrderedDict[int, tuple[DeviceUsagePolicy, dict[int, tuple[KitFinding, ...]]]]] = OrderedDict()

#: The number of an assignment (None: none acts), and of a kit.
Pair = tuple[int | None, int]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What every device with a kit under an assignment has; its own certificates and peculiarities may add to it."""

    findings: tuple[KitFinding, ...] = ()
    need: int = 0
    possible: bool = False
    problem: str = ""
    policy: int | None = None
    assignment: int | None = None
    windows: int = 0


def verdicts(
    connection: Connection, rules: FleetRules, pairs: Collection[Pair], now: datetime
) -> Mapping[Pair, Verdict]:
    """The verdict on each pair."""
    known = kits(connection, {kit for _, kit in pairs if kit != NO_KIT})
    windows = {rank: windows_digest(one.policy) for rank, one in rules.assignments.items()}
    found: dict[Pair, Verdict] = {}
    for rank, kit in pairs:
        if rank is None:
            found[rank, kit] = Verdict(problem=NoPolicy().code)
        elif kit == NO_KIT:
            one = rules.assignments[rank]
            found[rank, kit] = Verdict(problem=HOLDER_INACTIVE, policy=one.policy.id, assignment=one.id)
        else:
            of_kit = _findings(rules.assignments[rank].policy, kit, known[kit], now)
            found[rank, kit] = _verdict(rules.assignments[rank], of_kit, windows[rank])
    return found


def _verdict(one: Assignment, found: tuple[KitFinding, ...], windows: int) -> Verdict:
    return Verdict(
        findings=found,
        need=need_bits(each.finding for each in found),
        possible=any(each.finding.reason is UpdateReason.OPTIONAL_AVAILABLE for each in found),
        policy=one.policy.id,
        assignment=one.id,
        windows=windows,
    )


def _findings(policy: DeviceUsagePolicy, number: int, kit: Kit, now: datetime) -> tuple[KitFinding, ...]:
    _, known = _judged.setdefault(id(policy), (policy, {}))
    if number not in known:
        known[number] = judge_kit(kit, policy, now)
        while len(_judged) > _POLICIES:
            _judged.popitem(last=False)
    return known[number]
