"""Updates as a list."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from flask import request

from portal.db.queries.paging import Page
from portal.db.queries.updates import UpdateRow
from portal.domain.update_state import ACTIVE, UpdateStatus
from portal.web.addresses import numbered
from portal.web.paging import Pager, here, pager
from portal.web.sides import side, side_url
from portal.web.translate import gettext as _
from portal.web.views_dashboard import run_sentence
from portal.web.words.dates import Moment, duration, moment
from portal.web.words.steps import update_state

ANY: Final = ""
MOVING: Final = "active"


class UpdateLine(NamedTuple):
    """An update with where it is, in words."""

    update: UpdateRow
    href: str
    title: str
    sentence: str
    version: str
    ordered: Moment


@dataclass(frozen=True, slots=True)
class UpdateList:
    """A page of updates."""

    rows: tuple[UpdateLine, ...]
    pager: Pager
    statuses: tuple[tuple[str, str], ...]
    selected: str
    href: str
    here: str


def read_statuses(chosen: str) -> tuple[UpdateStatus, ...]:
    """The statuses a filter stands for; what is unknown narrows nothing."""
    if chosen == MOVING:
        return tuple(sorted(ACTIVE - {UpdateStatus.STUCK}))
    return (UpdateStatus(chosen),) if chosen in set(UpdateStatus) else ()


def update_list(page: Page[UpdateRow], now: datetime) -> UpdateList:
    """One page of the list."""
    statuses = tuple((status.value, update_state(status)) for status in UpdateStatus)
    return UpdateList(
        rows=tuple(_lines(page.items, now)),
        pager=pager(len(page.items), page.count, page.after),
        statuses=((ANY, _("Any state")), (MOVING, _("Under way")), *statuses),
        selected=request.args.get("status", ANY),
        href=side_url("updates"),
        here=here(),
    )


def _lines(rows: Iterable[UpdateRow], now: datetime) -> Iterable[UpdateLine]:
    href = numbered(f"{side().name}.show_update", "update_id")
    title, version = _("Update no. %(number)s"), _("version %(number)s")
    for row in rows:
        said = run_sentence(row)
        took = duration(row.finished_at - row.started_at) if row.finished_at and row.started_at else ""
        parts = ("" if said == update_state(row.status) else said, took)  # the badge says the state already
        yield UpdateLine(
            update=row,
            href=href(row.id),
            title=title % {"number": row.id},
            sentence=" · ".join(part for part in parts if part),
            version=version % {"number": row.policy_version},
            ordered=moment(row.ordered_at, now),
        )
