"""Identity checks on the first page: numbers that are links, and what is wrong with the exchange itself."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import url_for

from portal.db.queries.identity_overview import ChecksOverview
from portal.ports.certificates import CertificateFacts
from portal.services.exchange_watch import Watch
from portal.web.paging import count_text
from portal.web.translate import gettext as _
from portal.web.views_exchange import ending_kind
from portal.web.words.dates import days_left, moment


@dataclass(frozen=True, slots=True)
class CheckCount:
    """A line of the panel; ``number`` is empty where there is nothing to count."""

    label: str
    note: str
    number: str
    kind: str
    href: str


@dataclass(frozen=True, slots=True)
class ChecksPanel:
    """What there is to tell; without lines all is well."""

    lines: tuple[CheckCount, ...]
    all_href: str


def checks_panel(
    found: ChecksOverview, watch: Watch | None, certificates: Sequence[CertificateFacts], now: datetime
) -> ChecksPanel:
    """The panel; ``watch`` and ``certificates`` only for who may set the connection up."""
    lines = [*_exchange(watch, certificates, now), *_counts(found, now)]
    return ChecksPanel(tuple(lines), url_for("admin.identity_list"))


def _counts(found: ChecksOverview, now: datetime) -> Iterable[CheckCount]:
    if found.unsettled.number:
        href = url_for("admin.identity_list", state="unsettled")
        yield CheckCount(_("Need somebody"), "", count_text(found.unsettled), "problem", href)
    if found.waiting.number:
        href = url_for("admin.identity_list", state="pending", order="oldest")
        since = moment(found.oldest, now).text if found.oldest else ""
        note = _("the longest since %(when)s", when=since) if since else ""
        yield CheckCount(_("Wait for an answer"), note, count_text(found.waiting), "waiting", href)


def _exchange(watch: Watch | None, certificates: Sequence[CertificateFacts], now: datetime) -> Iterable[CheckCount]:
    href = url_for("admin.identity_connection")
    if watch is not None and watch.down_since is not None:
        when = moment(watch.down_since, now).text
        note = _("since: %(when)s; questions wait and are sent by themselves", when=when)
        yield CheckCount(_("The exchange does not answer"), note, "", "problem", href)
    ends = [(_("Our certificate for СМЭВ"), watch.own_until)] if watch is not None and watch.own_until else []
    ends += [
        (_("Certificate of СМЭВ “%(name)s”", name=one.common_name or one.subject), one.not_after)
        for one in certificates
    ]
    for name, until in ends:
        kind = ending_kind(until, now)
        if kind != "fine":
            yield CheckCount(name, days_left(until, now), "", kind, href)
