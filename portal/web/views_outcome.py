"""The summary of a run: what was done, what was not, and which certificates were found on the way."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from portal.db.queries.certificates import CertificateRow
from portal.db.queries.update_progress import UpdateProgress
from portal.domain.findings import Finding, UpdateReason
from portal.domain.update_state import StepStatus, UpdateStatus
from portal.web.translate import gettext as _
from portal.web.words.dates import day
from portal.web.words.plan import item_sentence
from portal.web.words.results import done_sentence
from portal.web.words.subjects import owner


@dataclass(frozen=True, slots=True)
class OutcomeLine:
    """One item of the plan after the run."""

    sentence: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class OutcomeGroup:
    """Items that came out in the same way."""

    title: str
    kind: str
    icon: str
    lines: tuple[OutcomeLine, ...]


@dataclass(frozen=True, slots=True)
class FoundCertificate:
    """A certificate somebody else put there."""

    fingerprint: str
    label: str
    hint: str


def outcome_groups(progress: UpdateProgress, issued: Mapping[str, str]) -> tuple[OutcomeGroup, ...]:
    """What was done and what was not; ``issued`` tells of a new certificate by its name."""
    items = [(number, item) for number, item in enumerate(progress.plan.items) if not item.quiet]
    owed = {step.item for step in progress.steps if step.owed and step.status is StepStatus.DONE}
    done = tuple(
        OutcomeLine(done_sentence(item), issued.get(item.name, ""))
        for number, item in items
        if _done(progress, number) and number not in owed
    )
    later = tuple(OutcomeLine(item_sentence(item), _later()) for number, item in items if number in owed)
    rest = tuple(OutcomeLine(item_sentence(item)) for number, item in items if not _done(progress, number))
    groups = (
        OutcomeGroup(_("What was done"), "fine", "check", done),
        OutcomeGroup(_("What is told again by itself"), "waiting", "update", later),
        OutcomeGroup(_("What was not done"), "problem", "close", rest),
    )
    return tuple(group for group in groups if group.lines)


def issued_details(rows: Iterable[CertificateRow], update: int) -> tuple[tuple[str, str], ...]:
    """For each certificate this update brought: its serial number and until when it is valid."""
    return tuple(
        (row.name, _("%(serial)s, valid until %(date)s", serial=row.serial, date=day(row.not_after)))
        for row in rows
        if row.update == update and row.not_after is not None and row.serial
    )


def undecided(findings: Iterable[Finding], rows: Iterable[CertificateRow]) -> tuple[FoundCertificate, ...]:
    """Foreign certificates nobody has decided about yet."""
    open_ones = {f.fingerprint for f in findings if f.reason is UpdateReason.FOREIGN_FOUND}
    return tuple(_found(row) for row in rows if row.fingerprint in open_ones)


def _later() -> str:
    return _("The system outside has not taken it yet. The token and its PIN are not needed for that any more.")


def _found(row: CertificateRow) -> FoundCertificate:
    until = day(row.not_after) if row.not_after else "—"
    hint = _("Issued by: %(issuer)s · valid until %(date)s", issuer=owner(row.issuer) or "—", date=until)
    return FoundCertificate(row.fingerprint, owner(row.subject) or row.name, hint)


def _done(progress: UpdateProgress, number: int) -> bool:
    steps = [step for step in progress.steps if step.item == number]
    if not steps:
        return progress.update.status is UpdateStatus.COMPLETED
    return all(step.status is StepStatus.DONE for step in steps)
