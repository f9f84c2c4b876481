"""What people do about identity checks: say whose data are to be confirmed, ask once more, delete what is over."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, delete, insert, or_, select, update

from portal.db.models import (
    IdentityAnswer,
    IdentityApplication,
    IdentityMessage,
    IdentityQuestion,
    Person,
)
from portal.db.transaction import Database
from portal.domain.audit import AuditTag
from portal.domain.errors import Conflict, InvalidInput, NotFound
from portal.domain.identity import IdentityClaim
from portal.domain.identity_agreement import disagreements
from portal.domain.identity_check import CheckState, IdentityService, Verdict, demanded_fields
from portal.domain.identity_form import read_claim
from portal.domain.ids import PersonId, UpdateId
from portal.ports.clock import Clock
from portal.ports.vault import Vault
from portal.services.audit import record
from portal.services.bell import Bell
from portal.services.exchange_settings import kept_for
from portal.services.identity_rows import call_all, change_question, judge, open_claim, seal_claim, wake_waiting
from portal.services.update_requests import active_update


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an application is about: the person, the registers to ask, and the update that waits for it, if one does."""

    person: PersonId
    services: frozenset[IdentityService]
    update: UpdateId | None = None
    seen: int | None = None  # the newest application whoever asks has before him, 0 for none; None: whatever it is
    announced: bool = False  # the certificate is made known afterwards, for which more must be claimed


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a person beforehand: from the directory, from the last confirmed claim, from the last claim."""

    attributes: Mapping[str, str] = field(repr=False)
    confirmed: IdentityClaim | None
    confirmed_at: datetime | None
    asked: IdentityClaim | None = None
    asked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class IdentityChecks:
    """Starts, repeats and deletes applications."""

    database: Database
    clock: Clock
    vault: Vault
    bell: Bell

    def known(self, person: PersonId) -> Known:
        """Values to fill the form with; raises NotFound."""
        last = _CLAIMS.where(IdentityApplication.person_id == person)
        with self.database.read() as connection:
            attributes = _attributes(connection, person)
            asked = connection.execute(last).first()
            confirmed = connection.execute(last.where(IdentityApplication.verdict == Verdict.CONFIRMED)).first()
        claims = [open_claim(self.vault, row) if row is not None else None for row in (confirmed, asked)]
        return Known(
            attributes,
            confirmed=claims[0],
            confirmed_at=confirmed.decided_at if confirmed is not None and claims[0] is not None else None,
            asked=claims[1],
            asked_at=asked.created_at if asked is not None and claims[1] is not None else None,
        )

    def start(self, wanted: Wanted, raw: Mapping[str, str], *, actor: str) -> int:
        """Put an application in; it supersedes earlier ones about the person.

        Raises InvalidInput by field, NotFound, and Conflict when the update it is for is over or somebody was quicker.
        """
        now = self.clock.now()
        told = {IdentityService.ACCOUNT} if wanted.announced else set()
        claim = read_claim(raw, demanded_fields(wanted.services | told), _today(now))
        with self.database.begin() as connection:
            differing = disagreements(claim, _attributes(connection, wanted.person))
            if differing:
                raise InvalidInput(dict.fromkeys(differing, "differs_from_directory"))
            if wanted.update is not None:
                active_update(connection, wanted.update)
            if wanted.seen is not None:
                _demand_newest(connection, wanted)
            self._supersede(connection, wanted.person, now)
            calls = wake_waiting(connection, wanted.person, self.bell, now)  # before the audit log, as workers do
            number = self._add(connection, wanted, claim, actor=actor)
        call_all(self.bell, calls)
        return number

    def repeat(self, question: int, *, actor: str) -> None:
        """Ask a register once more, as a new message.

        Raises NotFound, and Conflict when its answer may still come, the application is superseded or its data are
        deleted.
        """
        now = self.clock.now()
        with self.database.begin() as connection:
            row = connection.execute(_REPEATED.where(IdentityQuestion.id == question).with_for_update()).first()
            if row is None:
                raise NotFound("identity_question", id=str(question))
            if row.state.open or row.superseded_at is not None or row.sealed is None:
                raise Conflict("identity_not_repeatable", id=str(question))
            close = update(IdentityMessage).where(IdentityMessage.question_id == question)
            connection.execute(close.where(IdentityMessage.closed_at.is_(None)).values(closed_at=now))
            fresh = {"state": CheckState.QUEUED, "wake_at": now, "trouble": "", "remark": "", "refuted_by": None}
            change_question(connection, question, **fresh, attempts=0, repeats=0, sent_at=None, answered_at=None)
            calls = judge(connection, row.application_id, self.bell, now)
            subject = f"identity:{row.application_id}"
            record(connection, AuditTag.IDENTITY_REPEATED, actor=actor, subject=subject, now=now, service=row.service)
        call_all(self.bell, calls)

    def forget_old(self) -> int:
        """Delete what was claimed and answered, once its term is over; who asked what and the verdict stay."""
        kept_still = IdentityApplication.sealed.is_not(None)
        over = or_(IdentityApplication.verdict != Verdict.PENDING, IdentityApplication.superseded_at.is_not(None))
        with self.database.begin() as connection:
            limit = self.clock.now() - kept_for(connection)
            self._forget_strangers(connection, limit)
            old = IdentityApplication.created_at < limit
            query = select(IdentityApplication.id).where(old, kept_still, over).limit(500)
            numbers = list(connection.execute(query).scalars())
            if not numbers:
                return 0
            questions = select(IdentityQuestion.id).where(IdentityQuestion.application_id.in_(numbers))
            messages = update(IdentityMessage).where(IdentityMessage.question_id.in_(questions))
            connection.execute(messages.values(request=None, receipt=None))
            answers = update(IdentityAnswer).where(IdentityAnswer.question_id.in_(questions))
            connection.execute(answers.values(raw=None))
            gone = update(IdentityApplication).where(IdentityApplication.id.in_(numbers))
            connection.execute(gone.values(sealed=None))
        return len(numbers)

    def _forget_strangers(self, connection: Connection, limit: datetime) -> None:
        """Answers to what we do not remember to have asked hold somebody's data, too."""
        strange = (IdentityAnswer.question_id.is_(None), IdentityAnswer.received_at < limit)
        kept_still = IdentityAnswer.raw.is_not(None)
        connection.execute(update(IdentityAnswer).where(*strange, kept_still).values(raw=None))

    def _supersede(self, connection: Connection, person: PersonId, now: datetime) -> None:
        """What was asked before is asked no more; an answer that still comes is kept, and decides nothing."""
        earlier = (IdentityApplication.person_id == person, IdentityApplication.superseded_at.is_(None))
        numbers = list(connection.execute(select(IdentityApplication.id).where(*earlier)).scalars())
        if not numbers:
            return
        ended = update(IdentityApplication).where(IdentityApplication.id.in_(numbers))
        connection.execute(ended.values(superseded_at=now))
        unsent = delete(IdentityQuestion).where(
            IdentityQuestion.application_id.in_(numbers),
            IdentityQuestion.state == CheckState.QUEUED,
            IdentityQuestion.service != IdentityService.ACCOUNT,
            IdentityQuestion.attempts == 0,
            IdentityQuestion.repeats == 0,
        )
        connection.execute(unsent)

    def _add(self, connection: Connection, wanted: Wanted, claim: IdentityClaim, *, actor: str) -> int:
        now = self.clock.now()
        application = {
            "person_id": wanted.person,
            "update_id": wanted.update,
            "services": sorted(wanted.services),
            "sealed": seal_claim(self.vault, claim, wanted.person),
            "verdict": Verdict.PENDING,
            "ordered_by": actor,
            "created_at": now,
        }
        added = insert(IdentityApplication).values(application).returning(IdentityApplication.id)
        number: int = connection.execute(added).scalar_one()
        rows = [
            {"application_id": number, "service": service, "state": CheckState.QUEUED, "wake_at": now}
            for service in sorted(wanted.services)
        ]
        connection.execute(insert(IdentityQuestion), rows)
        told = {"person": wanted.person} | ({"update": wanted.update} if wanted.update else {})
        record(connection, AuditTag.IDENTITY_ASKED, actor=actor, subject=f"identity:{number}", now=now, **told)
        return number


