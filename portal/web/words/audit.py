"""Lines of the audit log as sentences, made when they are read."""

from typing import Final

from portal.domain.audit import AuditTag
from portal.web.translate import lazy_gettext as _l
from portal.web.words.audit_agents import AGENT_EVENTS
from portal.web.words.connectors import CONNECTOR_EVENTS
from portal.web.words.sign_in import ACCOUNT_EVENTS

TAGS: Final = {
    **ACCOUNT_EVENTS,
    **AGENT_EVENTS,
    **CONNECTOR_EVENTS,
    AuditTag.DIRECTORY_SYNCED: _l("Read a directory"),
    AuditTag.EXCHANGE_SET: _l("Set up the connection to СМЭВ"),
    AuditTag.EXCHANGE_TRIED: _l("Tried the connection to СМЭВ"),
    AuditTag.IDENTITY_ASKED: _l("Asked registers of the state about a person"),
    AuditTag.IDENTITY_DECIDED: _l("Registers of the state answered about a person"),
    AuditTag.IDENTITY_REPEATED: _l("Asked a register of the state once more"),
    AuditTag.IDENTITY_SEEN: _l("Looked at the data of an identity check unmasked"),
    AuditTag.IDENTITY_TAKEN: _l("Took a message of an identity check away as a file"),
    AuditTag.LETTERS_SET: _l("Changed who gets letters for administrators"),
    AuditTag.LETTER_REPEATED: _l("Put a letter back into the queue"),
    AuditTag.LETTER_TESTED: _l("Sent a test letter"),
    AuditTag.ASSIGNMENT_ADDED: _l("Assigned a policy"),
    AuditTag.ASSIGNMENT_CHANGED: _l("Changed an assignment of a policy"),
    AuditTag.ASSIGNMENT_REMOVED: _l("Removed an assignment of a policy"),
    AuditTag.COMMON_ADDED: _l("Added a common certificate"),
    AuditTag.COMMON_REMOVED: _l("Removed a common certificate"),
    AuditTag.COMMON_REPLACED: _l("Replaced a common certificate"),
    AuditTag.FINDINGS_MENDED: _l("Found stored reasons that were not true, and mended them"),
    AuditTag.AUDIT_BROKEN: _l("The audit log was changed by somebody"),
    AuditTag.AUDIT_EXPORTED: _l("Exported the audit log"),
    AuditTag.ACCESS_DENIED: _l("Was refused access"),
    AuditTag.DEVICE_ADDED: _l("Added a device"),
    AuditTag.DEVICE_ASSIGNED: _l("Assigned the device"),
    AuditTag.DEVICE_CLEANING_ORDERED: _l("Ordered the device to be cleaned"),
    AuditTag.DEVICE_DISABLED: _l("Disabled the device"),
    AuditTag.DEVICE_EDITED: _l("Edited the device"),
    AuditTag.DEVICE_ENABLED: _l("Enabled the device"),
    AuditTag.DEVICE_ORDER_DONE: _l("A system outside carried an order out"),
    AuditTag.DEVICE_ORDER_REFUSED: _l("A system outside refused an order"),
    AuditTag.DEVICE_PIN_CHANGE_ORDERED: _l("Ordered a change of the PIN"),
    AuditTag.DEVICE_PIN_RESET_ORDERED: _l("Ordered a reset of the PIN"),
    AuditTag.DEVICE_REPLACED: _l("Replaced the device"),
    AuditTag.DEVICE_REGISTER_REPEATED: _l("Had a register told of the device again"),
    AuditTag.DEVICE_REGISTER_SETTLED: _l("Confirmed what a register knows of the device"),
    AuditTag.DEVICE_REPLACEMENT_ENDED: _l("Ended the replacement of the device"),
    AuditTag.DEVICE_REVOKED: _l("Revoked the device"),
    AuditTag.DEVICE_SEEN: _l("A token was seen"),
    AuditTag.DEVICE_UNASSIGNED: _l("Took the device from its holder"),
    AuditTag.DEVICE_WITHDRAWN: _l("Withdrew the device"),
    AuditTag.FOREIGN_TRACKED: _l("Took a foreign certificate under watch"),
    AuditTag.FOREIGN_DECLINED: _l("Left a foreign certificate unwatched"),
    AuditTag.GROUP_ADDED: _l("Made a group"),
    AuditTag.GROUP_RENAMED: _l("Renamed a group"),
    AuditTag.GROUP_DELETED: _l("Deleted a group"),
    AuditTag.PEOPLE_EXPORTED: _l("Exported people"),
    AuditTag.PEOPLE_IMPORTED: _l("Imported people"),
    AuditTag.PERSON_ADDED: _l("Added a person"),
    AuditTag.PERSON_CHANGED: _l("Changed a person"),
    AuditTag.PERSON_DEACTIVATED: _l("Deactivated a person"),
    AuditTag.PERSON_ACTIVATED: _l("Activated a person"),
    AuditTag.PERSON_DELETED: _l("Deleted a person"),
    AuditTag.PROGRAM_CERTIFIED: _l("A program was given a certificate"),
    AuditTag.PROGRAM_REVOKED: _l("A program had a certificate revoked, held or released"),
    AuditTag.ROLE_CHANGED: _l("Changed a role"),
    AuditTag.ROLE_CREATED: _l("Made a role"),
    AuditTag.ROLE_DELETED: _l("Deleted a role"),
    AuditTag.UNIT_ADDED: _l("Made a unit"),
    AuditTag.UNIT_RENAMED: _l("Renamed a unit"),
    AuditTag.UNIT_MOVED: _l("Moved a unit"),
    AuditTag.UNIT_DELETED: _l("Deleted a unit"),
    AuditTag.POLICY_DRAFT_BEGUN: _l("Began a draft of a policy"),
    AuditTag.POLICY_DRAFT_CARRIED_OVER: _l("Carried a draft over to the newer version"),
    AuditTag.POLICY_DRAFT_DISCARDED: _l("Discarded a draft of a policy"),
    AuditTag.POLICY_DRAFT_SAVED: _l("Changed a draft of a policy"),
    AuditTag.POLICY_DELETED: _l("Deleted a policy"),
    AuditTag.POLICY_PUBLISHED: _l("Published a policy"),
    AuditTag.POLICY_RESTORED: _l("Brought a policy back into use"),
    AuditTag.POLICY_WITHDRAWN: _l("Withdrew a policy"),
    AuditTag.APPROVAL_GRANTED: _l("Approved a certificate"),
    AuditTag.APPROVAL_REFUSED: _l("Refused a certificate"),
    AuditTag.APPROVAL_SWITCHED: _l("Changed whether a template asks for approval"),
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
    AuditTag.STEP_OWED: _l("Step to be undone later, without the update"),
    AuditTag.DRIFT_FOUND: _l("Found that the database, an authority or a token disagree"),
    AuditTag.DRIFT_CLOSED: _l("A disagreement is gone"),
    AuditTag.DRIFT_DECIDED: _l("Decided about a disagreement"),
    AuditTag.RECONCILIATION_BEGUN: _l("A reconciliation was begun"),
    AuditTag.SEEDED: _l("Demo data was loaded"),
}


