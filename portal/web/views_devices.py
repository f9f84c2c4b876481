"""Devices as lists show them: the row, the one thing wrong with it in words, and the filters."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Final, NamedTuple

from flask import request, url_for

from portal.db.queries.devices import DeviceFilter
from portal.db.queries.paging import Page
from portal.db.queries.policies import PolicyOption
from portal.db.queries.units import UnitRow
from portal.db.queries.views import DeviceRow
from portal.db.words import fold
from portal.domain.device import UPDATABLE, DeviceState
from portal.domain.errors import InvalidInput
from portal.domain.findings import NEED_BITS, UpdateReason
from portal.domain.ids import PolicyId
from portal.domain.update_state import UpdateStatus
from portal.web.addresses import numbered
from portal.web.forms_directory import unit_choices
from portal.web.paging import Pager, here, pager
from portal.web.sides import side
from portal.web.translate import gettext as _
from portal.web.translate import lazy_gettext as _l
from portal.web.translate import ngettext, tongue
from portal.web.words.dates import Moment, day, days_left, moment
from portal.web.words.findings import reason_kind, reason_name
from portal.web.words.steps import device_state, device_states, under_way

#: (value, text) pairs of a drop-down.
Options = tuple[tuple[str, str], ...]

EXPIRY_DAYS: Final = (7, 30, 90)
PROBLEMS: Final = {
    "holder_inactive": _l("The holder is disabled in the directory"),
    "no_policy": _l("No policy is assigned"),
}
EXPIRING: Final = frozenset({UpdateReason.CERTIFICATE_EXPIRING, UpdateReason.CERTIFICATE_EXPIRED})


#: Nothing is asked of a device that is out of use.
SWITCHED_OFF: Final = frozenset({DeviceState.DISABLED, DeviceState.REVOKED})


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What a list may be narrowed to of what administrators keep; no unit at all offers none."""

    policies: Sequence[PolicyOption] = ()
    units: Sequence[UnitRow] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """One drop-down of the filters."""

    name: str
    label: str
    options: tuple[tuple[str, str], ...]
    selected: str


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter in force that has no drop-down; following it removes the filter."""

    label: str
    href: str


class DeviceLine(NamedTuple):
    """A device with the one thing to know about it; ``action_href`` leads to its update, running or new."""

    device: DeviceRow
    href: str
    kind: str
    sentence: str
    more: str
    seen: Moment | None
    action_href: str


@dataclass(frozen=True, slots=True)
class DeviceList:
    """A page of devices with its filters."""

    rows: tuple[DeviceLine, ...]
    pager: Pager | None
    filter: DeviceFilter
    choices: tuple[Choice, ...]
    chips: tuple[Chip, ...]
    understood: str
    href: str
    here: str


def device_lines(rows: Iterable[DeviceRow], now: datetime, *, may_update: bool) -> tuple[DeviceLine, ...]:
    """The rows in words."""
    here = side().name
    device = numbered(f"{here}.show_device", "device_id")
    new, run = numbered(f"{here}.new_update", "device_id"), numbered(f"{here}.show_update", "update_id")
    lines = []
    for row in rows:
        kind, sentence, more = needed(row, now)
        seen = moment(row.last_seen_at, now) if row.last_seen_at else None
        action = run(row.update) if row.update else ""
        if not action and may_update and row.state in UPDATABLE and not row.problem:
            action = new(row.id)
        lines.append(DeviceLine(row, device(row.id), kind, sentence, more, seen, action))
    return tuple(lines)


def needed(row: DeviceRow, now: datetime) -> tuple[str, str, str]:
    """What the device needs: its kind, a sentence, and what else there is."""
    if row.update is not None and row.update_status is not None:
        kind = "problem" if row.update_status is UpdateStatus.STUCK else "waiting"
        return kind, under_way(row.update_status), ""
    if row.problem:
        return "problem", problem_name(row.problem), ""
    if row.state in SWITCHED_OFF:
        return "neutral", device_state(row.state), ""
    if not row.reasons:
        sentence = _("An optional certificate can be chosen") if row.possible else _("Nothing to do")
        return "possible" if row.possible else "fine", sentence, ""
    first = row.reasons[0]
    rest = len(row.reasons) - 1
    more = ngettext("and %(num)d more reason", "and %(num)d more reasons", rest) if rest else ""
    return reason_kind(first), _reason(row, first, now), more


def problem_name(code: str) -> str:
    """A problem of a device that is no reason for an update."""
    return str(PROBLEMS.get(code, _l("Cannot be reviewed")))


def device_list(
    page: Page[DeviceRow], wanted: DeviceFilter, lines: tuple[DeviceLine, ...], narrowing: Narrowing
) -> DeviceList:
    """One page of the list."""
    return DeviceList(
        rows=lines,
        pager=pager(len(lines), page.count, page.after, partly=page.partly),
        filter=wanted,
        choices=_choices(narrowing),
        chips=_chips(wanted),
        understood=page.understood,
        href=url_for("admin.devices"),
        here=here(),
    )


def read_filter(now: datetime) -> DeviceFilter:
    """The filter out of the address; what makes no sense there narrows nothing."""
    days = request.args.get("expiry", "")
    reason = request.args.get("reason", "")
    before = now + timedelta(days=int(days)) if days in {str(number) for number in EXPIRY_DAYS} else None
    return DeviceFilter(
        text=request.args.get("q", "").strip()[:200],
        state=DeviceState(state) if (state := request.args.get("state", "")) in set(DeviceState) else None,
        reason=UpdateReason(reason) if reason in set(UpdateReason) else None,
        policy=PolicyId(int(policy)) if (policy := request.args.get("policy", "")).isdecimal() else None,
        expires_from=_moment("from") or (now if before else None),
        expires_before=_moment("before") or before,
        due=reason == "any",
        troubled=reason == "problem",
        tag=fold(request.args.get("tag", ""))[:60],
    )


def _moment(name: str) -> datetime | None:
    raw = request.args.get(name, "")
    if not raw:
        return None
    try:
        return datetime.fromisoformat(raw).astimezone()
    except (ValueError, OverflowError) as error:  # the first and the last days of the calendar have no zone
        raise InvalidInput({name: "invalid"}) from error


def _reason(row: DeviceRow, reason: UpdateReason, now: datetime) -> str:
    if reason in EXPIRING and row.earliest_not_after is not None:
        return _("A certificate %(when)s", when=days_left(row.earliest_not_after, now))
    return reason_name(reason)


def _choices(narrowing: Narrowing) -> tuple[Choice, ...]:
    chosen = request.args.get
    states, reasons, days = _fixed_options(tongue().language)
    policies = ((str(policy.id), policy.name) for policy in narrowing.policies)
    units = (("", _("All units")), *((str(one), name) for one, name in unit_choices(narrowing.units)))
    return (
        Choice("state", _("State"), states, chosen("state", "")),
        Choice("reason", _("Reason for an update"), reasons, chosen("reason", "")),
        Choice("policy", _("Policy"), (("", _("Any policy")), *policies), chosen("policy", "")),
        Choice("expiry", _("Expires"), days, chosen("expiry", "")),
        *((Choice("unit", _("Unit"), units, chosen("unit", "")),) if narrowing.units else ()),
    )


@cache
def _fixed_options(_language: str) -> tuple[Options, Options, Options]:
    """What is offered in every list, in the words of the request's language."""
    states = tuple((state.value, device_state(state)) for state in device_states())
    reasons = tuple((reason.value, reason_name(reason)) for reason in (*NEED_BITS, UpdateReason.OPTIONAL_AVAILABLE))
    some = (("", _("All devices")), ("any", _("Any reason")), ("problem", _("Problems")))
    days = tuple((str(n), ngettext("Within %(num)d day", "Within %(num)d days", n)) for n in EXPIRY_DAYS)
    return (("", _("Any state")), *states), (*some, *reasons), (("", _("At any time")), *days)


def _chips(wanted: DeviceFilter) -> tuple[Chip, ...]:
    tag = (Chip(_("Tag: %(tag)s", tag=wanted.tag), here(after=None, tag=None)),) if wanted.tag else ()
    if "from" not in request.args and "before" not in request.args:
        return tag
    ends = [day(at) for at in (wanted.expires_from, wanted.expires_before) if at]
    return (*tag, Chip(_("Expires: %(span)s", span=" – ".join(ends)), here(after=None, before=None, **{"from": None})))
