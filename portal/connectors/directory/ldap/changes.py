"""How a server tells what changed: by the DirSync control, by a counter of changes, or by the time in each entry."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from portal.connectors.directory.ldap import names
from portal.connectors.directory.ldap.cursors import Cursor
from portal.connectors.directory.ldap.dirsync import DirSync
from portal.connectors.directory.ldap.errors import unavailable
from portal.connectors.directory.ldap.mapping import Mapping
from portal.connectors.directory.ldap.since import Since
from portal.connectors.directory.ldap.syncrepl import BySyncrepl, offers_syncrepl
from portal.connectors.directory.ldap.wire import Raw, Wire
from portal.domain.connectors.ldap import Changes, LdapSettings
from portal.domain.errors import OutsideUnavailable
from portal.ports.directory import DirectoryTrouble

#: Clocks of server and portal may differ by so much; who changed within it comes twice, which changes nothing.
_OVERLAP: Final = timedelta(minutes=10)
#: The server tells of the whole domain, however much: it ends sometime.
_MOST_ANSWERS: Final = 100_000
#: Beside what is read of people: another name, another place, deleted.
_TELLING: Final = ("objectClass", "name", "isDeleted", "lastKnownParent")
_CAPABILITY_AD: Final = b"1.2.840.113556.1.4.800"


class Way(Protocol):
    """One way to ask for changes."""

    def now(self) -> Cursor:
        """Where the directory is at this moment."""
        ...

    def since(self, cursor: Cursor) -> Since | None:
        """What changed; None when the cursor is worth nothing here."""
        ...


@dataclass(frozen=True, slots=True)
class ByDirSync:
    """Changes and deletions of the whole domain, of which only keys are taken: entries are read anew."""

    wire: Wire
    mapping: Mapping

    def now(self) -> Cursor:
        return self._follow(b"")[0]

    def since(self, cursor: Cursor) -> Since | None:
        if cursor.way != Changes.DIRSYNC or not cursor.cookie:
            return None
        reached, keys = self._follow(cursor.cookie)
        return Since(reached, keys=frozenset(keys), tells_gone=True)

    def _follow(self, cookie: bytes) -> tuple[Cursor, set[str]]:
        control, keys, base = DirSync(cookie=cookie), set[str](), _domain(self.wire)
        # whoever changed in none of these is not told of; to find where it is now, little need be told
        wanted = (*self.mapping.wanted, *_TELLING) if cookie else (self.mapping.settings.schema.key,)
        for _answer in range(_MOST_ANSWERS):
            found, controls = self.wire.ask(base, "(objectClass=*)", wanted, controls=[control])
            if cookie:
                keys |= {key for raw in found if _may_be_person(raw) and (key := self.mapping.key(raw))}
            answer = next((one for one in controls if isinstance(one, DirSync)), None)
            if answer is None or not answer.cookie:
                raise unavailable(DirectoryTrouble.RUBBISH, "DirSync")
            control.cookie = answer.cookie
            if not answer.more:
                return Cursor.after_dirsync(answer.cookie), keys
        raise unavailable(DirectoryTrouble.RUBBISH, "DirSync has no end")


@dataclass(frozen=True, slots=True)
class ByCounter:
    """The counter of changes of one domain controller."""

    wire: Wire

    def now(self) -> Cursor:
        about = self.wire.about()
        settings = about.first("dsServiceName").decode(errors="replace")
        identity = self.wire.one(settings, ["invocationId"]) if settings else None
        server = (identity.first("invocationId") if identity else b"").hex() or names.spelling(settings)
        return Cursor(Changes.USN.value, about.first("highestCommittedUSN").decode(errors="replace"), server)

    def since(self, cursor: Cursor) -> Since | None:
        now = self.now()
        same = (cursor.way, cursor.server) == (Changes.USN.value, now.server)
        if not same or not cursor.reached.isdigit() or int(cursor.reached) > int(now.reached):
            return None
        return Since(now, f"(uSNChanged>={int(cursor.reached) + 1})")


@dataclass(frozen=True, slots=True)
class ByTime:
    """The time of the last change that every entry tells."""

    def now(self) -> Cursor:
        return Cursor(Changes.MODIFIED.value, (datetime.now(UTC) - _OVERLAP).strftime("%Y%m%d%H%M%SZ"))

    def since(self, cursor: Cursor) -> Since | None:
        if cursor.way != Changes.MODIFIED or not cursor.reached.rstrip("Z").isdigit():
            return None
        return Since(self.now(), f"(modifyTimestamp>={cursor.reached})")


def way_to(wire: Wire, settings: LdapSettings) -> Way | None:
    """The way that was chosen, or the best the server can; None reads everything each time."""
    mapping = Mapping(settings)
    match settings.changes:
        case Changes.DIRSYNC:
            return ByDirSync(wire, mapping)
        case Changes.USN:
            return ByCounter(wire)
        case Changes.MODIFIED:
            return ByTime()
        case Changes.SYNCREPL:
            return BySyncrepl(wire, mapping)
        case Changes.NONE:
            return None
    if not is_active_directory(wire.about()):
        return BySyncrepl(wire, mapping) if offers_syncrepl(wire, mapping) else ByTime()
    return ByDirSync(wire, mapping) if _may_replicate(wire, settings) else ByCounter(wire)


def name_of(way: Way | None) -> Changes:
    """What a way is called."""
    kinds = {ByDirSync: Changes.DIRSYNC, ByCounter: Changes.USN, ByTime: Changes.MODIFIED}
    kinds |= {BySyncrepl: Changes.SYNCREPL}
    return kinds.get(type(way), Changes.NONE)


def is_active_directory(about: Raw) -> bool:
    """Whether the server is one, or behaves like one."""
    return _CAPABILITY_AD in about.values.get("supportedcapabilities", [])


def _may_replicate(wire: Wire, settings: LdapSettings) -> bool:
    try:
        wire.ask(_domain(wire), "(objectClass=domain)", [settings.schema.key], controls=[DirSync()])
    except OutsideUnavailable as refusal:
        if refusal.code in {DirectoryTrouble.FORBIDDEN, DirectoryTrouble.REFUSED, DirectoryTrouble.MISSING}:
            return False
        raise
    return True


def _domain(wire: Wire) -> str:
    return wire.about().first("defaultNamingContext").decode(errors="replace")


def _may_be_person(raw: Raw) -> bool:
    """Of an entry that changed in part the class may be missing: then it may be one."""
    classes = {value.lower() for value in raw.values.get("objectclass", ())}
    return not classes or (b"user" in classes and b"computer" not in classes)
