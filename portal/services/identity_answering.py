"""Taking answers: the octets are kept first, counted once, and only then is their receipt confirmed.

An answer that comes again, because the confirmation was lost, is confirmed again and counts for nothing.
"""

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, insert, or_, select, update

from portal.db.base import AnyRow
from portal.db.models import IdentityAnswer, IdentityApplication, IdentityMessage, IdentityQuestion
from portal.db.transaction import Database
from portal.domain.identity_check import CheckAnswer, CheckState
from portal.domain.outcomes import Done
from portal.ports.clock import Clock
from portal.ports.exchange import MessageExchange, Received, Rejection, Rule, SignatureState, Unreadable
from portal.ports.information_kinds import InformationKinds, UnreadableAnswerError
from portal.ports.vault import Vault
from portal.services.bell import Bell
from portal.services.identity_rows import SILENCE, Call, call_all, change_question, judge, open_claim, pause_after

#: An answer of the register's own failure is asked for again, as a new message, so many times.
REPEATS: Final = 5
_AT_ONCE: Final = 100
_CONFIRM_AGAIN: Final = timedelta(minutes=1)
_OVER: Final = frozenset({CheckState.CONFIRMED, CheckState.REFUTED, CheckState.NOT_FOUND})
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class IdentityAnswering:
    """Empties the queue of one sender."""

    database: Database
    clock: Clock
    vault: Vault
    kinds: InformationKinds
    bell: Bell

    def take(self, exchange: MessageExchange) -> int:
        """Take what is there; answers how many messages came. Raises OutsideUnavailable."""
        self._confirm_again(exchange)
        for taken in range(_AT_ONCE):
            received = exchange.next_answer()
            if received is None:
                return taken
            if isinstance(received, Unreadable):
                self._keep_unreadable(received)
                return taken  # it cannot be confirmed, so that asking again would bring it again
            self.count(received)
            self._confirm(received.message_id, exchange, accepted=received.signature.acceptable)
        return _AT_ONCE

    def count(self, received: Received, *, confirmed: bool = False) -> bool:
        """Keep the message and what it means; False when it came before. ``confirmed``: no receipt is waited for."""
        now = self.clock.now()
        with self.database.begin() as connection:
            known = select(IdentityAnswer.id).where(IdentityAnswer.message_id == received.message_id)
            if connection.execute(known).first() is not None:
                return False
            question = self._question(connection, received.original_id)
            kept = {"question_id": question.id if question else None, "acknowledged_at": now if confirmed else None}
            self._keep(connection, received, kept, now)
            calls = self._apply(connection, received, question, now) if question else ()
        call_all(self.bell, calls)
        return True

    def _keep(self, connection: Connection, received: Received, kept: Mapping[str, object], now: datetime) -> None:
        values = {
            **kept,
            "message_id": received.message_id,
            "signature": received.signature.value,
            "raw": self.vault.seal(received.raw, context=f"answer:{received.message_id}"),
            "received_at": now,
        }
        connection.execute(insert(IdentityAnswer).values(values))

    def _keep_unreadable(self, unreadable: Unreadable) -> None:
        number = f"unreadable:{hashlib.sha256(unreadable.raw).hexdigest()}"
        known = select(IdentityAnswer.id).where(IdentityAnswer.message_id == number)
        _log.error("what came is no message of the exchange: %s", unreadable.detail)
        with self.database.begin() as connection:
            if connection.execute(known).first() is not None:
                return
            raw = self.vault.seal(unreadable.raw, context=f"answer:{number}")
            now = self.clock.now()
            malformed = {
                "signature": SignatureState.MALFORMED.value,
                "acknowledged_at": now,
            }  # it has no number to confirm
            values = {"message_id": number, "raw": raw, "received_at": now, **malformed}
            connection.execute(insert(IdentityAnswer).values(values))

    def _confirm_again(self, exchange: MessageExchange) -> None:
        """Confirm what was kept and, as far as we know, not confirmed; what is known there already is Done, too."""
        old = (IdentityAnswer.acknowledged_at.is_(None), IdentityAnswer.received_at < self.clock.now() - _CONFIRM_AGAIN)
        query = select(IdentityAnswer.message_id, IdentityAnswer.signature).where(*old).order_by(IdentityAnswer.id)
        with self.database.read() as connection:
            rows = connection.execute(query.limit(_AT_ONCE)).all()
        for row in rows:
            self._confirm(row.message_id, exchange, accepted=SignatureState(row.signature).acceptable)

    def _confirm(self, number: str, exchange: MessageExchange, *, accepted: bool) -> None:
        if not isinstance(exchange.acknowledge(number, accepted=accepted), Done):
            return  # it comes again, and is confirmed then
        same = IdentityAnswer.message_id == number
        with self.database.begin() as connection:
            connection.execute(update(IdentityAnswer).where(same).values(acknowledged_at=self.clock.now()))

    def _question(self, connection: Connection, original: str) -> AnyRow | None:
        ours = or_(IdentityMessage.message_id == original, IdentityMessage.known_as == original)
        return connection.execute(_QUESTION.where(ours)).first()

    def _apply(self, connection: Connection, received: Received, row: AnyRow, now: datetime) -> tuple[Call, ...]:
        """Write what the message means for its question, unless that has been answered for good."""
        if row.state in _OVER:
            return ()
        answer, trouble = self._meaning(received, row)
        if answer is None:
            self._ask_again(connection, row, trouble, now)
        else:
            self._answered(connection, row, answer, trouble=trouble)
        return judge(connection, row.application_id, self.bell, now)

    def _meaning(self, received: Received, row: AnyRow) -> tuple[CheckAnswer | None, str]:
        """The answer, or None when it must be asked for again; and what went wrong."""
        if not received.trustworthy:
            return CheckAnswer(CheckState.NO_ANSWER), "signature"
        if received.content:
            return self._read(received.content, row)
        if received.rejects:
            return _rejected(received)
        if received.status is not None and received.status.rule is not None:
            asked_again = received.status.rule in {Rule.NEW_ID, Rule.RESEND_SAME} and row.repeats < REPEATS
            return (None if asked_again else CheckAnswer(CheckState.NO_ANSWER)), received.status.fault or "rejected"
        return CheckAnswer(CheckState.PROCESSING), ""

    def _read(self, content: bytes, row: AnyRow) -> tuple[CheckAnswer | None, str]:
        claim = open_claim(self.vault, row)
        if claim is None:
            return CheckAnswer(CheckState.NO_ANSWER), "claim"
        try:
            return self.kinds.read(row.service, content, claim), ""
        except UnreadableAnswerError as error:
            return CheckAnswer(CheckState.NO_ANSWER), f"unreadable:{error}"

    def _ask_again(self, connection: Connection, row: AnyRow, trouble: str, now: datetime) -> None:
        """The register failed: the same question as a new message, after a while; given up after some."""
        if row.repeats >= REPEATS:
            self._answered(connection, row, CheckAnswer(CheckState.NO_ANSWER), trouble=trouble)
            return
        close = update(IdentityMessage).where(IdentityMessage.question_id == row.id)
        connection.execute(close.where(IdentityMessage.closed_at.is_(None)).values(closed_at=now))
        again = {"wake_at": now + pause_after(row.repeats), "repeats": row.repeats + 1, "attempts": 0}
        change_question(connection, row.id, state=CheckState.QUEUED, trouble=trouble[:60], **again)

    def _answered(self, connection: Connection, row: AnyRow, answer: CheckAnswer, *, trouble: str) -> None:
        now = self.clock.now()
        values = {"state": answer.result, "refuted_by": answer.refuted_by, "remark": answer.remark[:100]}
        open_still = {"wake_at": now + SILENCE} if answer.result.open else {"answered_at": now}
        change_question(connection, row.id, **values, **open_still, trouble=trouble[:60])


def _rejected(received: Received) -> tuple[CheckAnswer | None, str]:
    reasons = {reject.reason for reject in received.rejects}
    code = received.rejects[0].code
    if Rejection.NO_DATA in reasons:
        return CheckAnswer(CheckState.NOT_FOUND), ""
    if Rejection.FAILURE in reasons:
        return None, code
    return CheckAnswer(CheckState.NO_ANSWER), code


_QUESTION: Final = (
    select(
        IdentityQuestion.id,
        IdentityQuestion.application_id,
        IdentityQuestion.service,
        IdentityQuestion.state,
        IdentityQuestion.repeats,
        IdentityApplication.sealed,
        IdentityApplication.person_id,
    )
    .join(IdentityMessage, IdentityMessage.question_id == IdentityQuestion.id)
    .join(IdentityApplication, IdentityApplication.id == IdentityQuestion.application_id)
)
