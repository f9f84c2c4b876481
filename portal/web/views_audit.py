"""The audit log as a list."""

from dataclasses import dataclass

from flask import url_for

from portal.db.queries.audit import AuditFilter, AuditRow
from portal.db.queries.paging import Page
from portal.domain.audit import AuditTag
from portal.web.paging import Pager, pager
from portal.web.translate import gettext as _
from portal.web.words.audit import audit_sentence


@dataclass(frozen=True, slots=True)
class AuditList:
    """A page of the log with its filters."""

    rows: tuple[AuditRow, ...]
    pager: Pager
    filter: AuditFilter
    tags: tuple[tuple[str, str], ...]
    href: str


def audit_list(page: Page[AuditRow], wanted: AuditFilter) -> AuditList:
    """One page of the log."""
    tags = sorted(((tag.value, audit_sentence(tag.value)) for tag in AuditTag), key=lambda pair: pair[1])
    return AuditList(
        rows=page.items,
        pager=pager(len(page.items), page.count, page.after),
        filter=wanted,
        tags=(("", _("Anything")), *tags),
        href=url_for("admin.audit"),
    )
