"""Content synchronization (RFC 4533), refresh only: what changed since, as OpenLDAP and 389 tell it."""

from dataclasses import dataclass
from typing import Final

from ldap.syncrepl import SyncDoneControl, SyncInfoMessage, SyncRequestControl, SyncStateControl
from pyasn1.error import PyAsn1Error

from portal.connectors.directory.ldap import names
from portal.connectors.directory.ldap.cursors import Cursor
from portal.connectors.directory.ldap.errors import unavailable
from portal.connectors.directory.ldap.mapping import Mapping
from portal.connectors.directory.ldap.since import Since
from portal.connectors.directory.ldap.wire import Changed, Wire
from portal.domain.connectors.ldap import Changes
from portal.domain.errors import OutsideUnavailable
from portal.ports.directory import DirectoryTrouble

#: The only key a deletion is told by.
_TOLD_BY: Final = "entryUUID"
_OID: Final = SyncRequestControl.controlType.encode()


@dataclass(frozen=True, slots=True)
class BySyncrepl:
    """Only keys are taken: entries are read anew. Of a server that keeps no log of deletions keys are compared."""

    wire: Wire
    mapping: Mapping

    def now(self) -> Cursor:
        """Where the directory is; OpenLDAP tells that of itself, of others everybody is asked for, by key alone."""
        states = self._states()
        if states:
            return Cursor(Changes.SYNCREPL.value, f"rid=000,csn={';'.join(states)}")
        return Cursor(Changes.SYNCREPL.value, _cookie(self._asked("")))

    def since(self, cursor: Cursor) -> Since | None:
        """What changed; None when the server does not know the cursor any more."""
        if cursor.way != Changes.SYNCREPL or not _is_behind(cursor.reached, self._states()):
            return None
        try:
            changed = self._asked(cursor.reached)
        except OutsideUnavailable as refusal:
            if refusal.code == DirectoryTrouble.REFUSED:
                return None  # it wants everybody to be read again
            raise
        keys = {self.mapping.key(raw) for raw, controls in changed.entries if not _deleted(controls)}
        tells_gone = _tells_gone(changed) and self.mapping.settings.schema.key == _TOLD_BY
        gone = _gone(changed) if tells_gone else set()
        reached = _cookie(changed) or cursor.reached
        return Since(
            Cursor(Changes.SYNCREPL.value, reached), keys=frozenset((keys | gone) - {""}), tells_gone=tells_gone
        )

    def _asked(self, cookie: str) -> Changed:
        settings = self.mapping.settings
        control = SyncRequestControl(criticality=True, cookie=cookie or None, mode="refreshOnly")
        return self.wire.changes(settings.base_dn, settings.people_filter, [settings.schema.key], control)

    def _states(self) -> list[str]:
        for suffix in self.wire.about().values.get("namingcontexts", []):
            name = suffix.decode(errors="replace")
            if name and names.below(self.mapping.settings.base_dn, name):
                raw = self.wire.one(name, ["contextCSN"])
                return [value.decode(errors="replace") for value in raw.values.get("contextcsn", [])] if raw else []
        return []


def offers_syncrepl(wire: Wire, mapping: Mapping) -> bool:
    """Whether the server synchronizes what is read; some know how, and have it not switched on."""
    if _OID not in wire.about().values.get("supportedcontrol", []):
        return False
    way = BySyncrepl(wire, mapping)
    try:
        states = way.now().reached
        return bool(states) and way.since(Cursor(Changes.SYNCREPL.value, states)) is not None
    except OutsideUnavailable as refusal:
        if refusal.code in {DirectoryTrouble.FORBIDDEN, DirectoryTrouble.REFUSED, DirectoryTrouble.MISSING}:
            return False
        raise


def _is_behind(reached: str, states: list[str]) -> bool:
    """Whether the directory came from there; one put back from a copy, or another one, did not."""
    if not states:
        return bool(reached)
    newest = {_server(state): state for state in states}
    told = reached.partition("csn=")[2].split(";")
    return all(_server(one) in newest and one <= newest[_server(one)] for one in told)


def _server(state: str) -> str:
    """The part of a state that names the server it is of."""
    parts = state.split("#")
    return parts[2] if len(parts) == 4 else state  # noqa: PLR2004  time, count, server, change


def _deleted(controls: list[object]) -> bool:
    return any(isinstance(one, SyncStateControl) and one.state == "delete" for one in controls)


def _gone(changed: Changed) -> set[str]:
    told = {
        one.entryUUID.lower()
        for _raw, controls in changed.entries
        for one in controls
        if isinstance(one, SyncStateControl) and one.state == "delete"
    }
    return told.union(*(found["syncUUIDs"] for found in _sets(changed) if found["refreshDeletes"]))


def _tells_gone(changed: Changed) -> bool:
    """Whether deletions were told, rather than who is still present."""
    return any(isinstance(one, SyncDoneControl) and one.refreshDeletes for one in changed.answered)


def _cookie(changed: Changed) -> str:
    return next((one.cookie or "" for one in changed.answered if isinstance(one, SyncDoneControl)), "")


def _sets(changed: Changed) -> list[dict[str, list[str]]]:
    """Sets of keys told at once."""
    found = []
    for name, value in changed.messages:
        if name == SyncInfoMessage.responseName:
            try:
                told = SyncInfoMessage(value)
            except (PyAsn1Error, ValueError) as error:
                raise unavailable(DirectoryTrouble.RUBBISH, "syncrepl") from error
            if told.syncIdSet is not None:
                found.append(told.syncIdSet)
    return found
