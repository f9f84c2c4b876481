"""Dates as people read them: near ones relative, the exact one always beside."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Final

from babel import Locale
from babel.dates import format_timedelta, get_month_names
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

ENGLISH: Final = Locale("en")
MINUTE: Final = timedelta(minutes=1)
DAY: Final = timedelta(days=1)
NEAR_PAST: Final = timedelta(hours=20)


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time: for machines, for reading, and exactly."""

    iso: str
    text: str
    exact: str


def day(at: datetime) -> str:
    """The date in words, without the time."""
    return _day(at.astimezone())


def exact(at: datetime) -> str:
    """Date and time to the second, with the zone."""
    here = at.astimezone()
    zone = f"{here:%z}"
    return f"{_day(here)}, {here:%H:%M:%S} GMT{zone[:3]}:{zone[3:5]}"


def moment(at: datetime, now: datetime) -> Moment:
    """When something happened: near ones relative, farther ones with the hour, far ones as a date."""
    return Moment(_iso(at), _past(at, now), exact(at))


def moment_of_day(at: datetime) -> Moment:
    """A date that stands for itself, such as the end of a certificate's life."""
    return Moment(_iso(at), day(at), exact(at))


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")


def days_left(until: datetime, now: datetime) -> str:
    """How long something still lasts, or since when it has not."""
    left = (until.astimezone().date() - now.astimezone().date()).days
    if until <= now:
        return ngettext("expired %(num)d day ago", "expired %(num)d days ago", -left) if left else _("expired today")
    if left == 0:
        return _("expires today")
    return ngettext("expires in %(num)d day", "expires in %(num)d days", left)


def duration(span: timedelta) -> str:
    """A length of time: seconds with a tenth when short."""
    seconds = span.total_seconds()
    if seconds < 0.1:  # noqa: PLR2004  the clock of the journal is no finer
        return _("less than %(seconds)s s", seconds=_decimal(0.1))
    if seconds < 10:  # noqa: PLR2004  below ten seconds a tenth still says something
        return _("%(seconds)s s", seconds=_decimal(seconds))
    if seconds < 60:  # noqa: PLR2004
        return _("%(seconds)s s", seconds=round(seconds))
    return format_timedelta(span, locale=_locale())


def _decimal(seconds: float) -> str:
    text = f"{seconds:.1f}"
    return text.replace(".", ",") if str(_locale()) == "ru" else text


def _past(at: datetime, now: datetime) -> str:
    gone = now - at
    if timedelta(0) <= gone < MINUTE:
        return _("just now")
    if timedelta(0) <= gone < NEAR_PAST or timedelta(0) < -gone < NEAR_PAST:
        return format_timedelta(at - now, add_direction=True, locale=_locale())
    if abs(gone) < 300 * DAY:
        here = at.astimezone()
        return f"{here.day} {_month(here)}, {here:%H:%M}"
    return day(at)


def _day(here: datetime) -> str:
    return f"{here.day} {_month(here)} {here.year}"


def _month(here: datetime) -> str:
    return _months(str(_locale()))[here.month]


@cache
def _months(language: str) -> Mapping[int, str]:
    """The names of months as they stand beside a day; asked of Babel's patterns they cost a list half its time."""
    return get_month_names("wide", "format", language)


def _locale() -> Locale:
    # the command line speaks English, as its options do
    return get_locale() or ENGLISH
