"""A past for a generated fleet: an update of every fifth device, with its steps and audit lines; a few still go on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, func, insert, select

from portal.db import audit_chain, snapshots
from portal.db.models import Device, Update, UpdateStep
from portal.db.transaction import Database
from portal.domain import codec
from portal.domain.audit import AuditEvent, AuditTag
from portal.domain.outcomes import WaitingFor
from portal.domain.plan_items import Choices
from portal.domain.plan_steps import steps_of
from portal.domain.update_state import StepStatus, UpdateStatus
from portal.seed.bulk import BulkTable
from portal.services.planning import Considered, consider

EVERY: Final = 5
GOING_ON: Final = 40
KINDS: Final = 20  # so many different plans are made by the rules; the rest of the past repeats them
_BATCH: Final = 5_000
_SHOWN: Final = "bench-operator"


@dataclass(frozen=True, slots=True)
class _Pattern:
    """What the rules made of one device, as it is stored."""

    update: dict[str, Any]
    steps: tuple[dict[str, Any], ...]


def live_through(database: Database, seed: int) -> None:
    """Write the past, unless there is one."""
    with database.read() as connection:
        if connection.execute(select(Update.id).limit(1)).first():
            return
        patterns = _patterns(connection, datetime.now(UTC))
        devices = connection.execute(select(Device.id).order_by(Device.id)).scalars().all()[::EVERY]
    random = Random(seed)
    for start in range(0, len(devices), _BATCH):
        with database.begin() as connection:
            _write(connection, random, patterns, devices[start : start + _BATCH])


def _patterns(connection: Connection, now: datetime) -> list[_Pattern]:
    given = snapshots.assignments(connection)
    due = connection.execute(select(Device.id).where(Device.need > 0).order_by(Device.id).limit(KINDS * 10)).scalars()
    found = [consider(snapshots.device(connection, one), given, None, choices=Choices(), now=now) for one in due]
    return [_pattern(one) for one in found if not one.plan.empty][:KINDS]


def _pattern(found: Considered) -> _Pattern:
    plan = found.plan
    steps = steps_of(plan, found.device, found.policy.policy, str(UUID(int=found.device.id)))
    common = {"policy_id": plan.policy.id, "policy_version": plan.policy.version, "content_hash": plan.content_hash}
    stored = {"plan": codec.to_json(plan), "findings": [codec.to_json(one) for one in found.findings]}
    chosen = {"choices": codec.to_json(plan.choices), "ordered_by": _SHOWN}
    return _Pattern(
        common | stored | chosen,
        tuple({"kind": s.kind.value, "item": s.item, "version": s.version, "step": codec.to_json(s)} for s in steps),
    )


def _write(connection: Connection, random: Random, patterns: Sequence[_Pattern], devices: Sequence[int]) -> None:
    last = connection.execute(select(func.max(Update.id))).scalar_one() or 0
    updates = [_update(last + place, random, device) for place, device in enumerate(devices, 1)]
    chosen = [random.choice(patterns) for _ in updates]
    whole = [own | pattern.update for own, pattern in zip(updates, chosen, strict=True)]
    _bulk(connection, Update, whole)
    _bulk(connection, UpdateStep, [row for u, p in zip(updates, chosen, strict=True) for row in _steps(u, p)])
    audit_chain.append_all(connection, _lines(updates), datetime.now(UTC))


def _bulk(connection: Connection, table: type[Update | UpdateStep], rows: Sequence[dict[str, Any]]) -> None:
    if not rows:
        return
    if connection.dialect.name != "sqlite":  # numbers are given out by the database
        connection.execute(insert(table), [{k: v for k, v in row.items() if k != "id"} for row in rows])
        return
    columns = tuple(rows[0])
    BulkTable(connection, table, columns).add(tuple(row[name] for name in columns) for row in rows)


def _update(number: int, random: Random, device: int) -> dict[str, Any]:
    began = datetime.now(UTC) - timedelta(minutes=random.randint(10, 500_000))
    status = UpdateStatus.COMPLETED if random.random() < 0.97 else UpdateStatus.FAILED
    if number <= GOING_ON:
        status = (UpdateStatus.WAITING, UpdateStatus.STUCK, UpdateStatus.RUNNING)[number % 3]
    ended = None if status.active else began + timedelta(seconds=random.randint(2, 60))
    waits = WaitingFor.TOKEN if status is UpdateStatus.WAITING else None
    when = {"ordered_at": began, "started_at": began, "finished_at": ended, "waiting_for": waits}
    counted = {"sequence": 40, "run_no": 1, "fence": 1, "attempts": 0, "cancel_requested": False}
    return {"id": number, "uuid": str(UUID(int=number)), "device_id": device, "status": status, **when, **counted}


def _steps(update: dict[str, Any], pattern: _Pattern) -> Iterator[dict[str, Any]]:
    over = update["finished_at"] is not None
    for seq, step in enumerate(pattern.steps, 1):
        done = over or seq <= 2
        status = StepStatus.DONE if done else StepStatus.PENDING
        times = dict.fromkeys(("intended_at", "finished_at"), update["ordered_at"] if done else None)
        yield {"update_id": update["id"], "seq": seq, "status": status, "ticket": "", **times, **step}


def _lines(updates: Sequence[dict[str, Any]]) -> Iterator[AuditEvent]:
    for update in updates:
        subject, about = f"update:{update['id']}", {"device": update["device_id"]}
        yield AuditEvent(AuditTag.UPDATE_ORDERED, _SHOWN, subject, about)
        yield AuditEvent(AuditTag.UPDATE_CLAIMED, "worker", subject, about)
        if not update["status"].active:
            yield AuditEvent(AuditTag.UPDATE_COMPLETED, "worker", subject, about)
