"""A finding as a row of a statement about many devices."""

from typing import Any, Final

from sqlalchemy import Boolean, String, cast, literal, null, select

from portal.db.base import AnySelect, UtcTime, by_value
from portal.db.fleet_rules import SUBJECT, answer_of
from portal.domain.findings import UpdateReason
from portal.domain.kits import KitFinding

REASON: Final = by_value(UpdateReason)


def finding(
    device: Any, reason: Any, subject: Any, fingerprint: Any = None, *, until: Any = None, on: Any = None
) -> AnySelect:
    """A row of ``device_findings``."""
    return select(
        device.label("device_id"),
        reason.label("reason"),
        subject.label("subject"),
        (literal("", String()) if fingerprint is None else fingerprint).label("fingerprint"),
        cast(null(), UtcTime()).label("until") if until is None else until.label("until"),
        (cast(null(), Boolean()) if on is None else on).label("on"),
    )


def kit_cells(found: KitFinding) -> tuple[Any, ...]:
    """What is told of a kit, to be given to a statement."""
    one, on = found.finding, None if found.finding.on is None else int(found.finding.on)
    answers = "" if found.about is None else answer_of(found.about)
    return (one.reason.value, one.subject[:SUBJECT], one.fingerprint, on, answers)


def word(reason: UpdateReason) -> Any:
    """A reason, for a column of reasons."""
    return literal(reason, REASON)
