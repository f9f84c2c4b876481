"""What the last review found, stored beside the device so that lists and counters need not think."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from portal.db.models import Device, DeviceFinding
from portal.db.models import Peculiarity as PeculiarityTable
from portal.domain.findings import Finding, UpdateReason, need_bits
from portal.domain.ids import AssignmentId, DeviceId, PolicyId
from portal.domain.peculiarities import Peculiarity


@dataclass(frozen=True, slots=True)
class Review:
    """The state of one device as the rules see it.

    ``policy`` and ``assignment`` are what acts; None with a ``problem`` when nothing does.
    ``earliest_not_after`` is the end of the first certificate to expire; ``next_check_at`` the moment when time alone
    changes the findings. The last three are what holds whatever policy acts (``portal.domain.peculiarities``).
    """

    device: DeviceId
    findings: tuple[Finding, ...] = ()
    policy: PolicyId | None = None
    assignment: AssignmentId | None = None
    problem: str = ""
    next_check_at: datetime | None = None
    earliest_not_after: datetime | None = None
    plain: bool = False
    registered: int = 0
    peculiarities: tuple[Peculiarity, ...] = ()


#: The columns of a device that a judgement fills.
JUDGED: Final = (
    *("need", "possible", "problem", "effective_policy_id", "effective_assignment_id"),
    *("next_check_at", "earliest_not_after"),
)


def hold_devices(connection: Connection, numbers: Collection[int]) -> None:
    """Let nobody else change these devices before this transaction ends.

    Taken before devices are judged: otherwise what an update writes meanwhile would be overwritten with a judgement
    of what was before, and "look at it again now" with a day far ahead. Taken in order, so that two never wait for
    each other.
    """
    query = select(Device.id).where(Device.id.in_(numbers)).order_by(Device.id)
    connection.execute(query.with_for_update(key_share=True))


def store_review(connection: Connection, review: Review) -> None:
    """Replace what is stored of one device."""
    store_reviews(connection, [review])


def store_reviews(connection: Connection, reviews: Sequence[Review], *, fresh: bool = False) -> None:
    """Replace what is stored of many devices; ``fresh`` ones have nothing stored yet."""
    if not reviews:
        return
    if not fresh:
        numbers = [review.device for review in reviews]
        for table in (DeviceFinding, PeculiarityTable):
            connection.execute(delete(table).where(table.device_id.in_(numbers)))
    found = [row for review in reviews for row in finding_rows(review.device, review.findings)]
    if found:
        connection.execute(insert(DeviceFinding), found)
    peculiar = [row for review in reviews for row in peculiarity_rows(review.device, review.peculiarities)]
    if peculiar:
        connection.execute(insert(PeculiarityTable), peculiar)
    connection.execute(
        update(Device.__table__).where(Device.id == bindparam("number")),  # type: ignore[arg-type]
        [{"number": review.device, **need_columns(review)} for review in reviews],
    )


def store_judged(connection: Connection, reviews: Sequence[Review]) -> None:
    """Replace what is stored of devices a set-based rule judged; what is peculiar about them stays."""
    if not reviews:
        return
    numbers = [review.device for review in reviews]
    connection.execute(delete(DeviceFinding).where(DeviceFinding.device_id.in_(numbers)))
    found = [row for review in reviews for row in finding_rows(review.device, review.findings)]
    if found:
        connection.execute(insert(DeviceFinding), found)
    connection.execute(
        update(Device.__table__).where(Device.id == bindparam("number")),  # type: ignore[arg-type]
        [{"number": review.device, **judged_columns(review)} for review in reviews],
    )


def finding_rows(device: int, findings: Collection[Finding]) -> Iterable[dict[str, Any]]:
    """The rows of these findings; two that differ only in their date are one."""
    unique = {(one.reason, one.subject, one.fingerprint): one for one in findings}
    for one in unique.values():
        yield {
            "reason": one.reason,
            "device_id": device,
            "subject": one.subject[:250],
            "fingerprint": one.fingerprint,
            "until": one.until,
            "on": one.on,
        }


def peculiarity_rows(device: int, found: Collection[Peculiarity]) -> Iterable[dict[str, Any]]:
    """The rows of what is peculiar about the device."""
    for one in {(one.kind, one.subject[:250], one.fingerprint): one for one in found}.values():
        yield {
            "device_id": device,
            "kind": one.kind,
            "subject": one.subject[:250],
            "fingerprint": one.fingerprint,
            "until": one.until,
        }


def need_columns(review: Review) -> dict[str, Any]:
    """What the device row itself says of the review."""
    return {**judged_columns(review), "plain": review.plain, "registered": review.registered}


def judged_columns(review: Review) -> dict[str, Any]:
    """What of it depends on the policy that acts."""
    return {
        "need": need_bits(review.findings),
        "possible": any(one.reason is UpdateReason.OPTIONAL_AVAILABLE for one in review.findings),
        "problem": review.problem,
        "effective_policy_id": review.policy,
        "effective_assignment_id": review.assignment,
        "next_check_at": review.next_check_at,
        "earliest_not_after": review.earliest_not_after,
    }
