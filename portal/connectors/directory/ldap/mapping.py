"""Entries of the server become ours: which attribute means what, who is active, where he stands."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from portal.connectors.directory.ldap import names
from portal.connectors.directory.ldap.wire import LARGEST_ENTRY, Raw
from portal.domain.connectors.ldap import LdapSettings
from portal.ports.directory import GroupEntry, PersonEntry, UnitEntry

_DISABLED: Final = 2
#: Which attributes tell that somebody may not sign in: of Active Directory, 389 and FreeIPA, OpenLDAP.
_LOCKS: Final = ("userAccountControl", "nsAccountLock", "pwdAccountLockedTime")
_FOR_EVER: Final = b"000001010000Z"
MANAGER: Final = "manager"


@dataclass(frozen=True, slots=True)
class Mapping:
    """For one directory."""

    settings: LdapSettings

    @property
    def wanted(self) -> tuple[str, ...]:
        """What is asked of people."""
        return (self.settings.schema.key, *sorted(set(self.settings.attributes.values())), MANAGER, *_LOCKS)

    def key(self, raw: Raw) -> str:
        """The key of an entry; empty when it tells none."""
        value = raw.first(self.settings.schema.key)
        if not self.settings.schema.binary_key:
            return _text(value).strip().lower()[:64]
        return str(UUID(bytes_le=value)) if len(value) == 16 else ""  # noqa: PLR2004  a GUID

    def key_condition(self, keys: Iterable[str]) -> str:
        """A filter for the entries with these keys."""
        return f"(|{''.join(f'({self.settings.schema.key}={self._asked(key)})' for key in keys)})"

    def person(self, raw: Raw) -> PersonEntry | None:
        """Somebody; None when the entry tells no key or stands outside of the base."""
        key, place = self.key(raw), names.place(raw.name, self.settings.base_dn)
        if not key or place is None:
            return None
        attributes, fault = self._attributes(raw)
        return PersonEntry(
            key,
            names.spelling(raw.name),
            (*self.settings.unit, *place),
            attributes,
            active=_active(raw),
            manager=names.spelling(_text(raw.first(MANAGER))),
            fault="entry_too_large" if raw.size > LARGEST_ENTRY else fault,
        )

    def unit(self, raw: Raw) -> UnitEntry | None:
        """A unit below the base."""
        key, above = self.key(raw), names.place(raw.name, self.settings.base_dn)
        if not key or above is None:
            return None
        return UnitEntry(key, (*self.settings.unit, *above, names.own(raw.name)))

    def group(self, raw: Raw) -> GroupEntry | None:
        """A group."""
        key, title = self.key(raw), names.legible(_text(raw.first("cn"))) or names.own(raw.name)
        if not key or not title:
            return None
        return GroupEntry(key, raw.name, " ".join(title.split())[:200], _text(raw.first(self.settings.schema.changed)))

    def _attributes(self, raw: Raw) -> tuple[dict[str, str], str]:
        found = {}
        for ours, theirs in self.settings.attributes.items():
            value = raw.first(theirs)
            try:
                found[ours] = value.decode()
            except UnicodeDecodeError:
                return {}, "entry_unreadable"
        return {name: value for name, value in found.items() if value.strip()}, ""

    def _asked(self, key: str) -> str:
        if not self.settings.schema.binary_key:
            return "".join(letter for letter in key if letter.isalnum() or letter in "-_")
        return "".join(f"\\{byte:02x}" for byte in UUID(key).bytes_le)


def _active(raw: Raw) -> bool:
    control = raw.first("userAccountControl")
    if control.isdigit() and int(control) & _DISABLED:
        return False
    return raw.first("nsAccountLock").upper() != b"TRUE" and raw.first("pwdAccountLockedTime") != _FOR_EVER


def _text(value: bytes) -> str:
    return value.decode(errors="replace")
