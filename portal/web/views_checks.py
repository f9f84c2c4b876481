"""Identity checks as a list."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from flask import request, url_for

from portal.db.queries.identity import Asked, CheckFilter, CheckRow
from portal.db.queries.paging import Page
from portal.domain.identity_check import CheckState, IdentityService, Verdict
from portal.domain.identity_masking import MaskedClaim
from portal.web.addresses import numbered
from portal.web.forms_directory import number
from portal.web.paging import Pager, here, pager
from portal.web.translate import gettext as _
from portal.web.views_devices import Choice
from portal.web.words.dates import Moment, moment
from portal.web.words.identity import STATES, VERDICT_KINDS, VERDICTS, refusal, service_name, short_service

UNSETTLED: Final = "unsettled"
OLDEST: Final = "oldest"


@dataclass(frozen=True, slots=True)
class CheckLine:
    """A check in words; ``person`` twice in one list is told apart by ``known``."""

    check: CheckRow
    href: str
    known: str
    verdict: str
    kind: str
    note: str
    registers: str
    update_href: str
    asked: Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckList:
    """A page of checks; ``chips`` are narrowings that have no field of their own."""

    rows: tuple[CheckLine, ...]
    pager: Pager
    filter: CheckFilter
    choices: tuple[Choice, ...]
    chips: tuple[tuple[str, str], ...]
    href: str
    connection_href: str


def check_filter() -> CheckFilter:
    """The filter of the address; what it does not know narrows nothing."""
    chosen = request.args.get
    became, service = chosen("state", ""), chosen("register", "")
    return CheckFilter(
        verdict=Verdict(became) if became in set(Verdict) else None,
        unsettled=became == UNSETTLED,
        service=IdentityService(service) if service in set(IdentityService) else None,
        text=chosen("q", "").strip()[:200],
        person=number(chosen("person")),
        update=number(chosen("update")),
        oldest=chosen("order") == OLDEST,
    )


def check_list(
    page: Page[CheckRow], wanted: CheckFilter, known: Mapping[int, MaskedClaim], now: datetime, *, may_connect: bool
) -> CheckList:
    """One page of the list."""
    return CheckList(
        rows=tuple(_lines(page.items, known, now)),
        pager=pager(len(page.items), page.count, page.after),
        filter=wanted,
        choices=_choices(wanted),
        chips=_chips(wanted, page.items),
        href=url_for("admin.identity_list"),
        connection_href=url_for("admin.identity_connection") if may_connect else "",
    )


def _choices(wanted: CheckFilter) -> tuple[Choice, ...]:
    verdicts = tuple((one.value, str(VERDICTS[one])) for one in Verdict)
    became = (("", _("Any result")), (UNSETTLED, _("Need somebody")), *verdicts)
    chosen = UNSETTLED if wanted.unsettled else wanted.verdict.value if wanted.verdict else ""
    services = (("", _("Any register")), *((one.value, service_name(one)) for one in IdentityService))
    orders = (("", _("Newest first")), (OLDEST, _("Longest waiting first")))
    return (
        Choice("state", _("Result"), became, chosen),
        Choice("register", _("Register"), services, wanted.service.value if wanted.service else ""),
        Choice("order", _("Order"), orders, OLDEST if wanted.oldest else ""),
    )


def _chips(wanted: CheckFilter, rows: Iterable[CheckRow]) -> tuple[tuple[str, str], ...]:
    found = []
    if wanted.person:
        name = next((row.person for row in rows), _("Person no. %(name)s", name=wanted.person))
        found.append((name, here(person=None, after=None)))
    if wanted.update:
        found.append((_("Update no. %(number)s", number=wanted.update), here(update=None, after=None)))
    return tuple(found)


def _lines(rows: Iterable[CheckRow], known: Mapping[int, MaskedClaim], now: datetime) -> Iterable[CheckLine]:
    href, update = numbered("admin.show_identity", "check_id"), numbered("admin.show_update", "update_id")
    for row in rows:
        yield CheckLine(
            check=row,
            href=href(row.id),
            known=_known(known.get(row.id)),
            verdict=str(VERDICTS[row.verdict]),
            kind="neutral" if row.superseded_at else VERDICT_KINDS[row.verdict],
            note=check_note(row),
            registers=" · ".join(map(_register, row.registers)),
            update_href=update(row.update_id) if row.update_id else "",
            asked=moment(row.created_at, now),
        )


def check_note(row: CheckRow) -> str:
    """What there is to know beside the verdict: that a later check counts, or what a register holds against it."""
    if row.superseded_at is not None:
        return _("a later check counts")
    reasons = (refusal(one.refuted_by) for one in row.registers if one.refuted_by is not None)
    return next(reasons, "")


def _register(asked: Asked) -> str:
    return f"{short_service(asked.service)} {STATES[CheckState(asked.state)]}"


def _known(claim: MaskedClaim | None) -> str:
    if claim is None:
        return _("data deleted")
    numbers = ((_("СНИЛС"), claim.snils), (_("passport"), claim.passport), (_("ИНН"), claim.inn))
    return ", ".join(f"{name} {shown}" for name, shown in numbers if shown)
