"""Lines of the audit log as sentences, made when they are read."""

from collections.abc import Mapping
from typing import Final

from flask_babel import lazy_gettext as _l

from portal.domain.audit import AuditTag
from portal.domain.troubles import Trouble, why
from portal.web.words.troubles import trouble_title

TAGS: Final = {
    AuditTag.ACCOUNT_SIGNED_IN: _l("Signed in"),
    AuditTag.ACCOUNT_SIGN_IN_FAILED: _l("Could not sign in"),
    AuditTag.ACCOUNT_SIGNED_OUT: _l("Signed out"),
    AuditTag.ACCESS_DENIED: _l("Was refused access"),
    AuditTag.DEVICE_SEEN: _l("A token was seen"),
    AuditTag.FOREIGN_TRACKED: _l("Took a foreign certificate under watch"),
    AuditTag.FOREIGN_DECLINED: _l("Left a foreign certificate unwatched"),
    AuditTag.UPDATE_ORDERED: _l("Ordered an update"),
    AuditTag.UPDATE_CLAIMED: _l("Took up the update"),
    AuditTag.UPDATE_WAITING: _l("The update waits"),
    AuditTag.UPDATE_RESUMED: _l("Let the update go on"),
    AuditTag.UPDATE_UNWINDING: _l("The update goes back"),
    AuditTag.UPDATE_COMPLETED: _l("The update was completed"),
    AuditTag.UPDATE_FAILED: _l("The update failed"),
    AuditTag.UPDATE_CANCEL_REQUESTED: _l("Asked to cancel the update"),
    AuditTag.UPDATE_CANCELLED: _l("The update was cancelled"),
    AuditTag.UPDATE_STUCK: _l("The update needs attention"),
    AuditTag.UPDATE_SETTLED: _l("Settled the update"),
    AuditTag.STEP_INTENDED: _l("Step begun"),
    AuditTag.STEP_DONE: _l("Step done"),
    AuditTag.STEP_ABSENT: _l("Step had not happened, to be done again"),
    AuditTag.STEP_WAITING: _l("Step waits"),
    AuditTag.STEP_REFUSED: _l("Step refused"),
    AuditTag.STEP_UNDOING: _l("Step being undone"),
    AuditTag.STEP_UNDONE: _l("Step undone"),
    AuditTag.SEEDED: _l("Demo data was loaded"),
}


def audit_sentence(tag: str) -> str:
    """What happened; a tag this version does not know keeps its own name."""
    return str(TAGS[AuditTag(tag)]) if tag in set(AuditTag) else tag


def audit_subject(subject: str) -> str:
    """What the line is about; a kind this version does not know is shown as it was written."""
    kind, _colon, name = subject.partition(":")
    return str(SUBJECTS[kind]) % {"name": name} if kind in SUBJECTS and name else subject


def audit_particulars(particulars: Mapping[str, str | int]) -> str:
    """The details of a line, each under its name."""
    return ", ".join(f"{PARTICULARS.get(name, name)}: {_value(name, value)}" for name, value in particulars.items())


def _value(name: str, value: str | int) -> str | int:
    if name == "trouble" and value in set(Trouble):
        return trouble_title(why(Trouble(value)))
    return value


SUBJECTS: Final = {
    "account": _l("Account %(name)s"),
    "device": _l("Device no. %(name)s"),
    "person": _l("Person no. %(name)s"),
    "policy": _l("Policy no. %(name)s"),
    "route": _l("Page %(name)s"),
    "update": _l("Update no. %(name)s"),
}

PARTICULARS: Final = {
    "address": _l("address"),
    "by": _l("by"),
    "certificate": _l("certificate"),
    "comment": _l("comment"),
    "device": _l("device"),
    "happened": _l("happened"),
    "item": _l("line of the plan"),
    "kind": _l("kind"),
    "leave_behind": _l("leave behind what cannot be reached"),
    "name": _l("name"),
    "people": _l("people"),
    "permission": _l("permission"),
    "policy": _l("policy"),
    "seq": _l("step"),
    "serial": _l("serial number"),
    "status": _l("status"),
    "step": _l("step"),
    "trouble": _l("cause"),
    "waiting_for": _l("waits for"),
    "whom": _l("waits for"),
}
