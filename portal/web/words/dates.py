"""Dates as people read them: near ones relative, the exact one always beside."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from typing import Final, NamedTuple

from babel.dates import format_timedelta, get_month_names

from portal.web.translate import gettext as _
from portal.web.translate import ngettext, tongue

MINUTE: Final = timedelta(minutes=1)
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
NEAR_PAST: Final = timedelta(hours=20)
NEAR_FUTURE: Final = -NEAR_PAST
FAR: Final = 300 * DAY
#: Of the time as machines write it: the rest are fractions and the zone.
_TO_SECONDS: Final = len("2000-01-01T00:00:00")
#: From so many hours on Babel speaks of hours.
SAID_IN_HOURS: Final = 0.85


class Moment(NamedTuple):
    """A point in time, in the zone of the portal, as it is read."""

    at: datetime
    text: str

    @property
    def iso(self) -> str:
        """For machines."""
        return self.at.astimezone(UTC).isoformat()[:_TO_SECONDS] + "Z"

    @property
    def exact(self) -> str:
        """To the second, with the zone."""
        return _exact(self.at)


def day(at: datetime) -> str:
    """The date in words, without the time."""
    return _day(at.astimezone())


def dated(at: datetime) -> str:
    """Date and time to the minute, for reading."""
    here = at.astimezone()
    return f"{_day(here)}, {here.hour:02}:{here.minute:02}"


def moment(at: datetime, now: datetime) -> Moment:
    """When something happened: near ones relative, farther ones with the hour, far ones as a date."""
    here = at.astimezone()
    return Moment(here, _past(here, now - at))


def moment_of_day(at: datetime) -> Moment:
    """A date that stands for itself, such as the end of a certificate's life."""
    return Moment(at.astimezone(), day(at))


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
    return format_timedelta(span, locale=tongue().locale)


def _decimal(seconds: float) -> str:
    text = f"{seconds:.1f}"
    return text.replace(".", ",") if tongue().language == "ru" else text


def _past(here: datetime, gone: timedelta) -> str:
    if NEAR_FUTURE < gone < NEAR_PAST:
        if timedelta(0) <= gone < MINUTE:
            return _("just now")
        return _near(tongue().language, _rounded(-gone))
    if -FAR < gone < FAR:
        return f"{here.day} {_month(here)}, {here.hour:02}:{here.minute:02}"
    return _day(here)


def _rounded(gone: timedelta) -> timedelta:
    """To what is said of it, so that the same words are made once."""
    unit = HOUR if abs(gone) >= HOUR * SAID_IN_HOURS else MINUTE if abs(gone) >= MINUTE else timedelta(seconds=1)
    return unit * round(gone / unit)


@lru_cache(maxsize=500)
def _near(language: str, gone: timedelta) -> str:
    """How long ago, or in how long; Babel takes longer over one than a page may over all of them."""
    return format_timedelta(gone, add_direction=True, locale=language)


def _exact(here: datetime) -> str:
    zone = f"{here:%z}"
    time = f"{here.hour:02}:{here.minute:02}:{here.second:02}"
    return f"{_day(here)}, {time} GMT{zone[:3]}:{zone[3:5]}"


def _day(here: datetime) -> str:
    return f"{here.day} {_month(here)} {here.year}"


def _month(here: datetime) -> str:
    return _months(tongue().language)[here.month]


@cache
def _months(language: str) -> Mapping[int, str]:
    """The names of months as they stand beside a day; asked of Babel's patterns they cost a list half its time."""
    return get_month_names("wide", "format", language)