def audit_sentence(tag: str) -> str:
    """What happened; a tag this version does not know keeps its own name."""
    return str(TAGS[AuditTag(tag)]) if tag in _KNOWN else tag


def audit_subject(subject: str, known: str = "") -> str:
    """What the line is about, by the name it is ``known`` by if there is one.

    A kind this version does not know is shown as it was written.
    """
    kind, _colon, name = subject.partition(":")
    if not name:
        return str(ALONE.get(subject, subject))
    if known and kind in KNOWN:
        return str(KNOWN[kind]) % {"name": known, "number": name}
    return str(SUBJECTS[kind]) % {"name": name} if kind in SUBJECTS else subject


_KNOWN: Final = frozenset(AuditTag)

#: What there is one of.
ALONE: Final = {
    "audit": _l("The audit log"),
    "common": _l("A common certificate"),
    "demo": _l("The demonstration"),
    "exchange": _l("The connection to СМЭВ"),
    "fleet": _l("All devices"),
    "letters": _l("The letters"),
}

#: What people know by a name of its own.
KNOWN: Final = {
    "device": _l("Device %(name)s"),
    "group": _l("Group “%(name)s”"),
    "person": "%(name)s",
    "policy": _l("Policy “%(name)s”"),
    "unit": _l("Unit “%(name)s”"),
    "update": _l("Update no. %(number)s of the device %(name)s"),
}

SUBJECTS: Final = {
    "agent": _l("Workstation %(name)s"),
    "agent_task": _l("Task %(name)s"),
    "agent_code": _l("One-time code no. %(name)s"),
    "assignment": _l("Assignment no. %(name)s"),
    "letter": _l("Letter no. %(name)s"),
    "account": _l("Account %(name)s"),
    "ca_template": _l("Template of the authority %(name)s"),
    "connector": _l("Connector %(name)s"),
    "device": _l("Device no. %(name)s"),
    "identity": _l("Identity check no. %(name)s"),
    "group": _l("Group no. %(name)s"),
    "import": _l("Import %(name)s"),
    "order": _l("Order of a certificate %(name)s"),
    "people": _l("The list of people"),
    "person": _l("Person no. %(name)s"),
    "policy": _l("Policy no. %(name)s"),
    "drift": _l("Finding of the reconciliation no. %(name)s"),
    "reconciliation": _l("Reconciliation no. %(name)s"),
    "draft": _l("Draft of a policy no. %(name)s"),
    "role": _l("Role %(name)s"),
    "route": _l("Page %(name)s"),
    "unit": _l("Unit no. %(name)s"),
    "update": _l("Update no. %(name)s"),
}
