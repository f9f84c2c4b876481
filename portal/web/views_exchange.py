"""The connection to СМЭВ: settings, whom we believe to be СМЭВ, until when certificates hold, how trying it went."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from flask import url_for

from portal.domain.exchange_settings import ExchangeSettings, Transport
from portal.ports.certificates import CertificateFacts
from portal.services.exchange_trial import TrialStep, Tried
from portal.services.exchange_watch import Watch
from portal.web.translate import gettext as _
from portal.web.words.dates import Moment, days_left, moment, moment_of_day
from portal.web.words.errors import Said
from portal.web.words.exchange import step_name, trial_sentence

#: So long before its end a certificate is worth a warning: a new one must be made known to the operator first.
SOON: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Believed:
    """A certificate: whose, until when, and whether that is worth a warning."""

    name: str
    fingerprint: str
    until: Moment
    left: str
    kind: str
    removal_href: str = ""


@dataclass(frozen=True, slots=True)
class TrialLine:
    """One step of trying the connection; ``next_step`` is tried after it by itself."""

    name: str
    kind: str
    sentence: str
    next_step: str = ""


@dataclass(frozen=True, slots=True)
class Trial:
    """What has been tried so far."""

    lines: tuple[TrialLine, ...]
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionPage:
    """The whole page; ``trust`` is None while nothing is set or the adapter checks signatures."""

    form: Any
    href: str
    is_set: bool
    standing: tuple[str, str, str]
    own: Believed | None
    believed: tuple[Believed, ...] | None
    trust_form: Any
    trust_href: str
    trial: Trial
    conflict: Said | None
    list_href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of the connection beside its settings."""

    watch: Watch | None
    believed: Sequence[CertificateFacts]
    tried: Iterable[Tried] = ()
    conflict: Said | None = None


def connection_page(
    settings: ExchangeSettings | None, known: Known, now: datetime, *, form: object, trust_form: object
) -> ConnectionPage:
    """The page in words."""
    direct = settings is not None and settings.transport is Transport.DIRECT
    return ConnectionPage(
        form=form,
        href=url_for("admin.identity_connection"),
        is_set=settings is not None,
        standing=_standing(settings, known.watch, now),
        own=_own(known.watch, now) if direct else None,
        believed=tuple(_believed(one, now) for one in known.believed) if direct else None,
        trust_form=trust_form,
        trust_href=url_for("admin.believe_certificates"),
        trial=trial(known.tried),
        conflict=known.conflict,
        list_href=url_for("admin.identity_list"),
    )


def trial(tried: Iterable[Tried], *, going_on: bool = False) -> Trial:
    """What was tried; ``going_on``: the page asks for the next step by itself."""
    lines = [_line(one, going_on=going_on) for one in tried]
    return Trial(tuple(lines), url_for("admin.try_connection"))


def _line(tried: Tried, *, going_on: bool) -> TrialLine:
    follows: TrialStep | None = tried.step.next if tried.well and going_on else None
    kind = "fine" if tried.well else "problem"
    return TrialLine(step_name(tried.step), kind, trial_sentence(tried), follows.value if follows else "")


def _standing(settings: ExchangeSettings | None, watch: Watch | None, now: datetime) -> tuple[str, str, str]:
    if settings is None:
        text = _("Until it is, no policy can demand that registers of the state confirm people.")
        return "possible", _("The connection is not set up"), text
    if watch is None:
        return "neutral", _("The exchange was not asked yet"), ""
    if watch.down_since is not None:
        since = moment(watch.down_since, now).text
        text = _("Nothing is lost: questions wait and are sent by themselves. Check the connection below.")
        return "problem", _("The exchange does not answer: %(since)s", since=since), text
    return "fine", _("The exchange answers"), _("Last time: %(when)s.", when=moment(watch.looked_at, now).text)


def _own(watch: Watch | None, now: datetime) -> Believed | None:
    if watch is None or watch.own_until is None:
        return None
    kind = ending_kind(watch.own_until, now)
    return Believed(_("Our certificate"), "", moment_of_day(watch.own_until), days_left(watch.own_until, now), kind)


def _believed(facts: CertificateFacts, now: datetime) -> Believed:
    return Believed(
        name=facts.common_name or facts.subject,
        fingerprint=facts.fingerprint,
        until=moment_of_day(facts.not_after),
        left=days_left(facts.not_after, now),
        kind=ending_kind(facts.not_after, now),
        removal_href=url_for("admin.disbelieve_certificate", name=facts.fingerprint),
    )


def ending_kind(until: datetime, now: datetime) -> str:
    """How pressing it is."""
    return "problem" if until <= now else "due" if until - now <= SOON else "fine"
