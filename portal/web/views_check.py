"""One identity check: whom it is about, what every register said, how it was asked, and what may be done."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from flask import url_for

from portal.db.queries.identity import CheckRow
from portal.db.queries.identity_check import AnswerRow, CheckCard, MessageRow, Part, QuestionRow
from portal.domain.identity import IdentityClaim
from portal.domain.identity_check import UNHAPPY, CheckState
from portal.domain.identity_masking import MaskedClaim
from portal.web.translate import gettext as _
from portal.web.views_checks import check_note
from portal.web.words.dates import Moment, moment, moment_of_day
from portal.web.words.identity import STATE_KINDS, STATES, VERDICT_KINDS, VERDICTS, refusal, service_name
from portal.web.words.identity_claim import claim_lines, masked_lines
from portal.web.words.identity_troubles import trouble_words

_ENDED_BADLY: Final = frozenset({CheckState.REFUTED, CheckState.NOT_FOUND, CheckState.NO_ANSWER})


@dataclass(frozen=True, slots=True)
class CheckRights:
    """What the visitor may do about checks."""

    ask: bool
    data: bool
    person: bool
    update: bool


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened with a register; ``taken_hrefs`` lead to its messages as files."""

    what: str
    at: Moment
    files: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterCard:
    """One register: its answer in plain words, and how it was asked."""

    id: int
    name: str
    state: str
    kind: str
    said: str
    tries: str
    next_try: Moment | None
    steps: tuple[Step, ...]
    repeat_href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckPage:
    """The whole page; ``clear``: the data are shown unmasked, which was written down."""

    row: CheckRow
    verdict: tuple[str, str]
    note: str
    asked: Moment
    decided: Moment | None
    kept_until: Moment
    lines: tuple[tuple[str, str], ...]
    clear: bool
    registers: tuple[RegisterCard, ...]
    person_href: str
    update_href: str
    data_href: str
    correct_href: str
    all_href: str


def check_page(
    card: CheckCard,
    known: MaskedClaim | IdentityClaim | None,
    now: datetime,
    *,
    rights: CheckRights,
    kept: timedelta,
) -> CheckPage:
    """The page; ``known`` is the claim as far as it is shown, None once it is deleted."""
    row, clear = card.row, isinstance(known, IdentityClaim)
    lines = claim_lines(known) if isinstance(known, IdentityClaim) else masked_lines(known) if known else ()
    current = row.superseded_at is None
    correct = card.active and current and row.verdict in UNHAPPY and rights.ask and rights.update
    update = url_for("admin.show_update", update_id=row.update_id) if row.update_id and rights.update else ""
    return CheckPage(
        row=row,
        verdict=(VERDICT_KINDS[row.verdict] if current else "neutral", str(VERDICTS[row.verdict])),
        note=check_note(row),
        asked=moment(row.created_at, now),
        decided=moment(row.decided_at, now) if row.decided_at else None,
        kept_until=moment_of_day(row.created_at + kept),
        lines=lines,
        clear=clear,
        registers=tuple(_register(one, row, now, rights) for one in card.questions),
        person_href=url_for("admin.show_person", person_id=row.person_id) if rights.person else "",
        update_href=update,
        data_href=url_for("admin.see_identity_data", check_id=row.id) if known and not clear and rights.data else "",
        correct_href=url_for("admin.show_identity_step", update_id=row.update_id) if correct else "",
        all_href=url_for("admin.identity_list", person=row.person_id),
    )


def _register(one: QuestionRow, row: CheckRow, now: datetime, rights: CheckRights) -> RegisterCard:
    again = one.state in _ENDED_BADLY and row.superseded_at is None and row.sealed is not None
    href = url_for("admin.repeat_identity_question", check_id=row.id, number=one.id)
    queued = one.state is CheckState.QUEUED
    return RegisterCard(
        id=one.id,
        name=service_name(one.service),
        state=str(STATES[one.state]),
        kind=STATE_KINDS[one.state],
        said=_said(one),
        tries=str(one.attempts + one.repeats) if one.attempts + one.repeats > 1 else "",
        next_try=moment(one.wake_at, now) if queued and one.wake_at > now else None,
        steps=tuple(_steps(one, row, now, rights)),
        repeat_href=href if again and rights.ask else "",
    )


def _said(one: QuestionRow) -> str:
    reasons = (refusal(one.refuted_by) if one.refuted_by else "", one.remark)
    parts = [part for part in reasons if part]
    return " ".join((*(f"{part.rstrip('.')}." for part in parts), trouble_words(one.trouble) if one.trouble else ""))


def _steps(one: QuestionRow, row: CheckRow, now: datetime, rights: CheckRights) -> Iterable[Step]:
    """What went and what came, in the order of time."""
    told = [*(_asked(message, row, now, rights) for message in one.messages)]
    told += [_came(answer, row, now, rights) for answer in one.answers]
    return sorted(told, key=lambda step: step.at.at)


def _asked(message: MessageRow, row: CheckRow, now: datetime, rights: CheckRights) -> Step:
    what = _("Sent") if message.sent_at else _("Prepared, not taken yet")
    kept = {Part.REQUEST: message.request, Part.RECEIPT: message.receipt}
    parts = [part for part, there in kept.items() if there and rights.data]
    return Step(what, moment(message.sent_at or message.created_at, now), _files(parts, row.id, message.id))


def _came(answer: AnswerRow, row: CheckRow, now: datetime, rights: CheckRights) -> Step:
    what = _("Answer received") if answer.acknowledged_at else _("Answer received, its receipt not confirmed yet")
    parts = [Part.ANSWER] if answer.raw and rights.data else []
    return Step(what, moment(answer.received_at, now), _files(parts, row.id, answer.id))


def _files(parts: Iterable[Part], check: int, number: int) -> tuple[tuple[str, str], ...]:
    named = {Part.REQUEST: _("What was sent"), Part.RECEIPT: _("The receipt"), Part.ANSWER: _("The answer")}
    return tuple((named[part], _evidence_href(part, check, number)) for part in parts)


def _evidence_href(part: Part, check: int, number: int) -> str:
    return url_for("admin.take_identity_evidence", check_id=check, part=part.value, number=number)
