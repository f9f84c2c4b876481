"""Groups of a directory and who is in them: by whole name or by login, straight or through other groups."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Final

from ldap.filter import escape_filter_chars

from portal.connectors.directory.ldap import names
from portal.connectors.directory.ldap.mapping import Mapping
from portal.connectors.directory.ldap.wire import Raw, Wire
from portal.ports.directory import GroupEntry

#: Members of groups of other makings: groupOfUniqueNames, and posixGroup, which tells logins.
_UNIQUE: Final = "uniqueMember"
_LOGINS: Final = "memberUid"
#: Logins asked for in one filter: longer ones are refused by some servers.
_AT_ONCE: Final = 50
#: Octets of the last part of a SID, and of all of one that is given in a domain; those of the system are shorter.
_RID: Final = 4
_SHORTEST_SID: Final = 28

Names = tuple[str, ...]


@dataclass(slots=True)
class Groups:
    """Of one directory, for one reading: what was told is not asked twice."""

    wire: Wire
    mapping: Mapping
    _where: dict[str, str] = field(default_factory=dict)
    _told: dict[str, list[Names]] = field(default_factory=dict)

    def all(self) -> Iterator[tuple[GroupEntry, ...]]:
        """Every group. Of groups within groups none tells whether somebody came or went: each is looked at."""
        settings, schema = self.mapping.settings, self.mapping.settings.schema
        asked = [schema.key, "cn", schema.changed]
        for found in self.wire.pages(settings.groups_base_dn, settings.groups_filter, asked):
            groups = [group for raw in found if (group := self.mapping.group(raw))]
            self._where |= {names.spelling(group.where): group.where for group in groups}
            yield tuple(replace(group, mark="") for group in groups) if settings.nested else tuple(groups)

    def members(self, group: GroupEntry) -> Iterator[Names]:
        """Whole names of those in the group; with ``nested`` also of those in groups within it, however deep."""
        if not self.mapping.settings.nested:
            yield from self._direct(group.where)
            return
        open_, seen = [names.spelling(group.where)], {names.spelling(group.where)}
        while open_:
            for told in self._known(open_.pop()):
                inner = [name for name in told if name in self._where]
                open_ += [name for name in inner if name not in seen]
                seen.update(inner)
                yield tuple(name for name in told if name not in self._where)

    def _known(self, name: str) -> list[Names]:
        if name not in self._told:
            self._told[name] = list(self._direct(self._where.get(name, name)))
        return self._told[name]

    def _direct(self, where: str) -> Iterator[Names]:
        """Active Directory tells members in stretches, and of those whose primary group it is nothing at all."""
        attribute, sid = self.mapping.settings.schema.member, self.mapping.settings.schema.sid
        asked = [attribute, _UNIQUE, _LOGINS, *([sid] if sid else [])]
        while True:
            raw = self.wire.one(where, asked)
            told, values = _stretch(raw, attribute) if raw else ("", [])
            if raw and len(asked) > 1:
                values = [*values, *raw.values.get(_UNIQUE.lower(), [])]
                yield from self._called(raw.values.get(_LOGINS.lower(), []))
                yield from self._primaries(raw.first(sid) if sid else b"")
            yield tuple(names.spelling(value.decode(errors="replace")) for value in values)
            if not told or told.endswith("-*") or not values:
                return
            asked = [f"{attribute};range={int(told.rpartition('-')[2]) + 1}-*"]

    def _primaries(self, sid: bytes) -> Iterator[Names]:
        """Whole names of the people whose primary group it is: of its own domain, and named by the end of its SID."""
        domain, number = sid[:-_RID], int.from_bytes(sid[-_RID:], "little")
        if len(sid) < _SHORTEST_SID:
            return
        settings = self.mapping.settings
        condition = f"(&{settings.people_filter}({settings.schema.primary}={number}))"
        for found in self.wire.pages(settings.base_dn, condition, [settings.schema.sid]):
            mine = (raw for raw in found if raw.first(settings.schema.sid)[:-_RID] == domain)
            yield tuple(names.spelling(raw.name) for raw in mine)

    def _called(self, logins: Iterable[bytes]) -> Iterator[Names]:
        """Whole names of the people with these logins."""
        settings, rest = self.mapping.settings, iter(logins)
        login = settings.attributes["login"]
        while some := list(islice(rest, _AT_ONCE)):
            asked = (f"({login}={escape_filter_chars(one.decode(errors='replace'))})" for one in some)
            condition = f"(&{settings.people_filter}(|{''.join(asked)}))"
            found, _controls = self.wire.ask(settings.base_dn, condition, ["1.1"])
            yield tuple(names.spelling(raw.name) for raw in found)


def _stretch(raw: Raw, attribute: str) -> tuple[str, list[bytes]]:
    """The stretch that came, and what it holds; it is empty where everything came at once."""
    start = f"{attribute};range="
    for name, values in raw.values.items():
        if name.startswith(start) and values:
            return name.removeprefix(start), values
    return "", raw.values.get(attribute, [])
