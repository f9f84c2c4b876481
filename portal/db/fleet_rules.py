"""What acts for whom and what it demands, as small tables a statement about the whole fleet joins with.

Assignments are numbered by strength: of those that reach a holder the smallest number acts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from sqlalchemy import CTE, BigInteger, Connection, Dialect, Integer, String, select

from portal.db.base import UtcTime
from portal.db.given_rows import given_rows
from portal.db.models import Group, Unit
from portal.db.models.certificates import answers
from portal.domain.certificate import CertificateKind, TemplateKey
from portal.domain.effective_policy import Assignment
from portal.domain.policy import DeviceUsagePolicy

SUBJECT: Final = 250

Row = tuple[Any, ...]


@dataclass
class FleetRules:
    """The rows of each table; ``assignments`` by their number.

    ``units`` are those where an assignment to everybody acts, with its number; ``grouped`` what acts for groups before
    that. ``latest`` is the moment before which a certificate may have to be renewed under one policy or another.
    """

    assignments: dict[int, Assignment]
    now: datetime
    latest: datetime
    units: dict[int, int] = field(default_factory=dict)
    grouped: list[Row] = field(default_factory=list)
    demands: list[Row] = field(default_factory=list)
    tracked: list[Row] = field(default_factory=list)

    def of_policy(self, policy: int) -> frozenset[int]:
        """The numbers of its assignments."""
        return frozenset(rank for rank, one in self.assignments.items() if one.policy.id == policy)

    def only(self, ranks: Collection[int]) -> FleetRules:
        """The same with the demands of these assignments alone."""
        demands = [row for row in self.demands if row[0] in ranks]
        tracked = [row for row in self.tracked if row[0] in ranks]
        latest = max((soon for _, _, _, soon, *_ in demands), default=self.now)
        return replace(self, demands=demands, tracked=tracked, latest=latest)

    @cached_property
    def grouped_ranks(self) -> Mapping[int, frozenset[int]]:
        """The numbers of what acts for groups, by unit."""
        found: dict[int, set[int]] = {}
        for unit, _, rank in self.grouped:
            found.setdefault(unit, set()).add(rank)
        return {unit: frozenset(ranks) for unit, ranks in found.items()}


def fleet_rules(connection: Connection, given: Collection[Assignment], now: datetime) -> FleetRules:
    """The tables for these assignments."""
    rules = FleetRules(dict(enumerate(sorted(given, key=Assignment.strength))), now, now)
    _reach(connection, rules)
    for rank, assignment in rules.assignments.items():
        rules.demands += ((rank, *demand) for demand in _demands(assignment.policy, now))
        rules.tracked += ((rank, *tracked) for tracked in _tracked(assignment.policy))
    rules.latest = max((soon for _, _, _, soon, *_ in rules.demands), default=now)
    return rules


def answer_of(template: TemplateKey) -> str:
    """What a certificate of this template answers."""
    return answers(CertificateKind.MANAGED, "", (template.ca, template.ca_template, template.purpose))


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
                rules.units[unit.id] = rank
                break
            rules.grouped.extend((unit.id, groups[name], rank) for name in wanted if name in groups)


def _demands(policy: DeviceUsagePolicy, now: datetime) -> Iterator[Row]:
    for template in {template.key: template for template in reversed(policy.templates)}.values():
        soon = max(now, now + template.renewal_window)
        seconds = int(template.renewal_window.total_seconds())
        yield (answer_of(template.key), 0, soon, seconds, "", template.name[:SUBJECT])
    for common in {common.name: common for common in reversed(policy.commons)}.values():
        own = answers(CertificateKind.COMMON, common.name)
        yield (own, 1, now, 0, common.fingerprint, common.name[:SUBJECT])


def _tracked(policy: DeviceUsagePolicy) -> Iterator[Row]:
    for template in policy.templates:
        for name in dict.fromkeys(template.tracked_attributes):
            yield (answer_of(template.key), name[:SUBJECT])


_INT: Final = Integer()
_UNITS: Final = (("unit_id", BigInteger()), ("rank", _INT))
_GROUPED: Final = (("unit_id", BigInteger()), ("group_id", BigInteger()), ("rank", _INT))
_RANKS: Final = (("rank", _INT), ("tracking", _INT))
_DEMANDS: Final = (
    *(("rank", _INT), ("answers", String()), ("common", _INT), ("soon", UtcTime()), ("seconds", BigInteger())),
    *(("fingerprint", String()), ("subject", String())),
)
_TRACKED: Final = (("rank", _INT), ("answers", String()), ("attribute", String()))


class RuleTables:
    """The same as tables of a statement, each made when it is asked for."""

    def __init__(self, rules: FleetRules, dialect: Dialect) -> None:
        self._rules = rules
        self._dialect = dialect

    @cached_property
    def units(self) -> CTE:
        """Which assignment acts for everybody in a unit."""
        return given_rows(self._dialect, "units_acting", _UNITS, list(self._rules.units.items()))

    @cached_property
    def grouped(self) -> CTE:
        """Which assignments act for groups there."""
        return given_rows(self._dialect, "groups_acting", _GROUPED, self._rules.grouped)

    @cached_property
    def ranks(self) -> CTE:
        """Whether foreign certificates are asked about."""
        ranks = [(rank, int(one.policy.asks_about_foreign)) for rank, one in self._rules.assignments.items()]
        return given_rows(self._dialect, "acting", _RANKS, ranks)

    @cached_property
    def demands(self) -> CTE:
        """What has to be there."""
        return given_rows(self._dialect, "demands", _DEMANDS, self._rules.demands)

    @cached_property
    def tracked(self) -> CTE:
        """Which attributes are watched."""
        return given_rows(self._dialect, "tracked", _TRACKED, self._rules.tracked)
