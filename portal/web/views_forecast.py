"""What publishing a draft would do to devices, in figures and as a list."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from flask import url_for

from portal.db.queries.policy_drafts import DraftRow
from portal.services.what_if import Forecast, ForecastDevice, Hypothesis
from portal.web.current import portal
from portal.web.translate import gettext as _
from portal.web.translate import ngettext
from portal.web.words.findings import finding_sentence, reason_kind, reason_name


@dataclass(frozen=True, slots=True)
class ForecastLine:
    """A device that would get new reasons, with them in words."""

    name: str
    serial: str
    href: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """A reason and how many devices would get it."""

    kind: str
    name: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastView:
    """The figures and one page of the list."""

    forecast: Forecast
    headline: str
    counts: tuple[ReasonCount, ...]
    lines: tuple[ForecastLine, ...]
    next_href: str
    published: bool


def forecast_view(row: DraftRow, after: str | None, size: int) -> ForecastView:
    """The forecast for a draft; a policy that was never published reaches nobody yet."""
    hypothesis = portal().what_if.publishing(replace(row.body, version=row.current_version + 1))
    more = partial(url_for, "admin.draft_forecast", draft_id=row.id)
    return figures(hypothesis, after, size, more=more, published=row.policy is not None)


def figures(
    hypothesis: Hypothesis, after: str | None, size: int, *, more: Callable[..., str], published: bool = True
) -> ForecastView:
    """What would happen; ``more`` makes the address of the page that begins after a place."""
    what_if = portal().what_if
    found, page = what_if.forecast(hypothesis), what_if.devices(hypothesis, after=after, size=size)
    return ForecastView(
        forecast=found,
        headline=_headline(found.becoming_due),
        counts=tuple(ReasonCount(reason_kind(one), reason_name(one), number) for one, number in found.reasons),
        lines=tuple(map(_line, page.items)),
        next_href=more(after=page.after) if page.after else "",
        published=published,
    )


def _headline(due: int) -> str:
    if not due:
        return _("No device becomes due")
    return ngettext("%(num)d device becomes due", "%(num)d devices become due", due)


def _line(device: ForecastDevice) -> ForecastLine:
    row = device.row
    told = tuple(finding_sentence(finding) for finding in device.findings if finding.reason in device.new)
    return ForecastLine(
        name=row.holder or "—",
        serial=row.serial,
        href=url_for("admin.show_device", device_id=row.id),
        reasons=told,
    )
