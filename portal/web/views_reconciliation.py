"""Findings of the reconciliation and its rounds, as pages show them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import request, url_for

from portal.db.base import AnyRow
from portal.db.queries.drifts import DriftFilter, DriftRow
from portal.db.queries.paging import Page
from portal.domain.certificate import Revocation
from portal.domain.drift import ALWAYS, Decision, DriftKind, DriftState, decisions
from portal.domain.update_state import UpdateStatus
from portal.web.addresses import numbered
from portal.web.forms_directory import number
from portal.web.paging import Pager, pager
from portal.web.translate import gettext as _
from portal.web.views_devices import Choice
from portal.web.words.dates import Moment, moment
from portal.web.words.reconciliation import DECISIONS, EFFECTS, KINDS, STAGES, STATE_KINDS, STATES, WHY, mending_trouble
from portal.web.words.steps import UPDATE_STATES


@dataclass(frozen=True, slots=True)
class DriftLine:
    """A finding as a line of the list."""

    row: DriftRow
    href: str
    title: str
    kind: str
    state: str
    device_href: str
    opened: Moment


@dataclass(frozen=True, slots=True)
class RoundView:
    """The last round: how far it is, what it looked at, who did not answer."""

    running: bool
    stage: str
    began: Moment
    figures: tuple[tuple[str, int], ...]
    silent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftList:
    """A page of findings."""

    rows: tuple[DriftLine, ...]
    pager: Pager
    choices: tuple[Choice, ...]
    href: str
    round: RoundView | None
    begin_href: str


@dataclass(frozen=True, slots=True)
class Way:
    """Something that may be done, and what it would do exactly."""

    value: str
    label: str
    effect: str
    proposed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftPage:
    """One finding: three sides, why it matters, what may be done."""

    line: DriftLine
    why: str
    sides: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    ways: tuple[Way, ...]
    chosen: str
    comment: str
    error: str
    decision_href: str
    update_href: str
    mending_href: str
    decided: str
    decided_by: str
    remark: str
    trouble: str


def drift_filter() -> DriftFilter:
    """The filter of the address; what it does not know narrows nothing."""
    kind, state = request.args.get("kind", ""), request.args.get("state", "")
    return DriftFilter(
        kind=DriftKind(kind) if kind in set(DriftKind) else None,
        state=DriftState(state) if state in set(DriftState) else None,
        ca=request.args.get("ca", "")[:60],
        device=number(request.args.get("device")) or None,
    )


def drift_list(
    page: Page[DriftRow],
    wanted: DriftFilter,
    names: Iterable[str],
    last: AnyRow | None,
    *,
    now: datetime,
    may_mend: bool,
) -> DriftList:
    """One page of the list."""
    return DriftList(
        rows=tuple(drift_line(row, now) for row in page.items),
        pager=pager(len(page.items), page.count, page.after),
        choices=_choices(wanted, names),
        href=url_for("admin.reconciliation"),
        round=round_view(last, now) if last is not None else None,
        begin_href=url_for("admin.begin_reconciliation") if may_mend else "",
    )


def drift_line(row: DriftRow, now: datetime) -> DriftLine:
    """A finding in words."""
    device = numbered("admin.show_device", "device_id")
    return DriftLine(
        row=row,
        href=url_for("admin.show_drift", drift_id=row.id),
        title=str(KINDS[row.kind]),
        kind=STATE_KINDS[row.state],
        state=str(STATES[row.state]),
        device_href=device(row.device_id) if row.device_id and row.device else "",
        opened=moment(row.opened_at, now),
    )


def round_view(row: AnyRow, now: datetime) -> RoundView:
    """How far a round is."""
    figures = (
        (_("orders asked about"), row.orders),
        (_("certificates listed by authorities"), row.listed),
        (_("certificates of the database"), row.certificates),
        (_("tokens"), row.devices),
        (_("findings opened"), row.opened),
        (_("findings closed"), row.closed),
        (_("certificates of other customers"), row.strangers),
    )
    silent = ", ".join(sorted(row.faults))
    return RoundView(bool(row.running), str(STAGES[row.stage]), moment(row.began_at, now), figures, silent)


def drift_page(row: DriftRow, full: AnyRow, now: datetime, *, may_mend: bool, typed: Mapping[str, str]) -> DriftPage:
    """One finding; ``typed`` is what came back with a mistake."""
    update = numbered("admin.show_update", "update_id")
    offered = _offered(full) if may_mend else ()
    return DriftPage(
        line=drift_line(row, now),
        why=str(WHY[full.kind]),
        sides=_sides(full, now),
        ways=tuple(_way(one, proposed=place == 0) for place, one in enumerate(offered)),
        chosen=typed.get("decision", offered[0].value if offered else ""),
        comment=typed.get("comment", ""),
        error=typed.get("error", ""),
        decision_href=url_for("admin.decide_drift", drift_id=row.id),
        update_href=update(full.update_id) if full.update_id else "",
        mending_href=update(full.mending_update_id) if full.mending_update_id else "",
        decided=str(DECISIONS[full.decision]) if full.decision else "",
        decided_by=full.decided_by,
        remark=full.comment,
        trouble=mending_trouble(full.trouble),
    )


def _offered(full: AnyRow) -> tuple[Decision, ...]:
    """While one decision is carried out no other is made."""
    match full.state:
        case DriftState.CLOSED:
            return ()
        case DriftState.MENDING:
            return ALWAYS
        case _:
            return decisions(full.kind, usable=full.usable)


def _choices(wanted: DriftFilter, names: Iterable[str]) -> tuple[Choice, ...]:
    kinds = (("", _("Any finding")), *((one.value, str(KINDS[one])) for one in DriftKind))
    states = (("", _("Not settled")), *((one.value, str(STATES[one])) for one in DriftState))
    authorities = (("", _("Any authority")), *((name, name) for name in names))
    return (
        Choice("kind", _("What was found"), kinds, wanted.kind.value if wanted.kind else ""),
        Choice("state", _("State"), states, wanted.state.value if wanted.state else ""),
        Choice("ca", _("Authority"), authorities, wanted.ca),
    )


def _way(decision: Decision, *, proposed: bool) -> Way:
    return Way(decision.value, str(DECISIONS[decision]), str(EFFECTS[decision]), proposed)


def _sides(full: AnyRow, now: datetime) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    said = full.said
    places = {"issued": _("issued, not written yet"), "written": _("on the token"), "removed": _("taken off the token")}
    ours = (
        (_("Certificate"), places.get(said.get("row", ""), _("in no row"))),
        (_("It says"), _standing(said.get("row_says", ""))),
        (_("Its update"), str(UPDATE_STATES[UpdateStatus(said["run"])]) if said.get("run") else ""),
        (_("Over since"), _when(said.get("over_since", ""), now)),
        (_("Tries so far"), said.get("looks", "")),
    )
    there = (
        (_("It says"), _("still decides") if said.get("decides") else _standing(said.get("there", ""))),
        (_("Subject"), said.get("subject", "")),
        (_("Serial number"), full.serial),
        (_("Issued"), _when(said.get("issued_at", ""), now)),
        (_("Valid until"), _when(said.get("not_after", ""), now)),
        (_("Order number"), said.get("order", "")),
    )
    token = (
        (_("Certificate"), _there(said.get("on_token", ""))),
        (_("Its key"), _there(said.get("key_on_token", ""))),
        (_("Key number"), said.get("key_id", "")),
        (_("Last seen"), _when(said.get("seen_at", ""), now)),
    )
    authority = _("Authority “%(name)s”", name=full.ca) if full.ca else _("Authority")
    named = ((_("Database"), ours), (authority, there), (_("Token"), token))
    return tuple((title, tuple(line for line in lines if line[1])) for title, lines in named)


def _standing(code: str) -> str:
    words = {
        Revocation.GOOD.value: _("valid"),
        Revocation.REVOKED.value: _("revoked"),
        Revocation.ON_HOLD.value: _("on hold"),
        Revocation.UNKNOWN.value: _("does not know it"),
    }
    return words.get(code, "")


def _there(code: str) -> str:
    return {"yes": _("is there"), "no": _("is not there")}.get(code, "")


def _when(stored: str, now: datetime) -> str:
    return moment(datetime.fromisoformat(stored), now).text if stored else ""
