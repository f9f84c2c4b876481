"""What the last review found, stored beside the device so that lists and counters need not think."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import BindParameter, Connection, bindparam, delete, insert, or_, select, update

from portal.db.models import Device, DeviceFinding
from portal.db.models import Peculiarity as PeculiarityTable
from portal.db.prepared import Prepared
from portal.db.standings import NO_KIT, kit_number, store_kits, store_standings
from portal.domain.findings import Finding, UpdateReason, need_bits
from portal.domain.ids import AssignmentId, DeviceId, PolicyId
from portal.domain.kits import Kit
from portal.domain.peculiarities import Peculiarity

#: The directory says that the holder is not there any more: his device is a matter for an operator, not for an update.
HOLDER_INACTIVE: Final = "holder_inactive"


@dataclass(frozen=True, slots=True)
class Review:
    """The state of one device as the rules see it.

    ``policy`` and ``assignment`` are what acts; None with a ``problem`` when nothing does.
    ``earliest_not_after`` is the end of the first certificate to expire; ``next_check_at`` the moment when time alone
    changes the findings, under the ``windows`` of the policy. The rest holds whatever policy acts: whether somebody
    holds it (``held``) who left (``absent``), its ``kit`` (None: only the domain may judge it), what is peculiar.
    """

    device: DeviceId
    findings: tuple[Finding, ...] = ()
    policy: PolicyId | None = None
    assignment: AssignmentId | None = None
    problem: str = ""
    next_check_at: datetime | None = None
    earliest_not_after: datetime | None = None
    held: bool = False
    absent: bool = False
    kit: Kit | None = None
    windows: int = 0
    peculiarities: tuple[Peculiarity, ...] = ()


#: The columns of a device that a judgement fills.
JUDGED: Final = (
    *("need", "possible", "problem", "effective_policy_id", "effective_assignment_id"),
    *("next_check_at", "earliest_not_after"),
)


# Statements that never change are built once: building one costs more than its answer takes.
_NUMBERS: Final[BindParameter[Any]] = bindparam("numbers", expanding=True)
_HOLD: Final = select(Device.id).where(Device.id.in_(_NUMBERS)).order_by(Device.id).with_for_update(key_share=True)
_DEVICE: Final[BindParameter[int]] = bindparam("b_device")
_TABLE: Final = Device.metadata.tables[Device.__tablename__]
_GIVEN: Final = {name: bindparam(f"b_{name}", type_=_TABLE.c[name].type) for name in JUDGED}
# a row written anew although nothing in it is another is as dear as any: it goes through a dozen indexes, and to disk
_CHANGE: Final = Prepared(
    update(_TABLE)
    .where(_TABLE.c.id == _DEVICE, or_(*(_TABLE.c[name].is_distinct_from(value) for name, value in _GIVEN.items())))
    .values(_GIVEN)
)


class _Rows:
    """A table with rows of its own about each device: they are written only where they are others than before."""

    def __init__(self, table: type[DeviceFinding | PeculiarityTable]) -> None:
        columns = list(table.__table__.columns)
        self._names = [column.name for column in columns]
        self._stored = select(*columns).where(table.device_id.in_(_NUMBERS))
        self._forget = Prepared(delete(table).where(table.device_id == _DEVICE))
        self._add = Prepared(insert(table))

    def replace(self, connection: Connection, rows: Mapping[DeviceId, Sequence[dict[str, Any]]]) -> None:
        """Have these rows, by device, and no others."""
        stored: dict[DeviceId, set[tuple[Any, ...]]] = {device: set() for device in rows}
        for row in connection.execute(self._stored, {"numbers": list(rows)}):
            stored[row.device_id].add(tuple(row))
        other = [device for device, given in rows.items() if stored[device] != set(map(self._cells, given))]
        gone = [{"b_device": device} for device in other if stored[device]]
        if gone:
            self._forget.run_all(connection, gone)
        self.add(connection, [row for device in other for row in rows[device]])

    def add(self, connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
        """Write new ones."""
        if rows:
            self._add.run_all(connection, rows)

    def _cells(self, row: Mapping[str, Any]) -> tuple[Any, ...]:
        return tuple([row[name] for name in self._names])


_FINDINGS: Final = _Rows(DeviceFinding)
_PECULIAR: Final = _Rows(PeculiarityTable)


def hold_devices(connection: Connection, numbers: Collection[int]) -> None:
    """Let nobody else change these devices before this transaction ends.

    Taken before devices are judged: otherwise what an update writes meanwhile would be overwritten with a judgement
    of what was before, and "look at it again now" with a day far ahead. Taken in order, so that two never wait for
    each other. SQLite lets nobody else write anyway.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(_HOLD, {"numbers": list(numbers)})


def store_review(connection: Connection, review: Review) -> None:
    """Replace what is stored of one device."""
    store_reviews(connection, [review])


def store_reviews(connection: Connection, reviews: Sequence[Review], *, fresh: bool = False) -> None:
    """Replace what is stored of many devices; ``fresh`` ones have nothing stored yet."""
    if not reviews:
        return
    found = {review.device: list(finding_rows(review.device, review.findings)) for review in reviews}
    peculiar = {review.device: list(peculiarity_rows(review.device, review.peculiarities)) for review in reviews}
    for table, rows in ((_FINDINGS, found), (_PECULIAR, peculiar)):
        if fresh:
            table.add(connection, [row for given in rows.values() for row in given])
        else:
            table.replace(connection, rows)
    _CHANGE.run_all(connection, [_change(review) for review in reviews])
    store_kits(connection, [review.kit for review in reviews if review.kit is not None])
    store_standings(connection, [standing_row(review) for review in reviews])


def _change(review: Review) -> dict[str, Any]:
    return {"b_device": review.device, **{f"b_{name}": value for name, value in need_columns(review).items()}}


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


def standing_row(review: Review) -> dict[str, Any]:
    """What the rules about a whole fleet read of the device; a holder who left has nothing they look at."""
    number = None if review.kit is None else kit_number(review.kit)
    kit = NO_KIT if review.absent else number
    return {"b_device": review.device, "b_held": review.held, "b_kit": kit, "b_windows": review.windows}


def need_columns(review: Review) -> dict[str, Any]:
    """What the device row itself says of the review."""
    return {
        "need": need_bits(review.findings),
        "possible": any(one.reason is UpdateReason.OPTIONAL_AVAILABLE for one in review.findings),
        "problem": review.problem,
        "effective_policy_id": review.policy,
        "effective_assignment_id": review.assignment,
        "next_check_at": review.next_check_at,
        "earliest_not_after": review.earliest_not_after,
    }
