"""What acts for whom and what it demands, as small tables a statement about the whole fleet joins with.

Assignments are numbered by strength: of those that reach a holder the smallest number acts.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import astuple, dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import BigInteger, Connection, Integer, String, Values, cast, column, select, values

from portal.db.base import UtcTime
from portal.db.models import Group, Unit
from portal.db.models.certificates import answers
from portal.domain.certificate import CertificateKind
from portal.domain.effective_policy import Assignment
from portal.domain.peculiarities import registered_bits
from portal.domain.policy import DeviceUsagePolicy

#: What is demanded is told apart by the bits of as many numbers as it takes.
BITS: Final = 50
#: Added to the first number for each certificate that may be bad: above all bits.
DOUBT: Final = 1 << BITS
NOBODY: Final = -1
_SUBJECT: Final = 250

Row = tuple[Any, ...]


@dataclass(slots=True)
class FleetRules:
    """The rows of each table; ``assignments`` by their number.

    ``places`` numbers everything any policy demands by what answers it; ``soon`` is when that is to be renewed at the
    latest under any policy, ``common`` the fingerprints it should have under one or another. ``units`` are those where
    an assignment to everybody acts, by its number; ``grouped`` what acts for groups before that.
    """

    assignments: dict[int, Assignment]
    places: dict[str, int] = field(default_factory=dict)
    soon: dict[str, datetime] = field(default_factory=dict)
    common: dict[str, set[str]] = field(default_factory=dict)
    units: dict[int, list[int]] = field(default_factory=dict)
    grouped: list[Row] = field(default_factory=list)
    ranks: list[Row] = field(default_factory=list)
    demands: list[Row] = field(default_factory=list)
    tracked: list[Row] = field(default_factory=list)

    @property
    def words(self) -> int:
        """How many numbers the bits take."""
        return max(1, -(-len(self.places) // BITS))


def fleet_rules(connection: Connection, given: Collection[Assignment], now: datetime) -> FleetRules:
    """The tables for these assignments."""
    strongest = sorted(given, key=Assignment.strength)
    rules = FleetRules(dict(enumerate(strongest)))
    _reach(connection, rules)
    demanded = {rank: list(_demands(one.policy, now)) for rank, one in rules.assignments.items()}
    # what most policies demand comes first: whoever looks for the place of a certificate finds it soon
    often = Counter(demand.answers for demands in demanded.values() for demand in demands)
    rules.places.update((answer, place) for place, (answer, _) in enumerate(often.most_common()))
    for demands in demanded.values():
        for demand in demands:
            _note(rules, demand)
    for rank, assignment in rules.assignments.items():
        _policy(rules, rank, assignment.policy, demanded[rank])
    return rules


def _note(rules: FleetRules, demand: "_Demand") -> None:
    if demand.common:
        rules.common.setdefault(demand.answers, set()).add(demand.fingerprint)
    else:
        rules.soon[demand.answers] = max(rules.soon.get(demand.answers, demand.soon), demand.soon)


def _reach(connection: Connection, rules: FleetRules) -> None:
    by_container: dict[tuple[str, ...], list[int]] = {}
    for rank, assignment in rules.assignments.items():
        by_container.setdefault(assignment.container, []).append(rank)
    named = {group for assignment in rules.assignments.values() for group in assignment.groups}
    groups = {row.name: row.id for row in connection.execute(select(Group.id, Group.name)) if row.name in named}
    for unit in connection.execute(select(Unit.id, Unit.path)):
        path = tuple(unit.path)
        ranks = sorted(rank for depth in range(len(path) + 1) for rank in by_container.get(path[:depth], ()))
        for rank in ranks:
            wanted = rules.assignments[rank].groups
            if not wanted:
                rules.units.setdefault(rank, []).append(unit.id)
                break
            rules.grouped.extend((unit.id, groups[name], rank) for name in wanted if name in groups)


def _policy(rules: FleetRules, rank: int, policy: DeviceUsagePolicy, demands: Sequence["_Demand"]) -> None:
    masks = [0] * rules.words
    for demand in demands:
        word, place = divmod(rules.places[demand.answers], BITS)
        masks[word] |= 1 << place
        rules.demands.append((rank, word, 1 << place, *demand))
    registers = registered_bits(policy.registers)
    rules.ranks.append((rank, policy.id, policy.name[:_SUBJECT], int(policy.asks_about_foreign), registers, *masks))
    for template in policy.templates:
        own = answers(CertificateKind.MANAGED, "", astuple(template.key))
        rules.tracked += [(rank, own, name[:_SUBJECT]) for name in dict.fromkeys(template.tracked_attributes)]


class _Demand(NamedTuple):
    """A template or a common certificate of a policy."""

    answers: str
    common: int
    optional: int
    soon: datetime
    fingerprint: str
    subject: str


def _demands(policy: DeviceUsagePolicy, now: datetime) -> Iterator[_Demand]:
    for template in {template.key: template for template in reversed(policy.templates)}.values():
        own = answers(CertificateKind.MANAGED, "", astuple(template.key))
        soon = max(now, now + template.renewal_window)
        yield _Demand(own, 0, int(template.optional), soon, "", template.name[:_SUBJECT])
    for common in {common.name: common for common in reversed(policy.commons)}.values():
        own = answers(CertificateKind.COMMON, common.name)
        yield _Demand(own, 1, int(common.optional), now, common.fingerprint, common.name[:_SUBJECT])


_INT: Final = Integer()
_GROUPED: Final = (("unit_id", BigInteger()), ("group_id", BigInteger()), ("rank", _INT))
_RANKS: Final = (
    *(("rank", _INT), ("policy_id", BigInteger()), ("name", String()), ("tracking", _INT), ("registers", _INT)),
)
_DEMANDS: Final = (
    *(("rank", _INT), ("word", _INT), ("bit", BigInteger()), ("answers", String()), ("common", _INT)),
    *(("optional", _INT), ("soon", UtcTime()), ("fingerprint", String()), ("subject", String())),
)
_TRACKED: Final = (("rank", _INT), ("answers", String()), ("attribute", String()))


@dataclass(frozen=True, slots=True)
class RuleTables:
    """The same as tables of a statement."""

    grouped: Any
    ranks: Any
    demands: Any
    tracked: Any


def rule_tables(rules: FleetRules, now: datetime) -> RuleTables:
    """Tables with these rows; one without any gets a row that fits nobody."""
    nobody = (NOBODY, NOBODY)
    masks = [(f"mask{word}", BigInteger()) for word in range(rules.words)]
    return RuleTables(
        grouped=_table("groups_acting", _GROUPED, rules.grouped or [(*nobody, NOBODY)]),
        ranks=_table("acting", (*_RANKS, *masks), rules.ranks or [(*nobody, "", 0, 0, *([0] * rules.words))]),
        demands=_table("demands", _DEMANDS, rules.demands or [(NOBODY, 0, 0, "", 0, 0, now, "", "")]),
        tracked=_table("tracked", _TRACKED, rules.tracked or [(NOBODY, "", "")]),
    )


def _table(name: str, columns: Sequence[tuple[str, Any]], rows: Sequence[Row]) -> Any:
    given: Values = values(*(column(label, kind) for label, kind in columns), name=f"given_{name}").data(rows)
    raw = given.cte(f"given_{name}")
    # SQLite looks up by a column only when it knows its type, and a constant tells none
    typed = (
        raw.c[label] if isinstance(kind, UtcTime) else cast(raw.c[label], kind).label(label) for label, kind in columns
    )
    return select(*typed).cte(name).prefix_with("MATERIALIZED")
