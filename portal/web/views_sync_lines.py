"""What a synchronization did with each entry, a page at a time."""

from dataclasses import dataclass
from typing import Any

from flask import url_for

from portal.db.queries.directory_syncs import LineFilter, SyncLine
from portal.db.queries.paging import Page
from portal.domain.directory_sync import SyncEvent
from portal.services.directory_run import MOST_LINES
from portal.services.directory_sync import SyncView
from portal.web.paging import Pager, count_text
from portal.web.translate import gettext as _
from portal.web.words.directory_syncs import EVENTS, ONE, line_words


@dataclass(frozen=True, slots=True)
class LineView:
    """What became of one entry."""

    name: str
    login: str
    href: str
    kind: str
    event: str
    told: str


@dataclass(frozen=True, slots=True)
class LineList:
    """A page of them; ``cut`` when more happened than is kept."""

    href: str
    options: tuple[tuple[str, str], ...]
    wanted: LineFilter
    rows: tuple[LineView, ...]
    pager: Pager
    cut: bool


def line_list(sync: SyncView, wanted: LineFilter, page: Page[SyncLine], *, later: bool) -> LineList:
    """What became of whom."""
    told = [(event, number) for event, number in told_of(sync) if number]
    options = (("", _("everything")), *((event.value, f"{EVENTS[event][1]} · {number}") for event, number in told))
    return LineList(
        href=url_for("admin.show_sync", sync_id=sync.id),
        options=options,
        wanted=wanted,
        rows=tuple(map(_line, page.items)),
        pager=_pager(sync, wanted, page, later=later),
        cut=any(number > MOST_LINES for _event, number in told),
    )


def _pager(sync: SyncView, wanted: LineFilter, page: Page[SyncLine], *, later: bool) -> Pager:
    """The stream shows them, too, so their address is not that of the request."""

    def here(after: str | None) -> str:
        asked: dict[str, Any] = {"event": wanted.event.value if wanted.event else None, "q": wanted.text or None}
        return url_for("admin.show_sync", sync_id=sync.id, **asked, after=after)

    following = here(page.after) if page.after else None
    return Pager(len(page.items), count_text(page.count), here(None) if later else None, following)


def told_of(sync: SyncView) -> list[tuple[SyncEvent, int]]:
    """How many entries of each event, in the order of the report."""
    return [(event, sync.counts[event]) for event in EVENTS]


def _line(line: SyncLine) -> LineView:
    kind, word = ONE[line.event]
    href = url_for("admin.show_person", person_id=line.person) if line.person else ""
    told = line_words(line.event, line.detail)
    if not line.login:
        return LineView(line.detail, "", "", kind, str(word), "")
    return LineView(line.name or line.login, line.login if line.name else "", href, kind, str(word), told)
