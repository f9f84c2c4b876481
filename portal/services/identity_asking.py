"""Sending what is due to be asked: the number of a message is written down, then it is sent, then that is written down.

A process that dies in between sends the same message again; the exchange takes no number twice.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from sqlalchemy import insert, select, update

from portal.db.base import AnyRow
from portal.db.models import IdentityApplication, IdentityMessage, IdentityQuestion
from portal.db.transaction import Database
from portal.domain.identity import Organization
from portal.domain.identity_check import CheckState
from portal.domain.outcomes import Done, Outcome, Refused
from portal.ports.clock import Clock
from portal.ports.exchange import MessageExchange, OutgoingMessage, Rule, Sent, rule_of
from portal.ports.information_kinds import InformationKinds, MadeCertificate, Question
from portal.ports.vault import Vault
from portal.services.bell import Bell
from portal.services.identity_rows import (
    SILENCE,
    call_all,
    change_question,
    judge,
    open_claim,
    pause_after,
    tell_waiting,
)

_CLAIM: Final = timedelta(minutes=1)
_AT_ONCE: Final = 100
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sender:
    """One way into the exchange, and as whom. ``number`` makes the number of a new message."""

    exchange: MessageExchange
    asker: Organization
    routing: str
    number: Callable[[], str]
    test: bool = False


@dataclass(frozen=True, slots=True)
class IdentityAsking:
    """Sends questions, and tells of those nobody answered. Any number of processes may do it."""

    database: Database
    clock: Clock
    vault: Vault
    kinds: InformationKinds
    bell: Bell

    def ask_due(self, sender: Sender) -> int:
        """Send what is due; answers how many messages went out."""
        return sum(self._ask(row, sender) for row in self._due(CheckState.QUEUED))

    def tell_silent(self) -> int:
        """Mark questions that were answered by nobody for too long; an answer that comes later still counts."""
        rows = self._due(CheckState.SENT) + self._due(CheckState.PROCESSING)
        for row in rows:
            self._end(row, "silent")
        return len(rows)

    def _due(self, state: CheckState) -> list[AnyRow]:
        query = _DUE.where(IdentityQuestion.state == state, IdentityQuestion.wake_at <= self.clock.now())
        with self.database.read() as connection:
            return list(connection.execute(query.order_by(IdentityQuestion.wake_at).limit(_AT_ONCE)).all())

    def _ask(self, row: AnyRow, sender: Sender) -> bool:
        message = self._claim(row, sender)
        if message is None:
            return False
        try:
            content = self._written(row, message.message_id, sender)
        except ValueError as error:
            self._end(row, f"unwritable:{error}"[:60])
            return False
        outgoing = OutgoingMessage(message.message_id, content, again=message.again, test=sender.test)
        sent = sender.exchange.send(outgoing)
        return self._note(row, message, sent)

    def _claim(self, row: AnyRow, sender: Sender) -> "_Message | None":
        """Take the question and write down the number of its message; None when somebody else has it."""
        now = self.clock.now()
        same = (IdentityQuestion.id == row.id, IdentityQuestion.wake_at == row.wake_at)
        taken = update(IdentityQuestion).where(*same, IdentityQuestion.state == CheckState.QUEUED)
        with self.database.begin() as connection:
            if not connection.execute(taken.values(wake_at=now + _CLAIM, attempts=row.attempts + 1)).rowcount:
                return None
            known = connection.execute(_OPEN_MESSAGE.where(IdentityMessage.question_id == row.id)).first()
            if known is not None:
                return _Message(known.message_id, again=True)
            number = sender.number()
            values = {"question_id": row.id, "message_id": number, "created_at": now}
            connection.execute(insert(IdentityMessage).values(values))
        return _Message(number, again=False)

    def _written(self, row: AnyRow, number: str, sender: Sender) -> bytes:
        claim = open_claim(self.vault, row)
        if claim is None:
            raise ValueError("claim")
        question = Question(claim, number, sender.asker, sender.routing, _made(row.made))
        return self.kinds.write(row.service, question)

    def _note(self, row: AnyRow, message: "_Message", sent: Outcome[Sent]) -> bool:
        match sent:
            case Done(reply=reply):
                self._sent(row, message, reply)
                return True
            case Refused():
                self._refused(row, message, sent)
            case _:
                self._later(row, "waiting")
        return False

    def _sent(self, row: AnyRow, message: "_Message", reply: Sent) -> None:
        now = self.clock.now()
        evidence = {
            "sent_at": now,
            "known_as": reply.message_id,
            "request": self.vault.seal(reply.request, context=f"evidence:{message.message_id}"),
            "receipt": self.vault.seal(reply.raw, context=f"receipt:{message.message_id}"),
        }
        with self.database.begin() as connection:
            same = IdentityMessage.message_id == message.message_id
            connection.execute(update(IdentityMessage).where(same).values(evidence))
            still = update(IdentityQuestion).where(
                IdentityQuestion.id == row.id, IdentityQuestion.state == CheckState.QUEUED
            )
            # an answer may have been quicker than we are: what it said stays
            connection.execute(
                still.values(state=CheckState.SENT, sent_at=now, wake_at=now + SILENCE, trouble="", attempts=0)
            )
            calls = tell_waiting(connection, row.person_id, self.bell)
        call_all(self.bell, calls)

    def _refused(self, row: AnyRow, message: "_Message", refused: Refused) -> None:
        match rule_of(refused):
            case Rule.ALREADY_SENT | Rule.ALREADY_CONFIRMED:
                self._sent(row, message, Sent(message.message_id, already=True))
            case Rule.NEW_ID:
                self._close(message)
                self._later(row, refused.why.detail or refused.why.trouble.value)
            case Rule.REFUSE:
                self._close(message)
                self._end(row, refused.why.detail or "refused")
            case _:
                self._later(row, refused.why.detail or refused.why.trouble.value)

    def _close(self, message: "_Message") -> None:
        """The next try is another message."""
        with self.database.begin() as connection:
            same = IdentityMessage.message_id == message.message_id
            connection.execute(update(IdentityMessage).where(same).values(closed_at=self.clock.now()))

    def _later(self, row: AnyRow, trouble: str) -> None:
        wake_at = self.clock.now() + pause_after(row.attempts)
        _log.warning("question %s is not taken (%s); next try at %s", row.id, trouble, wake_at)
        with self.database.begin() as connection:
            change_question(connection, row.id, wake_at=wake_at, trouble=trouble[:60])
            calls = tell_waiting(connection, row.person_id, self.bell)
        call_all(self.bell, calls)

    def _end(self, row: AnyRow, trouble: str) -> None:
        now = self.clock.now()
        with self.database.begin() as connection:
            change_question(connection, row.id, state=CheckState.NO_ANSWER, trouble=trouble[:60], answered_at=now)
            calls = judge(connection, row.application_id, self.bell, now)
        call_all(self.bell, calls)


@dataclass(frozen=True, slots=True)
class _Message:
    """The message of a question; ``again`` when an earlier try may have got through."""

    message_id: str
    again: bool


def _made(stored: dict[str, str] | None) -> MadeCertificate | None:
    if stored is None:
        return None
    days = (date.fromisoformat(stored[name]) for name in ("not_before", "not_after"))
    return MadeCertificate(stored["serial"], stored["issuer"], *days)


_DUE: Final = select(
    IdentityQuestion.id,
    IdentityQuestion.application_id,
    IdentityQuestion.service,
    IdentityQuestion.wake_at,
    IdentityQuestion.attempts,
    IdentityQuestion.made,
    IdentityApplication.sealed,
    IdentityApplication.person_id,
).join(IdentityApplication, IdentityApplication.id == IdentityQuestion.application_id)
_OPEN_MESSAGE: Final = (
    select(IdentityMessage.message_id)
    .where(IdentityMessage.closed_at.is_(None))
    .order_by(IdentityMessage.id.desc())
    .limit(1)
)
