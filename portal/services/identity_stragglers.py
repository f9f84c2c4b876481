"""What does not come by the queue of answers: notes of the status queue, and answers that got lost on their way.

An adapter gives each answer away once. What it gave to a process that died before it was kept is found by its question.
"""

import hashlib
import logging
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from sqlalchemy import select

from portal.db.base import AnyRow
from portal.db.models import IdentityMessage, IdentityQuestion
from portal.db.transaction import Database
from portal.domain.errors import OutsideUnavailable
from portal.domain.identity_check import CheckState
from portal.ports.clock import Clock
from portal.ports.exchange import AnswerFinder, MessageExchange, Received, StatusReceived
from portal.services.exchange_settings import Exchange
from portal.services.identity_answering import IdentityAnswering

#: Answers that come by the queue come sooner.
_LATE: Final = timedelta(minutes=2)
_RECENT: Final = timedelta(days=7)
_AWAITED: Final = (CheckState.SENT, CheckState.PROCESSING, CheckState.NO_ANSWER)
_AT_ONCE: Final = 50
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class IdentityStragglers:
    """Looks after them now and then; one process is enough, another does no harm."""

    database: Database
    clock: Clock
    exchange: Exchange
    answering: IdentityAnswering
    _passed: int = field(default=0, init=False)

    def round(self) -> int:
        """Take what is there; answers how many things were news."""
        sender = self.exchange.sender()
        if sender is None or not self._outstanding():
            return 0
        try:
            return self._notes(sender.exchange) + self._lost(sender.exchange)
        except OutsideUnavailable as error:
            _log.warning("the exchange does not answer (%s): stragglers are looked for later", error.code)
            return 0

    def _notes(self, exchange: MessageExchange) -> int:
        """Notes are given out once and need no receipt; one that is not signed well says nothing."""
        news = 0
        for _ in range(_AT_ONCE):
            note = exchange.next_status()
            if note is None:
                break
            if note.signature.acceptable:
                news += self.answering.count(_as_answer(note), confirmed=True)
            else:
                _log.error("a note of the status queue is not believed: %s", note.signature.value)
        return news

    def _lost(self, exchange: MessageExchange) -> int:
        """Ask for answers by their questions, some in each round, until all had their turn."""
        if not isinstance(exchange, AnswerFinder):
            return 0
        news = 0
        late = self._late()
        for row in late:
            found = exchange.answer_to(row.message_id)
            self._passed = row.id
            if isinstance(found, Received):  # whoever finds answers has confirmed their receipt by himself
                news += self.answering.count(found, confirmed=True)
        if len(late) < _AT_ONCE:
            self._passed = 0
        return news

    def _outstanding(self) -> bool:
        recent = _AWAITING.where(IdentityMessage.sent_at > self.clock.now() - _RECENT)
        with self.database.read() as connection:
            return connection.execute(recent.limit(1)).first() is not None

    def _late(self) -> list[AnyRow]:
        now = self.clock.now()
        late = (IdentityMessage.sent_at < now - _LATE, IdentityMessage.sent_at > now - _RECENT)
        query = _AWAITING.where(IdentityMessage.id > self._passed, *late)
        with self.database.read() as connection:
            return list(connection.execute(query.order_by(IdentityMessage.id).limit(_AT_ONCE)).all())


def _as_answer(note: StatusReceived) -> Received:
    number = f"status:{hashlib.sha256(note.raw).hexdigest()}"
    return Received(number, note.original_id, note.raw, note.signature, status=note.note)


_AWAITING: Final = (
    select(IdentityMessage.id, IdentityMessage.message_id)
    .join(IdentityQuestion, IdentityQuestion.id == IdentityMessage.question_id)
    .where(IdentityQuestion.state.in_(_AWAITED), IdentityMessage.closed_at.is_(None))
)
