"""Common certificates as their pages show them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from flask import url_for
from flask_babel import format_decimal
from flask_wtf import FlaskForm

from portal.db.queries.commons import CommonCard, CommonVersion
from portal.db.queries.paging import Page
from portal.db.queries.views import DeviceRow
from portal.web.access import reach
from portal.web.paging import Pager, count_text, pager
from portal.web.translate import gettext as _
from portal.web.translate import ngettext
from portal.web.views_forecast import ForecastView
from portal.web.words.errors import Said
from portal.web.words.subjects import owner

#: From when on the end of a common certificate is worth a warning.
SOON: Final = timedelta(days=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonLine:
    """A row of the list."""

    name: str
    href: str
    subject: str
    kind: str
    state: str
    ends: datetime
    policies: str
    coverage: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionLine:
    """One version in the table of versions."""

    number: int
    version: CommonVersion
    kind: str
    state: str
    devices: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonPage:
    """One common certificate; addresses are empty where the visitor may do nothing."""

    card: CommonCard
    kind: str
    state: str
    coverage: str
    versions: tuple[VersionLine, ...]
    policies: tuple[tuple[str, str, str], ...]
    left: tuple[tuple[str, str, str], ...]
    pager: Pager
    form: FlaskForm | None
    links: "CommonLinks"
    forecast: ForecastView | None
    conflict: Said | None


@dataclass(frozen=True, slots=True)
class CommonLinks:
    """Where its forms go; empty for what is not possible."""

    replace: str = ""
    use: str = ""
    discard: str = ""
    remove: str = ""


def common_lines(cards: Iterable[CommonCard], now: datetime) -> tuple[CommonLine, ...]:
    """Every common certificate."""
    return tuple(_line(card, now) for card in cards)


def common_page(
    card: CommonCard,
    left: Page[DeviceRow],
    now: datetime,
    *,
    form: FlaskForm | None,
    forecast: ForecastView | None = None,
    conflict: Said | None = None,
) -> CommonPage:
    """One of them with all it has; ``form`` is there for somebody who may replace it."""
    kind, state = _state(card, now)
    carried = {policy.version for policy in card.policies}
    return CommonPage(
        card=card,
        kind=kind,
        state=state,
        coverage=_coverage(card),
        versions=tuple(_version(one, carried, now) for one in card.versions),
        policies=tuple(_policy(card, place) for place in range(len(card.policies))),
        left=tuple(
            (row.holder or "—", row.serial, url_for("admin.show_device", device_id=row.id)) for row in left.items
        ),
        pager=pager(len(left.items), left.count, left.after),
        form=form,
        links=_links(card) if form is not None else CommonLinks(),
        forecast=forecast,
        conflict=conflict,
    )


def _links(card: CommonCard) -> CommonLinks:
    numbers: dict[str, Any] = {"common_id": card.key}
    newest = card.newest
    carried = any(policy.version == newest.version for policy in card.policies)
    unused = not carried and len(card.versions) > 1 and not newest.devices.number
    return CommonLinks(
        replace=url_for("admin.replace_common", **numbers),
        use=url_for("admin.use_common", **numbers) if card.waiting else "",
        discard=url_for("admin.discard_common", **numbers) if unused else "",
        remove=url_for("admin.remove_common", **numbers),
    )


def _line(card: CommonCard, now: datetime) -> CommonLine:
    kind, state = _state(card, now)
    return CommonLine(
        name=card.name,
        href=url_for("admin.show_common", common_id=card.key),
        subject=owner(card.newest.subject),
        kind=kind,
        state=state,
        ends=card.newest.not_after,
        policies=", ".join(policy.name for policy in card.policies),
        coverage=_coverage(card) if card.policies else "—",
    )


def _state(card: CommonCard, now: datetime) -> tuple[str, str]:
    ends = card.newest.not_after
    if ends <= now:
        return "problem", _("expired")
    if card.waiting:
        return "due", _("a new version waits")
    if ends <= now + SOON:
        return "due", _("expires soon")
    return ("fine", _("in use")) if card.policies else ("neutral", _("not used"))


def _coverage(card: CommonCard) -> str:
    have, wanted = format_decimal(card.wanted - card.left), format_decimal(card.wanted)
    return ngettext("%(have)s of %(text)s device", "%(have)s of %(text)s devices", card.wanted, have=have, text=wanted)


def _version(one: CommonVersion, carried: set[int], now: datetime) -> VersionLine:
    kind, state = "neutral", _("older")
    if one.version in carried:
        kind, state = "fine", _("in policies")
    elif not carried or one.version > max(carried):
        kind, state = "possible", _("not used yet")
    if one.not_after <= now:
        kind, state = "problem", _("expired")
    return VersionLine(number=one.version, version=one, kind=kind, state=state, devices=count_text(one.devices))


def _policy(card: CommonCard, place: int) -> tuple[str, str, str]:
    policy = card.policies[place]
    how = _("optional: offered") if policy.optional else _("written to every device")
    said = f"{_('version %(number)s', number=policy.version)}, {how}"
    seen = reach().everything or policy.id in reach().policies
    return policy.name, said, url_for("admin.show_policy", policy_id=policy.id) if seen else ""
