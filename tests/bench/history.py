"""A past for a generated fleet: an update of every fifth device, what it removed, foreign certificates decided on.

A few updates still go on. The audit log comes last (``write_log``), over a fleet that has all its copies.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, func, insert, select

from portal.db import audit_chain, snapshots
from portal.db.audit_words import remember, words_of
from portal.db.base import AnyRow
from portal.db.models import (
    AuditEntry,
    AuditWord,
    Certificate,
    CertificatePlace,
    Device,
    Peculiarity,
    Update,
    UpdateStep,
)
from portal.db.transaction import Database
from portal.domain import codec
from portal.domain.audit import AuditEvent, AuditTag
from portal.domain.certificate import CertificateKind
from portal.domain.outcomes import WaitingFor
from portal.domain.peculiarities import PeculiarityKind
from portal.domain.plan_items import Choices
from portal.domain.plan_steps import steps_of
from portal.domain.update_state import StepStatus, UpdateStatus
from portal.seed.bulk import BulkTable
from portal.services.audit_reading import WORDS
from portal.services.planning import Considered, consider
from portal.services.tracking import keep_choice

EVERY: Final = 5
GOING_ON: Final = 40
KINDS: Final = 20  # so many different plans are made by the rules; the rest of the past repeats them
_BATCH: Final = 5_000
_LINES: Final = 50_000
_YEAR: Final = timedelta(days=365)
OPERATORS: Final = ("bench-operator", "a.ivanova", "p.smirnov", "registrar-kazan", "n.kuznetsova")


@dataclass(frozen=True, slots=True)
class _Pattern:
    """What the rules made of one device, as it is stored."""

    update: dict[str, Any]
    steps: tuple[dict[str, Any], ...]


def live_through(database: Database, seed: int) -> None:
    """Write the past."""
    now, random = datetime.now(UTC), Random(seed)
    with database.read() as connection:
        patterns = _patterns(connection, now)
        devices = connection.execute(select(Device.id).order_by(Device.id)).scalars().all()[::EVERY]
    for start in range(0, len(devices), _BATCH):
        with database.begin() as connection:
            _write(connection, random, patterns, devices[start : start + _BATCH])
    with database.begin() as connection:
        _decide(connection, now)
        _remove_renewed(connection)


def write_log(database: Database) -> None:
    """The audit lines of every update and the words they are found by, as if written through a year."""
    with database.begin() as connection:
        rows = connection.execute(select(Update.id, Update.device_id, Update.status).order_by(Update.id)).all()
        began = datetime.now(UTC) - _YEAR
        for start in range(0, len(rows), _BATCH):
            at = began + _YEAR * (start / len(rows))
            audit_chain.append_all(connection, _lines(rows[start : start + _BATCH]), at)
        _index(connection)


def _index(connection: Connection) -> None:
    """What the reader of the log would do line by line, in large sorted batches."""
    entry, table, reached = AuditEntry, BulkTable(connection, AuditWord, ("term", "entry_id")), 0
    query = select(entry.id, entry.actor, entry.subject, entry.particulars).order_by(entry.id).limit(_LINES)
    while rows := connection.execute(query.where(entry.id > reached)).all():
        table.add(sorted((word, row.id) for row in rows for word in _words(row)))
        reached = rows[-1].id
    remember(connection, WORDS, reached, now=datetime.now(UTC))


def _words(row: AnyRow) -> tuple[str, ...]:
    return words_of(row.actor, row.subject, *map(str, row.particulars.values()))


def _decide(connection: Connection, now: datetime) -> None:
    """Of the foreign certificates on tokens some are watched, some were looked at, the rest waits for an answer."""
    query = select(Peculiarity.device_id, Peculiarity.fingerprint).where(Peculiarity.kind == PeculiarityKind.FOREIGN)
    for place, row in enumerate(connection.execute(query.order_by(Peculiarity.device_id)).all()):
        chosen = (frozenset({row.fingerprint}), frozenset[str](), frozenset[str]())
        tracked, declined = chosen[place % 3], chosen[place % 3 - 1]
        keep_choice(connection, row.device_id, tracked=tracked, declined=declined, actor=OPERATORS[0], now=now)


def _remove_renewed(connection: Connection) -> None:
    """What the updates that are over took from the tokens: a certificate of the year before."""
    own = Certificate
    first = select(func.min(own.id)).where(own.kind == CertificateKind.MANAGED).group_by(own.device_id)
    query = select(own.__table__, Update.id.label("by"), Update.finished_at).join(
        Update, Update.device_id == own.device_id
    )
    query = query.where(own.id.in_(first), Update.finished_at.is_not(None))
    rows = [dict(row) for row in connection.execute(query).mappings()]
    for row in rows:
        number, removed = row.pop("by"), row.pop("finished_at")
        row |= {name: row[name][::-1] for name in ("fingerprint", "key_id", "serial")}
        row |= {name: row[name] - _YEAR for name in ("not_before", "not_after", "created_at")}
        row |= {"status": CertificatePlace.REMOVED, "removed_at": removed, "update_id": number}
        del row["id"]
    if rows:
        connection.execute(insert(own), rows)


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
    chosen = {"choices": codec.to_json(plan.choices), "ordered_by": OPERATORS[0]}
    return _Pattern(
        common | stored | chosen,
        tuple({"kind": s.kind.value, "item": s.item, "version": s.version, "step": codec.to_json(s)} for s in steps),
    )


def _write(connection: Connection, random: Random, patterns: Sequence[_Pattern], devices: Sequence[int]) -> None:
    last = connection.execute(select(func.max(Update.id))).scalar_one() or 0
    updates = [_update(last + place, random, device) for place, device in enumerate(devices, 1)]
    chosen = [random.choice(patterns) for _ in updates]
    whole = [pattern.update | own for own, pattern in zip(updates, chosen, strict=True)]
    _bulk(connection, Update, whole)
    _bulk(connection, UpdateStep, [row for u, p in zip(updates, chosen, strict=True) for row in _steps(u, p)])


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
    who = {"ordered_by": OPERATORS[number % len(OPERATORS)]}
    return {
        "id": number,
        "uuid": str(UUID(int=number)),
        "device_id": device,
        "status": status,
        **when,
        **counted,
        **who,
    }


def _steps(update: dict[str, Any], pattern: _Pattern) -> Iterator[dict[str, Any]]:
    over = update["finished_at"] is not None
    for seq, step in enumerate(pattern.steps, 1):
        done = over or seq <= 2
        status = StepStatus.DONE if done else StepStatus.PENDING
        times = dict.fromkeys(("intended_at", "finished_at"), update["ordered_at"] if done else None)
        yield {"update_id": update["id"], "seq": seq, "status": status, "ticket": "", **times, **step}


def _lines(updates: Sequence[AnyRow]) -> Iterator[AuditEvent]:
    for update in updates:
        subject, about = f"update:{update.id}", {"device": update.device_id}
        yield AuditEvent(AuditTag.UPDATE_ORDERED, OPERATORS[update.id % len(OPERATORS)], subject, about)
        yield AuditEvent(AuditTag.UPDATE_CLAIMED, "worker", subject, about)
        if not update.status.active:
            over = AuditTag.UPDATE_COMPLETED if update.status is UpdateStatus.COMPLETED else AuditTag.UPDATE_FAILED
            yield AuditEvent(over, "worker", subject, about)
