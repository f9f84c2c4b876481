"""What each standing of a device means for its holder, and what to do next, in plain words."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from portal.domain.device import DeviceState
from portal.domain.findings import Finding, UpdateReason
from portal.domain.outcomes import WaitingFor
from portal.domain.troubles import Trouble
from portal.domain.update_state import UpdateStatus
from portal.web.translate import gettext as _
from portal.web.translate import lazy_gettext as _l
from portal.web.words.dates import day, days_left
from portal.web.words.names import attribute_name

CONTINUE: Final = _l("Continue the update")
SEE: Final = _l("See the progress")
CHOOSE: Final = _l("Choose optional certificates")
ISSUE: Final = _l("Issue the token")
UPDATE: Final = _l("Update the token")
DECIDE: Final = _l("Choose what to watch")


@dataclass(frozen=True, slots=True)
class Verdict:
    """One sentence as a headline, and what it means."""

    kind: str
    title: str
    text: str
    more: str = ""

    @property
    def icon(self) -> str:
        """Its sign beside the headline."""
        return "off" if self.kind == "neutral" else self.kind


def in_order(until: datetime | None) -> Verdict:
    """Nothing to do."""
    text = _("There is nothing to do. This page tells in time when something has to be renewed.")
    if until is None:
        return Verdict("fine", _("Your token is in order"), text)
    return Verdict("fine", _("Your token is in order until %(date)s", date=day(until)), text)


def due(finding: Finding, now: datetime) -> Verdict:
    """An update the holder can make himself; the worst finding is the headline."""
    worst = finding.reason in {UpdateReason.CERTIFICATE_EXPIRED, UpdateReason.CERTIFICATE_REVOKED}
    title = TITLES.get(finding.reason, _changed)(finding, now)
    text = _("It takes about a minute. You need the token and its PIN; what works now goes on working meanwhile.")
    return Verdict("problem" if worst else "due", title, text)


def nothing_to_do() -> str:
    """The same in the row of the device."""
    return _("Nothing to do")


def foreign_found() -> Verdict:
    """Nothing is to be written; only what others wrote may be watched."""
    text = _(
        "They stay as they are. The portal can tell you in time when they expire; neither token nor PIN is needed."
    )
    return Verdict("due", _("There are certificates from elsewhere on your token"), text)


def to_be_issued() -> Verdict:
    """Held, and nothing on it yet."""
    text = _("There are no certificates on it yet. It takes about a minute; you need the token and its PIN.")
    return Verdict("due", _("Your token is ready to be issued"), text)


def not_by_holder(policy: str) -> Verdict:
    """An update is due, and the policy leaves it to others."""
    text = _("Your policy “%(policy)s” leaves updates to the administrators.", policy=policy)
    more = _("Ask your administrator: bring the token, the update takes about a minute.")
    return Verdict("due", _("The token needs an update that an administrator makes"), text, more)


def no_policy() -> Verdict:
    """Nobody has said what should be on it."""
    text = _("No policy is assigned to you, so the portal does not know what should be on the token.")
    more = _("Tell your administrator. The certificates that are on it go on working.")
    return Verdict("problem", _("The token cannot be updated yet"), text, more)


def waits_for_holder() -> Verdict:
    """An update has begun and needs token and PIN."""
    text = _("It stopped where the token or its PIN was needed, and goes on from there. Nothing has been lost.")
    return Verdict("waiting", _("The update waits for you: plug in the token and enter its PIN"), text)


def waits_for_data(trouble: Trouble) -> Verdict:
    """Registers of the state have nobody to ask about, or have not confirmed what they were asked."""
    if trouble is Trouble.IDENTITY_NEEDED:
        text = _("A qualified certificate is issued only after registers of the state have confirmed your data.")
        return Verdict("due", _("The update waits for you: fill in your data"), text)
    text = _("Compare them with your documents and ask again. The token works as before.")
    return Verdict("problem", _("Your data were not confirmed"), text)


def running(status: UpdateStatus, waiting_for: WaitingFor | None) -> Verdict:
    """An update is under way without the holder."""
    if status is UpdateStatus.STUCK:
        text = _("The portal cannot tell whether one of its steps took effect, and asks an administrator to look.")
        more = _("Your earlier certificates are still there. If you need the token now, call your administrator.")
        return Verdict("problem", _("The update has stopped until an administrator decides"), text, more)
    if status is UpdateStatus.WAITING:
        return WAITS.get(waiting_for or WaitingFor.RETRY, _goes_on)()
    text = _("Leave the token plugged in until it is done. You may close this page.")
    return Verdict("waiting", _("Your token is being updated"), text)


def disabled_by_other() -> Verdict:
    """Switched off by somebody who keeps the devices."""
    text = _("An administrator switched it off. Nothing on it is lost: ask him to switch it on again.")
    return Verdict("neutral", _("The token is switched off"), text)


def at_rest(state: DeviceState) -> Verdict:
    """A token that is not in use."""
    return AT_REST[state]()


def _waits_for_ca() -> Verdict:
    text = _("The certification authority has not decided yet. There is nothing to do: the token works as before.")
    more = _("After the decision the update goes on from this very place; then you need the token and its PIN.")
    return Verdict("waiting", _("Your request for a certificate is being considered"), text, more)


def _at_workstation() -> Verdict:
    text = _(
        "Plug the token in where the agent is, agree to the update and enter the PIN there. Nothing has been lost."
    )
    return Verdict("waiting", _("The update waits for you at the workstation"), text)


def _registers_asked() -> Verdict:
    text = _("There is nothing to do: the update goes on by itself after the last answer, be it days later.")
    return Verdict("waiting", _("Registers of the state are confirming your data"), text)


def _goes_on() -> Verdict:
    text = _("A system the update needs did not answer. The portal tries again by itself; nothing has been lost.")
    return Verdict("waiting", _("The update will go on by itself"), text)


def _ready_to_go_on() -> Verdict:
    text = _("It goes on as soon as the token is plugged in. The PIN has been entered already.")
    return Verdict("waiting", _("Plug in the token: the update goes on"), text)


def _disabled() -> Verdict:
    text = _("Its certificates are on hold: nobody can sign in or sign with it now, and nothing on it is lost.")
    return Verdict("neutral", _("The token is switched off"), text)


def _revoked() -> Verdict:
    text = _("Its certificates were revoked for good: it can no longer be used.")
    more = _("If you still have it, hand it in to your administrator, who gives you another one.")
    return Verdict("problem", _("The token is revoked"), text, more)


def _clean() -> Verdict:
    text = _("There is nothing on it, and it is not assigned to anybody.")
    return Verdict("neutral", _("The token is empty"), text)


def _expiring(finding: Finding, now: datetime) -> str:
    left = days_left(finding.until, now) if finding.until else ""
    return _("Update your token: “%(name)s” %(left)s", name=finding.subject, left=left)


def _changed(_finding: Finding, _now: datetime) -> str:
    return _("Update your token: what should be on it has changed")


Title = Callable[[Finding, datetime], str]

TITLES: Final[dict[UpdateReason, Title]] = {
    UpdateReason.CERTIFICATE_EXPIRING: _expiring,
    UpdateReason.CERTIFICATE_EXPIRED: lambda found, _now: _(
        "Update your token: “%(name)s” has expired", name=found.subject
    ),
    UpdateReason.CERTIFICATE_REVOKED: lambda found, _now: _(
        "Update your token: “%(name)s” was revoked", name=found.subject
    ),
    UpdateReason.CONTENT_MISSING: lambda found, _now: _(
        "Update your token: “%(name)s” is missing from it", name=found.subject
    ),
    UpdateReason.ATTRIBUTE_CHANGED: lambda found, _now: _(
        "Update your token: your data changed (%(attribute)s)", attribute=attribute_name(found.subject)
    ),
}

WAITS: Final[dict[WaitingFor, Callable[[], Verdict]]] = {
    WaitingFor.AGENT: _at_workstation,
    WaitingFor.CA: _waits_for_ca,
    WaitingFor.IDENTITY: _registers_asked,
    WaitingFor.RETRY: _goes_on,
    WaitingFor.TOKEN: _ready_to_go_on,
    WaitingFor.PIN: _ready_to_go_on,
}

AT_REST: Final[dict[DeviceState, Callable[[], Verdict]]] = {
    DeviceState.CLEAN: _clean,
    DeviceState.DISABLED: _disabled,
    DeviceState.REVOKED: _revoked,
}