def _demand_newest(connection: Connection, wanted: Wanted) -> None:
    about = IdentityApplication.person_id == wanted.person
    newest = select(IdentityApplication.id, IdentityApplication.ordered_by).where(about)
    row = connection.execute(newest.order_by(IdentityApplication.id.desc()).limit(1)).first()
    if row is not None and row.id != wanted.seen:
        raise Conflict("identity_asked", id=str(row.id), by=row.ordered_by)


def _attributes(connection: Connection, person: PersonId) -> Mapping[str, str]:
    found: Mapping[str, str] | None = connection.execute(
        select(Person.attributes).where(Person.id == person)
    ).scalar_one_or_none()
    if found is None:
        raise NotFound("person", id=str(person))
    return found


def _today(now: datetime) -> date:
    """The day it is in Moscow already, when it is late in London: nobody is born tomorrow there."""
    return (now + timedelta(hours=3)).date()


_CLAIMS = (
    select(*IdentityApplication.__table__.c)
    .where(IdentityApplication.sealed.is_not(None))
    .order_by(IdentityApplication.id.desc())
    .limit(1)
)
_REPEATED = select(
    IdentityQuestion.state,
    IdentityQuestion.service,
    IdentityQuestion.application_id,
    IdentityApplication.superseded_at,
    IdentityApplication.sealed,
).join(IdentityApplication, IdentityApplication.id == IdentityQuestion.application_id)
