"""The audit log as a list, and its lines as records of a file."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import NamedTuple
from urllib.parse import quote

from flask import url_for

from portal.db.queries.audit import AuditFilter, AuditRow
from portal.db.queries.audit_names import AuditNames, step_told
from portal.db.queries.paging import Page
from portal.domain.audit import AuditTag
from portal.services.audit_reading import ChainState
from portal.web.paging import Pager, pager
from portal.web.translate import gettext as _
from portal.web.translate import tongue
from portal.web.words.actors import actor_meant, actor_name
from portal.web.words.audit import audit_sentence, audit_subject
from portal.web.words.audit_chain import chain_sentence
from portal.web.words.audit_particulars import audit_particulars
from portal.web.words.dates import Moment, moment


class AuditLine(NamedTuple):
    """A line of the log in words; ``href`` leads to what belongs together with it."""

    id: int
    at: Moment
    actor: str
    what: str
    href: str
    subject: str
    particulars: str


@dataclass(frozen=True, slots=True)
class AuditList:
    """A page of the log with its filters and what is known of the chain.

    ``given`` holds the filter as the address has it, for the fields and for the files.
    """

    rows: tuple[AuditLine, ...]
    pager: Pager
    given: Mapping[str, str]
    tags: tuple[tuple[str, str], ...]
    href: str
    export_href: str
    chain: str
    broken: bool


def read_filter(given: Mapping[str, str]) -> AuditFilter:
    """The filter of an address or a form; a date that is none narrows nothing."""
    return AuditFilter(
        **{name: given.get(name, "").strip() for name in ("tag", "subject", "correlation", "text")},
        actor=actor_meant(given.get("actor", "").strip()),
        since=_midnight(given.get("since", "")),
        before=_midnight(given.get("until", ""), after=1),
    )


def audit_list(
    page: Page[AuditRow], names: AuditNames, wanted: AuditFilter, chain: ChainState | None, *, now: datetime
) -> AuditList:
    """One page of the log."""
    return AuditList(
        rows=tuple(_lines(page.items, names, now)),
        pager=pager(len(page.items), page.count, page.after, partly=page.partly),
        given=filter_in_words(wanted),
        tags=(("", _("Anything")), *_tags(tongue().language)),
        href=url_for("admin.audit"),
        export_href=url_for("admin.export_audit"),
        chain=chain_sentence(chain) if chain else "",
        broken=bool(chain and chain.fault),
    )


def _lines(rows: Iterable[AuditRow], names: AuditNames, now: datetime) -> Iterator[AuditLine]:
    log = url_for("admin.audit")
    for row in rows:
        step = step_told(row)
        together = f"correlation={quote(row.correlation)}" if row.correlation else f"subject={quote(row.subject)}"
        yield AuditLine(
            id=row.id,
            at=moment(row.at, now),
            actor=actor_name(row.actor),
            what=audit_sentence(row.tag),
            href=f"{log}?{together}",
            subject=audit_subject(row.subject, names.things.get(row.subject, "")),
            particulars=audit_particulars(row.particulars, names.things, names.steps.get(step) if step else None),
        )


@cache
def _tags(_language: str) -> tuple[tuple[str, str], ...]:
    """What can be filtered by, in the order of the words of this language."""
    return tuple(sorted(((tag.value, audit_sentence(tag.value)) for tag in AuditTag), key=lambda pair: pair[1]))


def filter_in_words(wanted: AuditFilter) -> dict[str, str]:
    """The filter as an address has it, without what narrows nothing."""
    names = ("tag", "actor", "subject", "correlation", "text")
    given = {name: getattr(wanted, name) for name in names if getattr(wanted, name)}
    if wanted.since:
        given["since"] = wanted.since.astimezone().date().isoformat()
    if wanted.before:
        given["until"] = (wanted.before.astimezone().date() - timedelta(days=1)).isoformat()
    return given


def as_object(row: AuditRow) -> dict[str, object]:
    """A line as a record of a file."""
    return {
        "id": row.id,
        "at": row.at.astimezone(UTC).isoformat(),
        "actor": row.actor,
        "tag": row.tag,
        "subject": row.subject,
        "particulars": json.dumps(row.particulars, ensure_ascii=False),
        "correlation": row.correlation,
        "hash": row.hash,
    }


def _midnight(text: str, after: int = 0) -> datetime | None:
    """The beginning of this day here, or of one some days later."""
    try:
        return datetime.combine(date.fromisoformat(text) + timedelta(days=after), time()).astimezone()
    except (ValueError, OverflowError):
        return None
