"""Dates as people read them: near ones relative, the exact one always beside."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from babel.dates import format_datetime, format_timedelta
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
NEAR_PAST = timedelta(hours=20)


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time: for machines, for reading, and exactly."""

    iso: str
    text: str
    exact: str


def day(at: datetime) -> str:
    """The date in words, without the time."""
    return format_datetime(at.astimezone(), "d MMMM y", locale=get_locale())


def exact(at: datetime) -> str:
    """Date and time to the second, with the zone."""
    return format_datetime(at.astimezone(), "d MMMM y, HH:mm:ss ZZZZ", locale=get_locale())


def moment(at: datetime, now: datetime) -> Moment:
    """When something happened: near ones relative, farther ones with the hour, far ones as a date."""
    return Moment(at.isoformat(), _past(at, now), exact(at))


def moment_of_day(at: datetime) -> Moment:
    """A date that stands for itself, such as the end of a certificate's life."""
    return Moment(at.isoformat(), day(at), exact(at))


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
    return format_timedelta(span, locale=get_locale())


def _decimal(seconds: float) -> str:
    text = f"{seconds:.1f}"
    return text.replace(".", ",") if str(get_locale()) == "ru" else text


def _past(at: datetime, now: datetime) -> str:
    gone = now - at
    if timedelta(0) <= gone < MINUTE:
        return _("just now")
    if timedelta(0) <= gone < NEAR_PAST or timedelta(0) < -gone < NEAR_PAST:
        return format_timedelta(at - now, add_direction=True, locale=get_locale())
    if abs(gone) < 300 * DAY:
        return format_datetime(at.astimezone(), "d MMMM, HH:mm", locale=get_locale())
    return day(at)
