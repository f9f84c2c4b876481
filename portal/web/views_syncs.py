"""Synchronizations with a directory as pages show them: the panel of the connector, one of them, its report."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from flask import url_for

from portal.db.queries.connectors import ConnectorCard
from portal.domain.connector_health import ConnectorState
from portal.domain.directory_sync import SyncEvent, SyncState
from portal.services.directory_sync import BY_ITSELF, SyncView
from portal.web.translate import gettext as _
from portal.web.views_sync_lines import LineList, told_of
from portal.web.words.dates import Moment, dated, moment
from portal.web.words.directory_syncs import EVENTS, STATES, fault_words
from portal.web.words.errors import Said

#: Numbers of one attempt; the last of them is its end.
_ATTEMPT: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of the report; ``href`` leads to the lines it counts."""

    event: str
    kind: str
    number: int
    label: str
    href: str


@dataclass(frozen=True, slots=True)
class SyncRow:
    """One of them in a list."""

    href: str
    at: Moment
    what: str
    who: str
    badge: tuple[str, str]
    told: str


@dataclass(frozen=True, slots=True)
class SyncPanel:
    """What the page of a directory says of its synchronizations; addresses are empty for whoever only reads."""

    order_href: str
    list_href: str
    under_way: str
    waits: str
    rows: tuple[SyncRow, ...]
    next: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the page of one shows beside it: devices ``due``, the lines once it is over, the form that confirms."""

    due: int
    may_order: bool
    form: Any
    lines: LineList | None = None
    conflict: Said | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncPage:
    """One synchronization and how far it is."""

    connector: str
    connector_href: str
    list_href: str
    title: str
    badge: tuple[str, str]
    about: str
    sequence: int
    state: SyncState
    dry: bool
    seen: int
    figures: tuple[Figure, ...]
    devices: tuple[tuple[str, int], ...]
    fault: tuple[str, str] | None
    limit: str
    confirm_href: str
    again_href: str
    href: str
    progress_href: str
    events_href: str
    conflict: Said | None
    lines: LineList | None
    form: Any

    @property
    def mark(self) -> str:
        """Everything it shows moves with its sequence."""
        return ""

    @property
    def over(self) -> bool:
        """Whether nothing more will happen by itself."""
        return self.state.over


def sync_rows(syncs: Iterable[SyncView], now: datetime) -> tuple[SyncRow, ...]:
    """A list of them."""
    return tuple(_row(one, now) for one in syncs)


def sync_panel(card: ConnectorCard, syncs: tuple[SyncView, ...], now: datetime, *, may_order: bool) -> SyncPanel:
    """The panel on the page of a directory."""
    number = card.row.id
    open_ = next((one for one in syncs if not one.state.over), None)
    last = next((one for one in syncs if one.state.over), None)
    stopped = last is not None and last.confirmable
    return SyncPanel(
        order_href=url_for("admin.order_sync", connector_id=number) if may_order and open_ is None else "",
        list_href=url_for("admin.connector_syncs", connector_id=number),
        under_way=url_for("admin.show_sync", sync_id=open_.id) if open_ else "",
        waits=url_for("admin.show_sync", sync_id=last.id) if last and stopped else "",
        rows=sync_rows(syncs[:3], now),
        next=_next(card, syncs, now),
    )


def sync_page(sync: SyncView, card: ConnectorCard, shown: Shown) -> SyncPage:
    """One of them, whole."""
    kind, word = STATES[sync.state]
    where: dict[str, Any] = {"connector_id": card.row.id}
    own: dict[str, Any] = {"sync_id": sync.id}
    may_confirm = shown.may_order and sync.confirmable
    return SyncPage(
        connector=card.row.name,
        connector_href=url_for("admin.show_connector", **where),
        list_href=url_for("admin.connector_syncs", **where),
        title=_title(sync),
        badge=(kind, str(word)),
        about=_about(sync),
        sequence=_sequence(sync),
        state=sync.state,
        dry=sync.dry,
        seen=sync.seen,
        figures=_figures(sync),
        devices=_devices(sync, shown.due),
        fault=fault_words(sync.fault, sync.detail) if sync.fault else None,
        limit=_limit(sync, card.plain) if sync.confirmable else "",
        confirm_href=url_for("admin.confirm_sync", **own) if may_confirm else "",
        again_href=url_for("admin.order_sync", **where) if shown.may_order and sync.state.over else "",
        href=url_for("admin.show_sync", **own),
        progress_href=url_for("admin.sync_progress", **own, after=_sequence(sync)),
        events_href=url_for("admin.sync_events", **own, after=_sequence(sync)),
        conflict=shown.conflict,
        lines=shown.lines,
        form=shown.form,
    )


def _title(sync: SyncView) -> str:
    if sync.dry:
        return _("Rehearsal no. %(number)d", number=sync.id)
    return _("Synchronization no. %(number)d", number=sync.id)


def _figures(sync: SyncView) -> tuple[Figure, ...]:
    def leads(event: SyncEvent) -> str:
        return url_for("admin.show_sync", sync_id=sync.id, event=event.value)

    always = {SyncEvent.ADDED, SyncEvent.CHANGED, SyncEvent.MOVED, SyncEvent.GROUPS, SyncEvent.DISABLED, SyncEvent.GONE}
    return tuple(
        Figure(event.value, EVENTS[event][0] if number else "neutral", number, str(EVENTS[event][1]), leads(event))
        for event, number in told_of(sync)
        if number or event in always
    )


def _devices(sync: SyncView, due: int) -> tuple[tuple[str, int], ...]:
    if sync.state is not SyncState.DONE:
        return ()
    if sync.dry:
        return ((_("would be disabled"), sync.suspended), (_("would be revoked"), sync.revoked))
    by_rule = ((_("disabled by the rule"), sync.suspended), (_("revoked by the rule"), sync.revoked))
    return ((_("need an update now"), due), *by_rule)


def _limit(sync: SyncView, plain: Mapping[str, str]) -> str:
    leaving, _between, known = sync.detail.partition(" / ")
    return _(
        "%(leaving)s of %(known)s would leave; the connector lets at most %(most)s %% go without a question.",
        leaving=leaving,
        known=known,
        most=plain.get("most_leaving", ""),
    )


def _about(sync: SyncView) -> str:
    parts = [_who(sync.ordered_by), dated(sync.ordered_at)]
    if sync.whole:
        parts.append(_("everybody was read"))
    if sync.confirmed:
        parts.append(_("up to %(number)d may leave: %(reason)s", number=sync.confirmed, reason=sync.reason))
    return " · ".join(parts)


def _who(actor: str) -> str:
    return _("by itself") if actor == BY_ITSELF else actor


def _row(sync: SyncView, now: datetime) -> SyncRow:
    kind, word = STATES[sync.state]
    told = ", ".join(f"{EVENTS[event][1]}: {number}" for event, number in told_of(sync) if number)
    if sync.fault:
        told = fault_words(sync.fault, sync.detail)[0]
    elif sync.state is SyncState.DONE and not told:
        told = _("nothing had changed")
    what = _("Rehearsal") if sync.dry else _("Synchronization")
    href = url_for("admin.show_sync", sync_id=sync.id)
    return SyncRow(href, moment(sync.ordered_at, now), what, _who(sync.ordered_by), (kind, str(word)), told)


def _next(card: ConnectorCard, syncs: tuple[SyncView, ...], now: datetime) -> str:
    """When workers read it by themselves."""
    if card.row.state is ConnectorState.PAUSED:
        return _("not while the connector is paused")
    real = [one for one in syncs if not one.dry]
    if not any(one.state is SyncState.DONE for one in real):
        return _("by itself after the first one was done on your order")
    at = real[0].ordered_at + timedelta(minutes=int(card.plain["every_minutes"]))
    if card.row.health.next_try_at:
        at = max(at, card.row.health.next_try_at)
    return dated(at) if at > now else _("within a minute")


def _sequence(sync: SyncView) -> int:
    moved = min(sync.seen + sum(sync.counts.values()), _ATTEMPT - 2)
    return sync.fence * _ATTEMPT + (_ATTEMPT - 1 if sync.state.over else moved)
