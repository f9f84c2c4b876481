"""Many devices judged at once and only what changed written down: the set-based rules, and the domain for the rest."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from portal.db.base import AnyRow
from portal.db.findings import JUDGED, Review, finding_rows, judged_columns, store_judged
from portal.db.fleet_rules import FleetRules, fleet_rules
from portal.db.fleet_truth import FleetTruth, Part
from portal.db.models import Certificate, CertificatePlace, Device, DeviceFinding
from portal.db.models.certificates import answers
from portal.domain.certificate import CertificateKind, Revocation
from portal.domain.effective_policy import Assignment, NoPolicy
from portal.domain.findings import Finding
from portal.domain.ids import DeviceId
from portal.services.reviews import HOLDER_INACTIVE

_GOOD = frozenset({Revocation.GOOD, Revocation.UNKNOWN})


def judge_part(connection: Connection, part: Part, given: Collection[Assignment], now: datetime) -> int:
    """Judge a part of the fleet under these assignments and store what differs; answers how many devices changed.

    What no set-based rule may judge is left to the monitor, at once.
    """
    rules = fleet_rules(connection, given, now)
    truth = FleetTruth(rules, now, part)
    alone = set(connection.execute(truth.one_by_one()).scalars())
    reviews = _reviews(connection, part, truth, rules=rules, now=now)
    stored = _stored_findings(connection, part)
    query = select(Device.id, *(getattr(Device, name) for name in JUDGED)).where(*part.devices)
    judged = [row for row in connection.execute(query) if row.id not in alone]
    changed = [reviews[row.id] for row in judged if _differs(row, reviews[row.id], stored.get(row.id, set()))]
    store_judged(connection, changed)
    if alone:
        connection.execute(update(Device).where(Device.id.in_(alone)).values(next_check_at=now))
    return len(changed)


def _reviews(
    connection: Connection, part: Part, truth: FleetTruth, *, rules: FleetRules, now: datetime
) -> Mapping[int, Review]:
    """A review of every device of the part; of those left to the domain it is not to be used."""
    findings: dict[int, list[Finding]] = defaultdict(list)
    for row in connection.execute(truth.findings()):
        findings[row.device_id].append(Finding(row.reason, row.subject, row.fingerprint, row.until, row.on))
    acting = {row.id: row for row in connection.execute(truth.acting())}
    certificates = _certificates(connection, part)
    judge = _Judge(rules, now)
    return {
        number: judge.review(number, acting.get(number), certificates.get(number, ()), findings.get(number, ()))
        for number in connection.execute(select(Device.id).where(*part.devices)).scalars()
    }


class _Judge:
    """What the rows of one device amount to."""

    def __init__(self, rules: FleetRules, now: datetime) -> None:
        self._rules = rules
        self._now = now
        self._windows = {
            rank: {_answers(template.key): template.renewal_window for template in one.policy.templates}
            for rank, one in rules.assignments.items()
        }

    def review(
        self, number: int, acting: AnyRow | None, certificates: Sequence[AnyRow], findings: Sequence[Finding]
    ) -> Review:
        """The review the domain would give."""
        ends = [one.not_after for one in certificates if one.not_after and not one.history]
        earliest = min(ends, default=None)
        if acting is None:
            return Review(DeviceId(number), earliest_not_after=earliest)
        if acting.rank is None:
            return Review(DeviceId(number), problem=NoPolicy().code, earliest_not_after=earliest)
        given = self._rules.assignments[acting.rank]
        own = {"policy": given.policy.id, "assignment": given.id, "earliest_not_after": earliest}
        if not acting.active:
            return Review(DeviceId(number), problem=HOLDER_INACTIVE, **own)  # type: ignore[arg-type]
        moment = self._next_check(acting.rank, certificates)
        return Review(DeviceId(number), findings=tuple(findings), next_check_at=moment, **own)  # type: ignore[arg-type]

    def _next_check(self, rank: int, certificates: Sequence[AnyRow]) -> datetime | None:
        windows = self._windows[rank]
        moments = [
            moment
            for one in certificates
            if not one.history and one.revocation in _GOOD and one.answers in windows
            for moment in (one.not_after - windows[one.answers], one.not_after)
            if moment > self._now
        ]
        return min(moments, default=None)


def _answers(key: Any) -> str:
    return answers(CertificateKind.MANAGED, "", (key.ca, key.ca_template, key.purpose))


def _certificates(connection: Connection, part: Part) -> Mapping[int, list[AnyRow]]:
    """Managed and tracked certificates on the tokens: common ones set no moment."""
    own = Certificate
    query = select(own.device_id, own.answers, own.not_after, own.revocation, own.history)
    devices = select(Device.id).where(*part.devices)
    query = query.where(own.device_id.in_(devices), own.status == CertificatePlace.WRITTEN)
    found: dict[int, list[AnyRow]] = defaultdict(list)
    for row in connection.execute(query.where(own.kind != CertificateKind.COMMON)):
        found[row.device_id].append(row)
    return found


def _stored_findings(connection: Connection, part: Part) -> Mapping[int, set[tuple[object, ...]]]:
    own = DeviceFinding
    devices = select(Device.id).where(*part.devices)
    query = select(own.device_id, own.reason, own.subject, own.fingerprint, own.until, own.on)
    found: dict[int, set[tuple[object, ...]]] = defaultdict(set)
    for row in connection.execute(query.where(own.device_id.in_(devices))):
        found[row.device_id].add((row.reason, row.subject, row.fingerprint, row.until, row.on))
    return found


def _differs(row: AnyRow, review: Review, stored: set[tuple[object, ...]]) -> bool:
    wanted = judged_columns(review)
    if any(getattr(row, name) != wanted[name] for name in JUDGED):
        return True
    found = {
        (one["reason"], one["subject"], one["fingerprint"], one["until"], one["on"])
        for one in finding_rows(review.device, review.findings)
    }
    return found != stored
