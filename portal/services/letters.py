"""The outbox: letters are put in, tried until somebody takes them, and kept for a while."""

import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, delete, insert, select, update

from portal.db.base import AnyRow
from portal.db.models import Group, LetterRow, LetterSettings
from portal.db.only_row import keep_one
from portal.db.transaction import Database
from portal.domain.audit import AuditTag
from portal.domain.errors import Conflict, InvalidInput, NotFound, OutsideUnavailable
from portal.domain.letters import Audience, LetterKind, LetterStatus
from portal.ports.clock import Clock
from portal.ports.letters import Letter, LetterFacts, LetterWriter, Notifier
from portal.services.audit import record

#: Nobody is helped by older news.
GIVEN_UP: Final = timedelta(days=3)
KEPT: Final = timedelta(days=90)
_CLAIM: Final = timedelta(minutes=5)
_LONGEST_PAUSE: Final = timedelta(hours=1)
_AT_ONCE: Final = 50
#: An address as mail servers take it; the full grammar of RFC 5321 helps nobody here.
_ADDRESS: Final = re.compile(r"[^\s@<>,;:\"()\[\]\\]{1,64}@[^\s@<>,;:\"()\[\]\\]{1,190}")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Administrators:
    """Who gets the letters for administrators: addresses, and members of directory groups.

    ``digest_hour`` is the hour of the daily digest on this machine's clock, None for no digest.
    """

    addresses: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    locale: str = "ru"
    digest_hour: int | None = 8
    version: int = 0


@dataclass(frozen=True, slots=True)
class Written:
    """A letter to be put into the outbox; ``about`` names what it tells of."""

    facts: LetterFacts
    address: str
    locale: str
    about: str
    person: int | None = None


def administrators(connection: Connection) -> Administrators:
    """The settings, or those of a new installation."""
    row = connection.execute(select(LetterSettings.__table__)).one_or_none()
    if row is None:
        return Administrators()
    return Administrators(tuple(row.addresses), tuple(row.groups), row.locale, row.digest_hour, row.version)


def is_address(text: str) -> bool:
    """Whether a mail server could take this as an address."""
    return _ADDRESS.fullmatch(text) is not None


