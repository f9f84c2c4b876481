"""Tries a directory step by step, as far as it goes, and tells what came of each."""

import socket
import ssl
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final

from portal.connectors.directory.ldap import probe
from portal.connectors.directory.ldap.changes import name_of
from portal.connectors.directory.ldap.opening import LdapDirectory
from portal.domain.connectors.ldap import ldap_settings
from portal.domain.errors import InvalidInput, OutsideUnavailable
from portal.domain.person_data import REQUIRED
from portal.ports.connectors import ConnectorValues, Trace, TraceLine, TraceStep

_SAMPLE: Final = 3


def checked(values: ConnectorValues) -> Trace:
    """What was tried, to the first step that failed."""
    try:
        settings = ldap_settings(values.all)
    except InvalidInput as error:
        return (TraceLine(TraceStep.SETTINGS, ok=False, detail=", ".join(error.fields)),)
    directory = LdapDirectory(settings)
    try:
        return tuple(_tried(directory))
    finally:
        directory.close()


def _tried(directory: LdapDirectory) -> Iterator[TraceLine]:
    for step, attempt in _STEPS:
        try:
            yield TraceLine(step, ok=True, detail=attempt(directory))
        except _Fault as fault:
            yield TraceLine(fault.step or step, ok=False, detail=fault.detail)
            return
        except OutsideUnavailable as refusal:
            yield TraceLine(step, ok=False, detail=f"{refusal.code}: {refusal.data.get('detail', '')}")
            return


class _Fault(Exception):  # noqa: N818  it says what was found
    def __init__(self, detail: str, step: TraceStep | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.step = step


def _connect(directory: LdapDirectory) -> str:
    host, port = probe.place_of(directory.settings.address)
    try:
        with socket.create_connection((host, port), probe.CONNECT_SECONDS):
            return f"{host}:{port}"
    except socket.gaierror as error:
        raise _Fault(host, TraceStep.RESOLVE) from error
    except OSError as error:
        raise _Fault(f"{host}:{port}: {error.strerror or type(error).__name__}") from error


def _tls(directory: LdapDirectory) -> str:
    settings = directory.settings
    if not settings.address.startswith("ldaps:"):
        return "StartTLS"
    try:
        with socket.create_connection(probe.place_of(settings.address), probe.CONNECT_SECONDS) as plain:
            probe.shake_hands(plain, settings.address, settings.trusted)
    except ssl.SSLCertVerificationError as error:
        raise _Fault(error.verify_message) from error
    except OSError as error:
        raise _Fault(str(error.strerror or type(error).__name__)) from error
    return "LDAPS"


def _sign_in(directory: LdapDirectory) -> str:
    directory.wire.about()
    return directory.settings.bind_dn


def _base(directory: LdapDirectory) -> str:
    directory.wire.one(directory.settings.base_dn, ["1.1"])
    return directory.settings.base_dn


def _people(directory: LdapDirectory) -> str:
    """A few by login: whoever set the mapping up recognises them."""
    found = next(directory.sample(), ())
    if not found:
        raise _Fault(directory.settings.people_filter)
    if not any(person.attributes.keys() >= set(REQUIRED) for person in found):
        raise _Fault(", ".join(directory.settings.attributes[name] for name in REQUIRED))
    return ", ".join(person.attributes.get("login", "?") for person in islice(found, _SAMPLE))


def _groups(directory: LdapDirectory) -> str:
    found = next(directory.groups(), ())
    return ", ".join(group.title for group in islice(found, _SAMPLE)) or "0"


def _changes(directory: LdapDirectory) -> str:
    return name_of(directory.way).value


_STEPS: Final[tuple[tuple[TraceStep, Callable[[LdapDirectory], str]], ...]] = (
    (TraceStep.CONNECT, _connect),
    (TraceStep.TLS, _tls),
    (TraceStep.SIGN_IN, _sign_in),
    (TraceStep.BASE, _base),
    (TraceStep.PEOPLE, _people),
    (TraceStep.GROUPS, _groups),
    (TraceStep.CHANGES, _changes),
)
