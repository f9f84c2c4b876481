"""What is worth a letter now: looked for again and again, so that nothing depends on the moment it happened."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from typing import Final

from sqlalchemy import ColumnElement, Connection, String, and_, cast, exists, func, literal, select

from portal.db import snapshots
from portal.db.base import AnyRow, AnySelect
from portal.db.models import (
    CommonCertificateVersion,
    Device,
    DeviceFinding,
    DeviceReplacement,
    LetterRow,
    Person,
    Policy,
    Update,
)
from portal.db.queries.replacements import replacements_over
from portal.db.transaction import Database
from portal.domain.findings import UpdateReason
from portal.domain.letters import Audience, LetterKind, NotificationRules
from portal.domain.run_kind import RunKind
from portal.domain.update_state import UpdateStatus
from portal.ports.clock import Clock
from portal.ports.letters import LetterFacts, LetterLine
from portal.services.letter_addresses import Addresses, has_address
from portal.services.letter_digest import figures
from portal.services.letters import Letters, Written, administrators

REASONS: Final = {
    LetterKind.CONTENT_EXPIRING: UpdateReason.CERTIFICATE_EXPIRING,
    LetterKind.CONTENT_EXPIRED: UpdateReason.CERTIFICATE_EXPIRED,
    LetterKind.POLICY_CHANGED: UpdateReason.POLICY_CHANGED,
}
STATUSES: Final = {
    LetterKind.UPDATE_DONE: UpdateStatus.COMPLETED,
    LetterKind.UPDATE_FAILED: UpdateStatus.FAILED,
    LetterKind.UPDATE_WAITING: UpdateStatus.WAITING,
}
#: A run that waits for a moment is no news; what ended long ago is none any more.
WAITED: Final = timedelta(hours=1)
NEWS: Final = timedelta(days=2)
COMMON_WINDOW: Final = timedelta(days=30)
RESEND_COMMON: Final = timedelta(days=7)
RESEND_REPLACEMENT: Final = timedelta(days=7)
AT_ONCE: Final = 200


@dataclass(slots=True)
class LetterCollector:
    """Puts into the outbox what nobody was told lately."""

    database: Database
    clock: Clock
    letters: Letters
    base_url: str
    locale: str

    def collect(self) -> int:
        """One look at everything; answers how many letters were written."""
        if not self.letters.enabled:
            return 0
        now = self.clock.now()
        with self.database.read() as connection:
            written = [*self._by_policy(connection), *self._commons(connection, now)]
            written += [*self._replacements(connection, now), *self._digest(connection, now)]
        if not written:
            return 0
        with self.database.begin() as connection:
            return self.letters.put(connection, written)

    def _by_policy(self, connection: Connection) -> Iterator[Written]:
        for policy in connection.execute(select(Policy.id, Policy.name, Policy.current_version)).all():
            if not policy.current_version:
                continue
            rules = snapshots.policy_version(connection, policy.id, policy.current_version).notifications
            for kind in REASONS:
                yield from self._findings(connection, policy, kind, rules)
            for kind in STATUSES:
                yield from self._updates(connection, policy.id, kind, rules)

    def _findings(
        self, connection: Connection, policy: AnyRow, kind: LetterKind, rules: NotificationRules
    ) -> Iterator[Written]:
        """One letter about each person, with all his devices under this policy."""
        for audience in sorted(rules.audiences(kind)):
            ending = literal(f"/policy:{policy.id}")
            about = literal("person:").concat(cast(Person.id, String)).concat(ending)
            query = (
                select(Device.holder_id)
                .join(DeviceFinding, DeviceFinding.device_id == Device.id)
                .join(Person, Person.id == Device.holder_id)
                .where(DeviceFinding.reason == REASONS[kind], Device.effective_policy_id == policy.id, Person.active)
                .where(has_address(audience))
                .where(~_told_of(about, kind, audience, again=rules.resend_after, now=self.clock.now()))
                .distinct()
                .order_by(Device.holder_id)
            )
            yield from _first(
                connection, query, partial(self._about_people, connection, policy=policy, kind=kind, audience=audience)
            )

    def _about_people(
        self, connection: Connection, rows: Sequence[AnyRow], *, policy: AnyRow, kind: LetterKind, audience: Audience
    ) -> Iterator[Written]:
        people = [row.holder_id for row in rows]
        told, link = _lines(connection, people, kind, policy), self._link(audience, "")
        for written in Addresses.of(connection, people, self.locale).letters(audience):
            facts = LetterFacts(kind, audience, written.name, written.holder, tuple(told[written.person]), link)
            about = f"person:{written.person}/policy:{policy.id}"
            yield Written(facts, written.address, written.locale, about, written.person)

    def _updates(
        self, connection: Connection, policy: int, kind: LetterKind, rules: NotificationRules
    ) -> Iterator[Written]:
        """One letter about each run, once."""
        for audience in sorted(rules.audiences(kind)):
            about = literal("update:").concat(cast(Update.id, String))
            query = (
                select(Update.id, Update.waiting_for, Device.serial, Device.holder_id)
                .join(Device, Device.id == Update.device_id)
                .join(Person, Person.id == Device.holder_id)
                .where(Update.status == STATUSES[kind], Update.kind == RunKind.UPDATE, Update.policy_id == policy)
                .where(Person.active, has_address(audience))
                .where(_is_news(kind, self.clock.now()), ~_told(about, kind, audience))
                .order_by(*(() if kind is LetterKind.UPDATE_WAITING else (Update.finished_at,)), Update.id)
            )
            yield from _first(connection, query, partial(self._about_runs, connection, kind=kind, audience=audience))

    def _about_runs(
        self, connection: Connection, runs: Sequence[AnyRow], *, kind: LetterKind, audience: Audience
    ) -> Iterator[Written]:
        addresses = Addresses.of(connection, {run.holder_id for run in runs}, self.locale)
        for run in runs:
            whom = str(run.waiting_for or "") if kind is LetterKind.UPDATE_WAITING else ""
            for written in addresses.letters(audience, run.holder_id):
                link = self._link(audience, f"/updates/{run.id}")
                line = LetterLine(device=run.serial, name=whom)
                facts = LetterFacts(kind, audience, written.name, written.holder, (line,), link)
                yield Written(facts, written.address, written.locale, f"update:{run.id}", run.holder_id)

    def _commons(self, connection: Connection, now: datetime) -> Iterator[Written]:
        own = CommonCertificateVersion
        newest = select(own.name, func.max(own.version).label("version")).group_by(own.name).subquery()
        query = (
            select(own.name, own.not_after)
            .join(newest, (newest.c.name == own.name) & (newest.c.version == own.version))
            .where(own.not_after < now + COMMON_WINDOW)
            .where(~_told(literal("commons"), LetterKind.COMMON_EXPIRING, since=now - RESEND_COMMON))
            .order_by(own.not_after)
        )
        lines = tuple(LetterLine(name=row.name, until=row.not_after) for row in connection.execute(query))
        if lines:
            yield from self._to_administrators(connection, LetterKind.COMMON_EXPIRING, lines, "commons")

    def _replacements(self, connection: Connection, now: datetime) -> Iterator[Written]:
        """One letter about each temporary replacement whose day has come, until the device is given back."""
        about = literal("replacement:").concat(cast(DeviceReplacement.id, String))
        untold = ~_told(about, LetterKind.REPLACEMENT_OVER, since=now - RESEND_REPLACEMENT)
        for over in replacements_over(connection, now, untold, most=AT_ONCE):
            lines = (LetterLine(over.serial, over.stand_in, over.until),)
            kind = LetterKind.REPLACEMENT_OVER
            yield from self._to_administrators(connection, kind, lines, f"replacement:{over.id}")

    def _digest(self, connection: Connection, now: datetime) -> Iterator[Written]:
        settings, here = administrators(connection), now.astimezone()
        if settings.digest_hour is None or here.hour < settings.digest_hour:
            return
        about = f"digest:{here.date().isoformat()}"
        if connection.execute(select(LetterRow.id).where(LetterRow.about == about).limit(1)).first() is None:
            yield from self._to_administrators(connection, LetterKind.DIGEST, figures(connection, now), about)

    def _to_administrators(
        self, connection: Connection, kind: LetterKind, lines: tuple[LetterLine, ...], about: str
    ) -> Iterator[Written]:
        audience = Audience.ADMINISTRATORS
        for written in Addresses.of(connection, (), self.locale).letters(audience, None):
            facts = LetterFacts(kind, audience, written.name, "", lines, self._link(audience, "/"))
            yield Written(facts, written.address, written.locale, about)

    def _link(self, audience: Audience, path: str) -> str:
        return f"{self.base_url}/{'my' if audience is Audience.HOLDER else 'admin'}{path or '/'}"


def _first(
    connection: Connection, query: AnySelect, write: Callable[[Sequence[AnyRow]], Iterator[Written]]
) -> Sequence[Written]:
    """The letters about the first few rows that give any.

    A row nobody can be written to about stays untold for ever, and may not keep others from their turn.
    """
    for begin in count(0, AT_ONCE):
        rows = connection.execute(query.limit(AT_ONCE).offset(begin)).all()
        letters = list(write(rows))
        if letters or len(rows) < AT_ONCE:
            return letters
    raise AssertionError("a count has no end")


def _told(
    about: ColumnElement[str], kind: LetterKind, audience: Audience | None = None, since: datetime | None = None
) -> ColumnElement[bool]:
    told = exists().where(LetterRow.about == about, LetterRow.kind == kind)
    told = told if audience is None else told.where(LetterRow.audience == audience)
    return told if since is None else told.where(LetterRow.created_at > since)


def _told_of(
    about: ColumnElement[str], kind: LetterKind, audience: Audience, *, again: timedelta, now: datetime
) -> ColumnElement[bool]:
    """Whether a letter of this period names the device and what was found on it, or there was one today.

    What is found later is no repetition; but nobody gets two letters of a kind on one day.
    """
    subject = func.replace(DeviceFinding.subject, "\\", "_")  # in a pattern a backslash is no letter
    parts = (Device.serial,) if kind is LetterKind.POLICY_CHANGED else (Device.serial, subject)
    names = and_(*(LetterRow.body.like(literal("%").concat(part).concat("%")) for part in parts))
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    told = exists().where(LetterRow.about == about, LetterRow.kind == kind, LetterRow.audience == audience)
    return told.where(LetterRow.created_at > now - again, names | (LetterRow.created_at >= today))


def _is_news(kind: LetterKind, now: datetime) -> ColumnElement[bool]:
    if kind is LetterKind.UPDATE_WAITING:
        return Update.started_at < now - WAITED
    return Update.finished_at > now - NEWS


def _lines(
    connection: Connection, people: Iterable[int], kind: LetterKind, policy: AnyRow
) -> dict[int, list[LetterLine]]:
    query = (
        select(Device.holder_id, Device.serial, DeviceFinding.subject, DeviceFinding.until)
        .join(DeviceFinding, DeviceFinding.device_id == Device.id)
        .where(Device.holder_id.in_(list(people)), Device.effective_policy_id == policy.id)
        .where(DeviceFinding.reason == REASONS[kind])
        .order_by(DeviceFinding.until, Device.id)
    )
    found: dict[int, list[LetterLine]] = defaultdict(list)
    for row in connection.execute(query):
        name = policy.name if kind is LetterKind.POLICY_CHANGED else row.subject
        found[row.holder_id].append(LetterLine(row.serial, name, row.until))
    return found
