"""Synchronizations with directories in words: what happened, to whom, why it stopped and what to do."""

from collections.abc import Callable, Collection, Mapping
from typing import Final

from portal.domain.attributes import KNOWN_ATTRIBUTES
from portal.domain.connectors.ldap import Leaving
from portal.domain.directory_sync import SyncEvent, SyncFault, SyncState
from portal.domain.people_columns import ACTIVE, MANAGER, UNIT
from portal.ports.directory import DirectoryTrouble
from portal.web.translate import gettext as _
from portal.web.translate import lazy_gettext as _l
from portal.web.words.connectors import DIRECTORY_TROUBLES
from portal.web.words.directory import FIELDS
from portal.web.words.names import attribute_name

Data = Mapping[str, str]
Worded = tuple[str, str, str]

#: A badge for each state: its kind and its word.
STATES: Final = {
    SyncState.QUEUED: ("accent", _l("waits for its turn")),
    SyncState.RUNNING: ("accent", _l("is under way")),
    SyncState.DONE: ("fine", _l("carried out")),
    SyncState.STOPPED: ("due", _l("stopped, waits for you")),
    SyncState.FAILED: ("problem", _l("could not be finished")),
}
#: What became of an entry, in the order of the report, with the colour of its figure.
EVENTS: Final = {
    SyncEvent.LEAVING: ("problem", _l("would leave")),
    SyncEvent.ADDED: ("fine", _l("new people")),
    SyncEvent.CHANGED: ("accent", _l("changed people")),
    SyncEvent.MOVED: ("accent", _l("moved")),
    SyncEvent.GROUPS: ("accent", _l("changes of groups")),
    SyncEvent.DISABLED: ("due", _l("disabled there")),
    SyncEvent.GONE: ("due", _l("gone from there")),
    SyncEvent.REFUSED: ("problem", _l("not taken over")),
}
#: The same of one entry, as its badge.
ONE: Final = {
    SyncEvent.LEAVING: ("problem", _l("would be gone")),
    SyncEvent.ADDED: ("fine", _l("new person")),
    SyncEvent.CHANGED: ("neutral", _l("changed person")),
    SyncEvent.MOVED: ("neutral", _l("moved to another place")),
    SyncEvent.GROUPS: ("neutral", _l("another group")),
    SyncEvent.DISABLED: ("due", _l("disabled over there")),
    SyncEvent.GONE: ("due", _l("gone over there")),
    SyncEvent.REFUSED: ("problem", _l("not taken")),
}
LEAVING: Final = {
    Leaving.NOTHING: _l("devices are left as they are"),
    Leaving.SUSPEND: _l("devices are disabled"),
    Leaving.REVOKE: _l("devices are revoked"),
}
_WOULD: Final = {
    SyncEvent.DISABLED: _l("disabled in the directory"),
    SyncEvent.GONE: _l("not in the directory any more"),
}
_COLUMNS: Final = {UNIT: _l("unit"), MANAGER: _l("manager"), ACTIVE: _l("works here again")}
_REFUSED: Final = {
    "required": _l("%(field)s: missing"),
    "taken": _l("%(field)s: somebody kept here has it; the connector may take over such people"),
    "taken_by_directory": _l("%(field)s: somebody of a directory has it already"),
}
_WHOLE: Final = {
    "entry_too_large": _l("the entry is larger than anybody's"),
    "entry_unreadable": _l("the entry holds something that is no text"),
}
_FAULTS: Final = {
    SyncFault.EMPTY: _l("The directory shows nobody at all"),
    SyncFault.TOO_MANY: _l("Too many people would leave at once"),
    SyncFault.GROUPS: _l("Too many groups would vanish at once"),
    SyncFault.CONNECTOR: _l("The connector is paused or was removed"),
    SyncFault.BROKE: _l("It was taken up several times and broke off each time"),
}
_ADVICE: Final = {
    SyncFault.EMPTY: _l(
        "Nobody was switched off. Look at the base and the filter of people, and whether the account may still read."
    ),
    SyncFault.TOO_MANY: _l("Nobody was switched off. Look who it would be: if that is right, confirm it once."),
    SyncFault.GROUPS: _l("No group was emptied. Look which it would be: if that is right, confirm it once."),
    SyncFault.CONNECTOR: _l("Resume the connector and synchronize again."),
    SyncFault.BROKE: _l("What was taken over stays. The reason is in the log of the workers."),
}


def owned_words(fields: Collection[str]) -> str:
    """What a directory tells of somebody, and so is changed there."""
    known = (*KNOWN_ATTRIBUTES, UNIT, MANAGER)
    others = sorted(set(fields) - {*known, ACTIVE, "cn"})
    shown = [name for name in (*known, *others) if name in fields and name != "cn"]
    return ", ".join([*map(_field, shown), _("groups it fills"), _("whether he works here")])


def fault_words(code: str, detail: str) -> tuple[str, str]:
    """Why it came to no good end, and what to do about it."""
    if code in set(SyncFault):
        fault = SyncFault(code)
        return str(_FAULTS[fault]), str(_ADVICE[fault])
    title = str(DIRECTORY_TROUBLES[DirectoryTrouble(code)]) if code in set(DirectoryTrouble) else code
    text = _("What was taken over stays; the next one goes on from there. Check the connector.")
    return (f"{title}: {detail}" if detail else title), text


def line_words(event: SyncEvent, detail: str) -> str:
    """What became of one entry, beside its event."""
    match event:
        case SyncEvent.DISABLED | SyncEvent.GONE if detail in set(Leaving):
            return str(LEAVING[Leaving(detail)])
        case SyncEvent.LEAVING if detail in set(SyncEvent):
            return str(_WOULD[SyncEvent(detail)])
        case SyncEvent.CHANGED:
            return ", ".join(_field(name) for name in detail.split(", "))
        case SyncEvent.REFUSED:
            return "; ".join(map(_refusal, detail.split(", ")))
        case _:
            return detail


def _field(name: str) -> str:
    return str(_COLUMNS[name]) if name in _COLUMNS else attribute_name(name)


def _refusal(said: str) -> str:
    field, between, code = said.partition(": ")
    if not between:
        return str(_WHOLE.get(said, said))
    if code in _REFUSED:
        return str(_REFUSED[code]) % {"field": _field(field)}
    fault = str(FIELDS.get(code, "")) or _("cannot be kept")
    return f"{_field(field)}: {fault[:1].lower()}{fault[1:]}"


def _runs(_data: Data) -> Worded:
    text = _("Wait for its end, or look how far it is on the page of the connector.")
    return "due", _("The directory is being read already"), text


def _moved_on(_data: Data) -> Worded:
    text = _("Nothing was confirmed. Look at the newest synchronization: it tells how it is now.")
    return "due", _("The directory was read again since"), text


def _paused(data: Data) -> Worded:
    text = _("Resume “%(name)s” first; nothing was done.", name=data.get("name", ""))
    return "due", _("The connector is paused"), text


REFUSALS: Final[dict[str, Callable[[Data], Worded]]] = {
    "sync_runs": _runs,
    "sync_moved_on": _moved_on,
    "connector_paused": _paused,
}
