"""What asking and answering share: a claim in its seal, and the verdict of an application as its questions stand."""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, select, update

from portal.db.models import Device, IdentityApplication, IdentityQuestion, Update
from portal.domain import codec
from portal.domain.audit import AuditTag
from portal.domain.identity import IdentityClaim
from portal.domain.identity_check import CheckState, IdentityService, Verdict, verdict_of
from portal.domain.ids import UpdateId
from portal.domain.outcomes import WaitingFor
from portal.domain.update_state import UpdateStatus
from portal.ports.vault import Vault
from portal.services.audit import record
from portal.services.bell import Bell, News, Ring
from portal.services.update_requests import wake

#: What to do once a transaction is in: ring for a worker, or tell those who look.
Call = Ring | News
#: How long a register may be silent before people are told so; its answer counts whenever it comes.
SILENCE: Final = timedelta(days=1)
_FIRST_PAUSE: Final = timedelta(seconds=5)
_LONGEST_PAUSE: Final = timedelta(minutes=30)


def pause_after(attempts: int) -> timedelta:
    """How long to leave a register alone after so many tries in vain."""
    return min(_FIRST_PAUSE * (1 << min(attempts, 12)), _LONGEST_PAUSE)


def seal_claim(vault: Vault, claim: IdentityClaim, person: int) -> bytes:
    """The claim as it may lie in the database."""
    plain = json.dumps(codec.to_json(claim), ensure_ascii=False).encode()
    return vault.seal(plain, context=f"identity:{person}")


def open_claim(vault: Vault, row: Any) -> IdentityClaim | None:
    """The claim of an application (``sealed``, ``person_id``), or None when its time is over or its seal broken."""
    if row.sealed is None:
        return None
    try:
        plain = vault.open(row.sealed, context=f"identity:{row.person_id}")
    except ValueError:
        return None
    return codec.from_json(IdentityClaim, json.loads(plain))


def change_question(connection: Connection, question: int, **values: Any) -> None:
    """Set columns of a question."""
    connection.execute(update(IdentityQuestion).where(IdentityQuestion.id == question).values(values))


def judge(connection: Connection, application: int, bell: Bell, now: datetime) -> tuple[Call, ...]:
    """Write down the verdict as the questions stand; whom to call once this is in.

    Called in the transaction that changed a question. Rows of updates are taken before the audit log, as by workers.
    """
    row = connection.execute(_APPLICATION.where(IdentityApplication.id == application).with_for_update()).one()
    verdict = verdict_of(_states(connection, application, row.services))
    if verdict is row.verdict:
        return () if row.superseded_at is not None else tell_waiting(connection, row.person_id, bell)
    calls = () if row.superseded_at is not None else wake_waiting(connection, row.person_id, bell, now)
    decided = None if verdict is Verdict.PENDING else now
    change = update(IdentityApplication).where(IdentityApplication.id == application)
    connection.execute(change.values(verdict=verdict, decided_at=decided))
    told = {"person": row.person_id, "verdict": verdict.value}
    told |= {"update": row.update_id} if row.update_id else {}
    subject = f"identity:{application}"
    record(connection, AuditTag.IDENTITY_DECIDED, actor="identity", subject=subject, now=now, **told)
    return calls


def wake_waiting(connection: Connection, person: int, bell: Bell, now: datetime) -> tuple[Call, ...]:
    """Make every update due that waits for the identity of this person; their bells, to be rung once this is in."""
    calls: list[Call] = []
    for number in _waiting(connection, person):
        wake(connection, number, now)
        calls += bell.note(connection, number), bell.post(connection, number, now)
    return tuple(calls)


def tell_waiting(connection: Connection, person: int, bell: Bell) -> tuple[Call, ...]:
    """The pages of the updates that wait for the identity of this person show something new."""
    return tuple(bell.note(connection, number) for number in _waiting(connection, person))


def call_all(bell: Bell, calls: Iterable[Call]) -> None:
    """Ring and tell what a transaction that is in has posted."""
    for call in calls:
        if isinstance(call, Ring):
            bell.ring(call)
        else:
            bell.tell(call)


def _waiting(connection: Connection, person: int) -> list[UpdateId]:
    waiting = select(Update.id).join(Device, Device.id == Update.device_id).where(Device.holder_id == person)
    waiting = waiting.where(Update.status == UpdateStatus.WAITING, Update.waiting_for == WaitingFor.IDENTITY)
    return [UpdateId(number) for number in connection.execute(waiting.order_by(Update.id)).scalars()]


def _states(connection: Connection, application: int, services: Iterable[str]) -> list[CheckState]:
    wanted = [IdentityService(name) for name in services]
    query = select(IdentityQuestion.state).where(
        IdentityQuestion.application_id == application, IdentityQuestion.service.in_(wanted)
    )
    return list(connection.execute(query).scalars())


_APPLICATION: Final = select(
    IdentityApplication.services,
    IdentityApplication.verdict,
    IdentityApplication.person_id,
    IdentityApplication.update_id,
    IdentityApplication.superseded_at,
)