@dataclass(slots=True)
class Letters:
    """The care of letters; ``notifier`` is None while no mail server is named, and then nothing is written.

    A mail system that did not answer is left alone for a while, unless a person wants a letter tried again.
    """

    database: Database
    clock: Clock
    writer: LetterWriter
    notifier: Notifier | None
    _silent_until: datetime | None = None
    _failures: int = 0

    @property
    def enabled(self) -> bool:
        """Whether a mail server is named."""
        return self.notifier is not None

    def put(self, connection: Connection, letters: Iterable[Written]) -> int:
        """Write letters into the outbox in the caller's transaction; who has one of today gets no second."""
        rows = {row["once"]: row for row in map(self._row, letters)}
        known = select(LetterRow.once).where(LetterRow.once.in_(list(rows)))
        for once in connection.execute(known).scalars().all():
            del rows[once]
        if rows:
            connection.execute(insert(LetterRow), list(rows.values()))
        return len(rows)

    def send_due(self) -> int:
        """Hand over what is due; a mail system that does not answer is left alone for longer each time."""
        now = self.clock.now()
        if self.notifier is None or (self._silent_until and now < self._silent_until):
            return 0
        sent = 0
        for row in self._claimed(now):
            try:
                self.notifier.send(Letter(str(row.id), row.address, row.subject, row.body))
            except OutsideUnavailable as error:
                self._note(row, error, now)
                if not error.permanent:
                    break
            else:
                sent += 1
                self._failures, self._silent_until = 0, None
                self._finish(row.id, LetterStatus.SENT, now)
        return sent

    def send_test(self, address: str, *, actor: str, locale: str) -> None:
        """Put a test letter into the outbox; raises InvalidInput, or Conflict when no mail server is named."""
        if not is_address(address):
            raise InvalidInput({"address": "bad_address"})
        if self.notifier is None:
            raise Conflict("no_mail_server")
        now = self.clock.now()
        facts = LetterFacts(LetterKind.TEST, Audience.ADMINISTRATORS)
        with self.database.begin() as connection:
            self.put(connection, [Written(facts, address, locale, f"test:{now.isoformat()}")])
            record(connection, AuditTag.LETTER_TESTED, actor=actor, subject="letters", now=now)

    def set_administrators(self, wanted: Administrators, *, actor: str) -> None:
        """Change who gets what; raises InvalidInput by field, or Conflict when somebody was quicker."""
        values = {
            "addresses": list(wanted.addresses),
            "groups": list(wanted.groups),
            "locale": wanted.locale,
            "digest_hour": wanted.digest_hour,
        }
        changed = Conflict("letters_changed")
        with self.database.begin() as connection:
            _check(connection, wanted)
            if administrators(connection).version != wanted.version:
                raise changed
            keep_one(connection, LetterSettings, values, seen=wanted.version, otherwise=changed)
            record(connection, AuditTag.LETTERS_SET, actor=actor, subject="letters", now=self.clock.now())

    def try_again(self, letter: int, *, actor: str) -> None:
        """Put a letter nobody took back into the queue; raises NotFound."""
        now = self.clock.now()
        refused = (LetterRow.id == letter, LetterRow.status != LetterStatus.SENT)
        values = {"status": LetterStatus.QUEUED, "due_at": now, "created_at": now, "attempts": 0, "trouble": ""}
        with self.database.begin() as connection:
            if not connection.execute(update(LetterRow).where(*refused).values(values)).rowcount:
                raise NotFound("letter", id=str(letter))
            record(connection, AuditTag.LETTER_REPEATED, actor=actor, subject=f"letter:{letter}", now=now)
        self._silent_until = None

    def forget_old(self) -> int:
        """Delete letters whose time is over: they name people."""
        over = LetterRow.created_at < self.clock.now() - KEPT
        with self.database.begin() as connection:
            return connection.execute(delete(LetterRow).where(over)).rowcount

    def _row(self, letter: Written) -> dict[str, Any]:
        subject, body = self.writer.write(letter.facts, letter.locale)
        kind, audience, now = letter.facts.kind, letter.facts.audience, self.clock.now()
        return {
            "kind": kind,
            "audience": audience,
            "about": letter.about,
            "once": f"{kind}/{letter.about}/{audience}/{letter.address}/{now:%Y-%m-%d}"[:300],
            "person_id": letter.person,
            "address": letter.address,
            "subject": subject[:300],
            "body": body,
            "status": LetterStatus.QUEUED,
            "created_at": now,
            "due_at": now,
        }

    def _claimed(self, now: datetime) -> Iterable[AnyRow]:
        """Letters that are due, each kept from other couriers while it is tried."""
        due = (LetterRow.status == LetterStatus.QUEUED, LetterRow.due_at <= now)
        query = select(LetterRow.__table__).where(*due).order_by(LetterRow.due_at, LetterRow.id).limit(_AT_ONCE)
        with self.database.read() as connection:
            rows = connection.execute(query).all()
        for row in rows:
            same = (LetterRow.id == row.id, LetterRow.due_at == row.due_at, LetterRow.status == LetterStatus.QUEUED)
            claim = update(LetterRow).where(*same).values(due_at=now + _CLAIM, attempts=row.attempts + 1)
            with self.database.begin() as connection:
                mine = connection.execute(claim).rowcount
            if mine:
                yield row

    def _note(self, row: AnyRow, error: OutsideUnavailable, now: datetime) -> None:
        why = error.data.get("why", "")
        if error.permanent or now - row.created_at > GIVEN_UP:
            self._finish(row.id, LetterStatus.REFUSED, None, why)
            return
        self._failures += 1
        pause = min(timedelta(seconds=5 * 2 ** min(self._failures, 12)), _LONGEST_PAUSE)
        self._silent_until = now + pause
        _log.warning("mail is not taken (%s); next try in %s", why, pause)
        with self.database.begin() as connection:
            values = {"due_at": now + pause, "trouble": why[:300]}
            connection.execute(update(LetterRow).where(LetterRow.id == row.id).values(values))

    def _finish(self, letter: int, status: LetterStatus, at: datetime | None, why: str = "") -> None:
        values = {"status": status, "sent_at": at, "trouble": why[:300]}
        with self.database.begin() as connection:
            connection.execute(update(LetterRow).where(LetterRow.id == letter).values(values))


def rename_group(connection: Connection, before: str, name: str) -> None:
    """Let a group that gets letters go on getting them under another name, in the caller's transaction."""
    groups = administrators(connection).groups
    if before in groups:
        renamed = [name if one == before else one for one in groups]
        connection.execute(update(LetterSettings).values(groups=renamed))


def _check(connection: Connection, wanted: Administrators) -> None:
    problems = {}
    known = connection.execute(select(Group.name).where(Group.name.in_(wanted.groups))).scalars().all()
    if set(wanted.groups) - set(known):
        problems["groups"] = "no_such_group"
    if not all(map(is_address, wanted.addresses)):
        problems["addresses"] = "bad_address"
    if wanted.digest_hour is not None and not 0 <= wanted.digest_hour < 24:  # noqa: PLR2004
        problems["digest_hour"] = "out_of_range"
    if problems:
        raise InvalidInput(problems)
