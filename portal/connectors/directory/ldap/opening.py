"""A directory, read page by page over one connection that is made when it is first needed."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cached_property
from itertools import islice
from typing import Final

import ldap

from portal.connectors.directory.ldap.changes import Way, way_to
from portal.connectors.directory.ldap.cursors import Cursor
from portal.connectors.directory.ldap.errors import trouble_of
from portal.connectors.directory.ldap.groups import Groups
from portal.connectors.directory.ldap.mapping import Mapping
from portal.connectors.directory.ldap.wire import Raw, Wire, connected
from portal.domain.connectors.ldap import LdapSettings, ldap_settings
from portal.ports.connectors import ConnectorValues
from portal.ports.directory import GroupEntry, Page, PasswordVerdict, PersonEntry, Reading, UnitEntry

UNITS: Final = "(objectClass=organizationalUnit)"
#: Keys asked for in one filter: longer ones are refused by some servers.
_AT_ONCE: Final = 50
#: Whoever holds no password signs in nobody; an empty one would be taken for a guest's.
_LONGEST_PASSWORD: Final = 1024


def opened(values: ConnectorValues) -> "LdapDirectory":
    """The way to this directory; raises InvalidInput when what was typed does not fit together."""
    return LdapDirectory(ldap_settings(values.all))


class LdapDirectory:
    """A DirectorySource and a PasswordCheck."""

    def __init__(self, settings: LdapSettings) -> None:
        self.settings = settings
        self._mapping = Mapping(settings)

    @cached_property
    def wire(self) -> Wire:
        """The connection."""
        return Wire.open(self.settings)

    @cached_property
    def way(self) -> Way | None:
        """How the server tells changes."""
        return way_to(self.wire, self.settings)

    def close(self) -> None:
        """Hang up."""
        if "wire" in self.__dict__:
            self.wire.close()
            for name in ("wire", "way", "_groups"):
                self.__dict__.pop(name, None)  # they hold the line that is hung up

    def read(self, cursor: str = "") -> Reading:
        """People changed since; everybody when there is no cursor, or it is worth nothing any more."""
        if self.way is None:
            return Reading(whole=True, tells_gone=False, cursor="", pages=self._people(""))
        known = Cursor.of(cursor) if cursor else None
        since = self.way.since(known) if known else None
        if since is None:
            # where it is now is asked first: who changes while everybody is read comes again, not never
            reached = self.way.now().text
            return Reading(whole=True, tells_gone=False, cursor=reached, pages=self._people(""))
        pages = self._people(since.condition) if since.keys is None else self._named(since.keys)
        return Reading(whole=False, tells_gone=since.tells_gone, cursor=since.cursor.text, pages=pages)

    def sample(self) -> Iterator[tuple[PersonEntry, ...]]:
        """People as they are read, a page at a time."""
        return (page.people for page in self._people(""))

    def keys(self) -> Iterator[tuple[str, ...]]:
        """The keys of everybody who is there now."""
        settings = self.settings
        for found in self.wire.pages(settings.base_dn, settings.people_filter, [settings.schema.key]):
            yield tuple(key for raw in found if (key := self._mapping.key(raw)))

    def units(self) -> Iterator[tuple[UnitEntry, ...]]:
        """Every unit, the higher ones first within a page."""
        for found in self.wire.pages(self.settings.base_dn, UNITS, [self.settings.schema.key]):
            units = (unit for raw in found if (unit := self._mapping.unit(raw)))
            yield tuple(sorted(units, key=lambda unit: len(unit.place)))

    @cached_property
    def _groups(self) -> Groups:
        return Groups(self.wire, self._mapping)

    def groups(self) -> Iterator[tuple[GroupEntry, ...]]:
        """Every group."""
        return self._groups.all()

    def members(self, group: GroupEntry) -> Iterator[tuple[str, ...]]:
        """Whole names of those in the group."""
        return self._groups.members(group)

    def check(self, key: str, password: str) -> PasswordVerdict:
        """Whether the person with this key signs in over there with this password."""
        if not password or len(password) > _LONGEST_PASSWORD or "\0" in password:
            return PasswordVerdict.WRONG
        found = self._entries([key], [])
        if len(found) != 1:
            return PasswordVerdict.WRONG
        own = connected(self.settings)
        try:
            own.simple_bind_s(found[0].name, password)
        except (
            ldap.INVALID_CREDENTIALS,
            ldap.UNWILLING_TO_PERFORM,
            ldap.INAPPROPRIATE_AUTH,
            ldap.CONSTRAINT_VIOLATION,
        ):
            return PasswordVerdict.WRONG
        except ldap.LDAPError as error:
            raise trouble_of(error) from error
        finally:
            with suppress(ldap.LDAPError):
                own.unbind_s()
        return PasswordVerdict.RIGHT

    def _people(self, changed: str) -> Iterator[Page]:
        settings = self.settings
        condition = f"(&{settings.people_filter}{changed})" if changed else settings.people_filter
        for found in self.wire.pages(settings.base_dn, condition, self._mapping.wanted):
            yield self._page(found)

    def _named(self, changed: Iterable[str]) -> Iterator[Page]:
        """Those of the keys who are people here; whoever is not, is gone or never was."""
        keys = iter(sorted(changed))
        while some := list(islice(keys, _AT_ONCE)):
            page = self._page(self._entries(some, self._mapping.wanted))
            there = {person.key for person in page.people}
            yield Page(page.people, tuple(key for key in some if key not in there))

    def _entries(self, keys: Iterable[str], attributes: Sequence[str]) -> list[Raw]:
        condition = f"(&{self.settings.people_filter}{self._mapping.key_condition(keys)})"
        return self.wire.ask(self.settings.base_dn, condition, attributes or ["1.1"])[0]

    def _page(self, found: list[Raw]) -> Page:
        return Page(tuple(person for raw in found if (person := self._mapping.person(raw))))
