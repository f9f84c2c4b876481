"""How the authority of the portal itself does, in words."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from flask import url_for

from portal.domain.own_authority import KeyState, OwnAlarm, OwnHealth, OwnState
from portal.domain.permissions import Permission
from portal.web.sides import may
from portal.web.translate import gettext as _
from portal.web.translate import lazy_gettext as _l
from portal.web.translate import ngettext
from portal.web.words.dates import Moment, dated, day, days_left, moment

KEYS: Final = {
    KeyState.OPENS: _l("opens"),
    KeyState.ON_TOKEN: _l("on a token; it signed the revocation list"),
    KeyState.FAILS: _l("does not open or does not sign"),
}
ALARMS: Final = {
    OwnAlarm.KEY_FAILS: _l("The key does not open or does not sign: nothing can be issued. See the log of the worker."),
    OwnAlarm.LIST_OVERDUE: _l("The revocation list is overdue: whoever checks certificates may refuse all of them."),
    OwnAlarm.ENDED: _l("The certificate of the authority has ended: nothing it issued is trusted any more."),
    OwnAlarm.ENDS_SOON: _l("The certificate of the authority ends soon: prepare a new one and hand it out in time."),
    OwnAlarm.RESPONDER_ENDED: _l("The certificate of the OCSP responder has ended: its answers are not believed."),
    OwnAlarm.NOT_LOOKED_AT: _l("No worker has looked for half an hour: what stands here may be old."),
}
_SOON: Final = frozenset({OwnAlarm.ENDS_SOON, OwnAlarm.NOT_LOOKED_AT})


@dataclass(frozen=True, slots=True)
class OwnView:
    """One look; ``href`` is empty for whoever may not open the authority's own page."""

    colour: str
    standing: str
    alarms: tuple[str, ...]
    summary: str
    looked: Moment
    facts: tuple[tuple[str, str, str], ...]
    href: str


def own_view(health: OwnHealth | None, now: datetime) -> OwnView | None:
    """The last look, none before there was one."""
    if health is None:
        return None
    alarms = health.alarms(now)
    urgent = bool(set(alarms) - _SOON)
    return OwnView(
        colour="problem" if urgent else "due" if alarms else "fine",
        standing=_("needs somebody") if alarms else _("in order"),
        alarms=tuple(str(ALARMS[one]) for one in alarms),
        summary=ngettext("%(num)d certificate issued", "%(num)d certificates issued", health.state.issued),
        looked=moment(health.looked_at, now),
        facts=_facts(health.state, now),
        href=url_for("admin.authority") if may(Permission.CONNECTORS_READ) else "",
    )


def _facts(state: OwnState, now: datetime) -> tuple[tuple[str, str, str], ...]:
    """What it is, how it stands, and more about it."""
    none = _("none yet")
    made, until, responder = state.list_made_at, state.list_until, state.responder_until
    return (
        (_("Certificates issued"), str(state.issued), ""),
        (_("Key"), str(KEYS[state.key]), ""),
        (_("Revocation list made"), dated(made) if made else none, moment(made, now).text if made else ""),
        (_("Next list not later than"), dated(until) if until else none, ""),
        (_("Certificate of the authority"), day(state.own_until), days_left(state.own_until, now)),
        (
            _("Certificate of the OCSP responder"),
            day(responder) if responder else none,
            days_left(responder, now) if responder else "",
        ),
    )
