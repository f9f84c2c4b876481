"""One connection: made with a certificate that is verified, signed in, and asked page by page.

Referrals are not followed, nothing is taken from configuration files or the environment of the process, and every
answer has to come in time. The library tells texts of servers in bytes; here they stay so.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import NamedTemporaryFile
from time import monotonic
from typing import Any, Final, Self

os.environ["LDAPNOINIT"] = "1"  # else the library would read files and variables that are none of ours

import ldap
from ldap.controls import LDAPControl, SimplePagedResultsControl

from portal.connectors.directory.ldap import probe
from portal.connectors.directory.ldap.errors import told, trouble_of, unavailable
from portal.domain.connectors.ldap import LdapSettings
from portal.ports.directory import DirectoryTrouble

PAGE: Final = 500
#: So much one entry may hold altogether, members of groups apart; more is no person.
LARGEST_ENTRY: Final = 256 * 1024
#: So much one answer may hold altogether; a page of people is a hundredth of it.
MOST_OCTETS: Final = 64 * 1024 * 1024
MOST_ENTRIES: Final = 200_000
#: Ten million people: a server that forgets where it was would go on for ever.
MOST_PAGES: Final = 20_000
_ROOT_DSE: Final = ("*", "+")

Values = dict[str, list[bytes]]


@dataclass(frozen=True, slots=True)
class Raw:
    """An entry as it came; attributes are found whatever case the server writes them in."""

    name: str
    values: Values = field(repr=False)

    @classmethod
    def of(cls, name: str, values: Values) -> Self:
        return cls(name, {key.lower(): list(cells) for key, cells in values.items()})

    def first(self, attribute: str) -> bytes:
        """The first value, empty when there is none."""
        return next(iter(self.values.get(attribute.lower(), ())), b"")

    @property
    def size(self) -> int:
        return sum(len(cell) for cells in self.values.values() for cell in cells)


@dataclass(slots=True)
class Changed:
    """Entries with the controls that came with each, messages between them, and the controls of the end."""

    entries: list[tuple[Raw, list[LDAPControl]]] = field(default_factory=list)
    messages: list[tuple[str, bytes]] = field(default_factory=list)
    answered: list[LDAPControl] = field(default_factory=list)


class Wire:
    """A connection that is signed in."""

    def __init__(self, connection: Any, settings: LdapSettings) -> None:
        self._connection = connection
        self._seconds = settings.timeout.total_seconds()

    @classmethod
    def open(cls, settings: LdapSettings) -> Self:
        """Connect and sign in as the portal; raises OutsideUnavailable."""
        connection = connected(settings)
        with told():
            connection.simple_bind_s(settings.bind_dn, settings.password)
        return cls(connection, settings)

    def close(self) -> None:
        """Hang up, whatever the server says to it."""
        try:
            self._connection.unbind_s()
        except ldap.LDAPError:
            return

    def about(self) -> Raw:
        """What the server tells of itself."""
        found, _controls = self.ask("", "(objectClass=*)", _ROOT_DSE, scope=ldap.SCOPE_BASE)
        return next(iter(found), Raw("", {}))

    def one(self, name: str, attributes: Sequence[str]) -> Raw | None:
        """The entry of this name; raises OutsideUnavailable when there is none."""
        found, _controls = self.ask(name, "(objectClass=*)", attributes, scope=ldap.SCOPE_BASE)
        return next(iter(found), None)

    def pages(self, base: str, condition: str, attributes: Sequence[str]) -> Iterator[list[Raw]]:
        """Everything below the base that fits, some at a time; the server keeps the rest until it is asked for."""
        control = SimplePagedResultsControl(criticality=True, size=PAGE, cookie="")
        for _page in range(MOST_PAGES):
            found, controls = self.ask(base, condition, attributes, controls=[control])
            yield found
            cookie = next((one.cookie for one in controls if isinstance(one, SimplePagedResultsControl)), b"")
            if not cookie:
                return
            control.cookie = cookie
        raise unavailable(DirectoryTrouble.RUBBISH, "pages without an end")

    def ask(
        self,
        base: str,
        condition: str,
        attributes: Sequence[str],
        *,
        scope: int = ldap.SCOPE_SUBTREE,
        controls: Sequence[LDAPControl] = (),
    ) -> tuple[list[Raw], list[LDAPControl]]:
        """One search; entries and the controls that came with its end."""
        with told():
            number = self._connection.search_ext(
                base, scope, condition, list(attributes), serverctrls=list(controls), timeout=self._seconds
            )
            return self._answer(number)

    def changes(self, base: str, condition: str, attributes: Sequence[str], control: LDAPControl) -> Changed:
        """A search whose entries and messages tell by controls of their own what became of them."""
        with told():
            number = self._connection.search_ext(base, ldap.SCOPE_SUBTREE, condition, list(attributes), 0, [control])
            changed, end, sizes = Changed(), monotonic() + self._seconds, _Sizes()
            while True:
                kind, rows, answered = self._next(number, end, inner=True)
                if kind == ldap.RES_SEARCH_RESULT:
                    changed.answered += answered
                    return changed
                for name, values, controls in rows:
                    self._weigh(number, sizes, values)
                    if kind == ldap.RES_INTERMEDIATE:
                        changed.messages.append((name, values))
                    elif kind == ldap.RES_SEARCH_ENTRY:
                        changed.entries.append((Raw.of(name, values), list(controls)))

    def _answer(self, number: int) -> tuple[list[Raw], list[LDAPControl]]:
        """Entry by entry, so that whatever is too much is not waited for."""
        found, end, sizes = list[Raw](), monotonic() + self._seconds, _Sizes()
        while True:
            kind, rows, answered = self._next(number, end)
            if kind == ldap.RES_SEARCH_RESULT:
                return found, answered
            # where the server would send us elsewhere, it tells no entry
            if kind == ldap.RES_SEARCH_ENTRY:
                for name, values in rows:
                    self._weigh(number, sizes, values)
                    found.append(Raw.of(name, values))

    def _next(self, number: int, end: float, *, inner: bool = False) -> tuple[int, list[Any], list[LDAPControl]]:
        left = end - monotonic()
        if left <= 0:
            self._connection.abandon_ext(number)
            raise unavailable(DirectoryTrouble.SLOW)
        kind, rows, _number, answered, *_names = self._connection.result4(
            number, ldap.MSG_ONE, left, add_ctrls=int(inner), add_intermediates=int(inner)
        )
        return int(kind), list(rows or ()), list(answered or ())

    def _weigh(self, number: int, sizes: "_Sizes", values: object) -> None:
        sizes.entries += 1
        sizes.octets += _octets(values)
        if sizes.entries > MOST_ENTRIES or sizes.octets > MOST_OCTETS:
            self._connection.abandon_ext(number)
            raise unavailable(DirectoryTrouble.RUBBISH, "too much in one answer")


@dataclass(slots=True)
class _Sizes:
    """How much of an answer came so far."""

    entries: int = 0
    octets: int = 0


def _octets(values: object) -> int:
    if isinstance(values, dict):
        return sum(len(cell) for cells in values.values() for cell in cells)
    return len(values) if isinstance(values, bytes) else 0


def connected(settings: LdapSettings) -> Any:
    """A connection nobody is signed in on, over TLS always."""
    with told():
        connection = ldap.initialize(settings.address)
        connection.set_option(ldap.OPT_PROTOCOL_VERSION, ldap.VERSION3)
        connection.set_option(ldap.OPT_REFERRALS, ldap.OPT_OFF)
        connection.set_option(ldap.OPT_NETWORK_TIMEOUT, probe.CONNECT_SECONDS)
        connection.set_option(ldap.OPT_TIMEOUT, settings.timeout.total_seconds())
        _trust(connection, settings.trusted)
    try:
        if settings.address.startswith("ldaps:"):
            _hello(connection)
        else:
            connection.start_tls_s()
    except (ldap.SERVER_DOWN, ldap.CONNECT_ERROR) as error:
        code, detail = probe.reason(settings.address, settings.trusted)
        away = code is not DirectoryTrouble.RUBBISH or isinstance(error, ldap.SERVER_DOWN)
        raise (unavailable(code, detail) if away else trouble_of(error)) from error
    except ldap.LDAPError as error:
        raise trouble_of(error) from error
    return connection


def _hello(connection: Any) -> None:
    """The library connects with the first question; this one every server answers, if only to refuse it."""
    try:
        connection.search_ext_s("", ldap.SCOPE_BASE, "(objectClass=*)", ["1.1"])
    except (ldap.INSUFFICIENT_ACCESS, ldap.OPERATIONS_ERROR, ldap.INAPPROPRIATE_AUTH, ldap.STRONG_AUTH_REQUIRED):
        return


def _trust(connection: Any, trusted: str) -> None:
    with NamedTemporaryFile("w", suffix=".pem", delete=False) as kept:
        kept.write(trusted)
    try:
        connection.set_option(ldap.OPT_X_TLS_REQUIRE_CERT, ldap.OPT_X_TLS_DEMAND)
        connection.set_option(ldap.OPT_X_TLS_CACERTFILE, kept.name)
        connection.set_option(ldap.OPT_X_TLS_PROTOCOL_MIN, ldap.OPT_X_TLS_PROTOCOL_TLS1_2)
        connection.set_option(ldap.OPT_X_TLS_NEWCTX, 0)  # reads the file now
    finally:
        Path(kept.name).unlink()
