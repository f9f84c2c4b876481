"""Directories that somebody has to look at, as lines of the overview."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from flask import url_for

from portal.db.queries.directory_troubles import SyncTrouble
from portal.domain.directory_sync import SyncState
from portal.web.translate import gettext as _
from portal.web.words.dates import moment
from portal.web.words.directory_syncs import fault_words


@dataclass(frozen=True, slots=True)
class SyncTroubleLine:
    """What is to be done, and a link to where."""

    href: str
    kind: str
    label: str
    why: str


def sync_trouble_lines(found: Iterable[SyncTrouble], now: datetime) -> tuple[SyncTroubleLine, ...]:
    """The list."""
    return tuple(_line(trouble, now) for trouble in found)


def _line(trouble: SyncTrouble, now: datetime) -> SyncTroubleLine:
    href = url_for("admin.show_sync", sync_id=trouble.number)
    why = fault_words(trouble.fault, trouble.detail)[0]
    if trouble.state is SyncState.STOPPED:
        return SyncTroubleLine(href, "due", _("Directory “%(name)s” waits for a decision", name=trouble.name), why)
    if trouble.read_at is None:
        return SyncTroubleLine(href, "problem", _("Directory “%(name)s” cannot be read", name=trouble.name), why)
    label = _("Directory “%(name)s” was last read %(when)s", name=trouble.name, when=moment(trouble.read_at, now).text)
    return SyncTroubleLine(href, "problem", label, why)
