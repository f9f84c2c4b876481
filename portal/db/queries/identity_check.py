"""One identity check: its registers, the messages that asked them and the answers that came."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, unique
from typing import Any, Final

from sqlalchemy import Connection, exists, select

from portal.db.models import IS_ACTIVE, IdentityAnswer, IdentityApplication, IdentityMessage, IdentityQuestion, Update
from portal.db.queries.identity import CheckRow, check_rows
from portal.db.reach import checks_within
from portal.domain.errors import NotFound
from portal.domain.identity_check import CheckState, IdentityService, RefutedBy
from portal.domain.reach import EVERYTHING, Reach


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A message that asked; ``request`` and ``receipt``: whether they are kept."""

    id: int
    message_id: str
    created_at: datetime
    sent_at: datetime | None
    request: bool
    receipt: bool


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """A message that came; ``raw``: whether it is kept."""

    id: int
    received_at: datetime
    acknowledged_at: datetime | None
    signature: str
    raw: bool


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """A register asked: where its answer stands, what it holds against the claim, how often it was tried."""

    id: int
    service: IdentityService
    state: CheckState
    refuted_by: RefutedBy | None
    remark: str
    trouble: str
    attempts: int
    repeats: int
    wake_at: datetime
    sent_at: datetime | None
    answered_at: datetime | None
    messages: tuple[MessageRow, ...]
    answers: tuple[AnswerRow, ...]


@dataclass(frozen=True, slots=True)
class CheckCard:
    """A check with everything about it; ``active``: the update it is for goes on after it."""

    row: CheckRow
    questions: tuple[QuestionRow, ...]
    active: bool


@unique
class Part(StrEnum):
    """What of a check is evidence."""

    REQUEST = "request"  # what was sent
    RECEIPT = "receipt"  # that it was taken
    ANSWER = "answer"  # what came back


@dataclass(frozen=True, slots=True)
class SealedEvidence:
    """One message as it lies sealed; ``message_id`` is what its seal is bound to."""

    message_id: str
    service: IdentityService
    sealed: bytes | None


_COLUMNS: Final = (
    *(IdentityQuestion.id, IdentityQuestion.service, IdentityQuestion.state, IdentityQuestion.refuted_by),
    *(IdentityQuestion.remark, IdentityQuestion.trouble, IdentityQuestion.attempts, IdentityQuestion.repeats),
    *(IdentityQuestion.wake_at, IdentityQuestion.sent_at, IdentityQuestion.answered_at),
)
_MESSAGES: Final = (
    select(IdentityMessage.question_id, IdentityMessage.id, IdentityMessage.message_id, IdentityMessage.created_at)
    .add_columns(IdentityMessage.sent_at, IdentityMessage.request.is_not(None), IdentityMessage.receipt.is_not(None))
    .order_by(IdentityMessage.id)
)
_ANSWERS: Final = (
    select(IdentityAnswer.question_id, IdentityAnswer.id, IdentityAnswer.received_at, IdentityAnswer.acknowledged_at)
    .add_columns(IdentityAnswer.signature, IdentityAnswer.raw.is_not(None))
    .order_by(IdentityAnswer.id)
)


def identity_check(connection: Connection, number: int, *, reach: Reach = EVERYTHING) -> CheckCard:
    """Everything about one check; raises NotFound, also for one out of reach."""
    within = select(IdentityApplication.id).where(IdentityApplication.id == number, *checks_within(reach))
    rows = check_rows(connection, list(connection.execute(within).scalars()))
    if not rows:
        raise NotFound("identity_check", id=str(number))
    active = select(exists().where(Update.id == rows[0].update_id, IS_ACTIVE))
    return CheckCard(rows[0], _questions(connection, number), bool(connection.execute(active).scalar()))


def sealed_evidence(connection: Connection, check: int, part: Part, number: int) -> SealedEvidence:
    """One message of this check; raises NotFound."""
    table = IdentityAnswer if part is Part.ANSWER else IdentityMessage
    kept: Any = getattr(table, "raw" if part is Part.ANSWER else part.value)
    query = select(table.message_id, IdentityQuestion.service, kept).join(
        IdentityQuestion, IdentityQuestion.id == table.question_id
    )
    found = connection.execute(query.where(table.id == number, IdentityQuestion.application_id == check)).one_or_none()
    if found is None:
        raise NotFound("identity_evidence", id=str(number))
    return SealedEvidence(*found)


def _questions(connection: Connection, check: int) -> tuple[QuestionRow, ...]:
    query = select(*_COLUMNS).where(IdentityQuestion.application_id == check).order_by(IdentityQuestion.id)
    rows = connection.execute(query).all()
    numbers = [row.id for row in rows]
    messages = _grouped(connection.execute(_MESSAGES.where(IdentityMessage.question_id.in_(numbers))))
    answers = _grouped(connection.execute(_ANSWERS.where(IdentityAnswer.question_id.in_(numbers))))
    return tuple(
        QuestionRow(
            *row,
            messages=tuple(MessageRow(*one) for one in messages.get(row.id, ())),
            answers=tuple(AnswerRow(*one) for one in answers.get(row.id, ())),
        )
        for row in rows
    )


def _grouped(rows: Iterable[Any]) -> dict[int, list[tuple[Any, ...]]]:
    """The rows without their first column, by that."""
    found: dict[int, list[tuple[Any, ...]]] = {}
    for owner, *rest in rows:
        found.setdefault(owner, []).append(tuple(rest))
    return found
