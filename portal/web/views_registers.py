"""Registers outside and what they know of devices, in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from flask import url_for

from portal.db.models import OrderKind, OrderStatus
from portal.db.queries.paging import Page
from portal.db.queries.registers import BehindRow, RegisterRow
from portal.web.paging import Pager, pager
from portal.web.sides import may, side, side_url
from portal.web.translate import gettext as _
from portal.web.translate import lazy_gettext as _l
from portal.web.words.names import register_name
from portal.web.words.troubles import explain

#: How it stands, by what the register was told: done, still to be told, refused.
STATES: Final = {
    OrderKind.REGISTER: (_l("Registered"), _l("Waits for its registration"), _l("Registration refused")),
    OrderKind.SUSPEND: (_l("Switched off there"), _l("Waits to be switched off"), _l("Switching off refused")),
    OrderKind.RESUME: (_l("Registered"), _l("Waits to be switched on"), _l("Switching on refused")),
    OrderKind.WITHDRAW: (_l("Taken out"), _l("Waits to be taken out"), _l("Taking out refused")),
}
#: Which word of them, and in which colour.
LOOKS: Final = {OrderStatus.DONE: (0, "fine"), OrderStatus.REFUSED: (2, "problem")}
_QUIET: Final = frozenset({OrderKind.SUSPEND, OrderKind.WITHDRAW})


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterLine:
    """A register on the card of a device; an address is empty where there is nothing to do."""

    name: str
    kind: str
    state: str
    told_at: datetime
    cause: str
    more: str
    again: str
    repeat_href: str
    settle_href: str


@dataclass(frozen=True, slots=True)
class BehindLine:
    """A register that is behind, with its device."""

    line: RegisterLine
    serial: str
    model: str
    holder: str
    href: str
    since: datetime


@dataclass(frozen=True, slots=True)
class BehindList:
    """A page of them."""

    lines: tuple[BehindLine, ...]
    pager: Pager


def register_lines(rows: Sequence[RegisterRow], now: datetime) -> tuple[RegisterLine, ...]:
    """Each register as the card shows it."""
    return tuple(_line(row, now) for row in rows)


def behind_list(page: Page[BehindRow], now: datetime) -> BehindList:
    """One page of the list."""
    lines = tuple(_behind(found, now) for found in page.items)
    return BehindList(lines, pager(len(lines), page.count, page.after))


def _behind(found: BehindRow, now: datetime) -> BehindLine:
    href = side_url("show_device", device_id=found.row.device)
    return BehindLine(_line(found.row, now), found.serial, found.model, found.holder, href, found.row.since)


def _line(row: RegisterRow, now: datetime) -> RegisterLine:
    place, kind = LOOKS.get(row.status, (1, "waiting"))
    behind = row.status is not OrderStatus.DONE
    repeats = behind and not side().by_holder and may(side().order)
    settles = row.status is OrderStatus.REFUSED and may(side().settle)
    because = explain(row.why) if behind and row.why and not side().by_holder else None
    given: dict[str, Any] = {"device_id": row.device, "kind": row.register.value}
    return RegisterLine(
        name=register_name(row.register),
        kind="neutral" if kind == "fine" and row.kind in _QUIET else kind,
        state=str(STATES[row.kind][place]),
        told_at=row.told_at,
        cause=because.title if because else "",
        more=because.reason if because else "",
        again=_again(row, now) if behind else "",
        repeat_href=url_for("admin.repeat_register", **given) if repeats else "",
        settle_href=url_for("admin.settle_register", **given) if settles else "",
    )


def _again(row: RegisterRow, now: datetime) -> str:
    if row.status is OrderStatus.REFUSED and side().by_holder:
        return _("Your administrators see it and look after it; your certificates work.")
    if row.status is OrderStatus.REFUSED:
        return _("It is not told again by itself: somebody has to look.")
    if row.again_at is None or row.again_at <= now:
        return _("It is being told. The token is not needed for that.")
    return _(
        "It is told again at %(when)s. The token is not needed for that.",
        when=row.again_at.astimezone().strftime("%H:%M"),
    )
