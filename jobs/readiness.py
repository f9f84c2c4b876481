"""What a work-horse does while it waits for work: all that an update needs and that does not depend on which."""

import ctypes
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from jobs.touching import touch
from portal.bootstrap import BUILTIN_CA, Portal
from portal.connectors.ca.builtin.authority import BuiltinAuthority
from portal.connectors.ca.builtin.signing import SignerDown
from portal.connectors.ca.builtin.store import StoreDown
from portal.connectors.token import guard
from portal.db.warming import walk_through
from portal.domain.errors import OutsideUnavailable
from portal.domain.ids import UpdateId
from portal.ports.token import Pin

_NONE: Final = UpdateId(0)


def get_ready(portal: Portal) -> Iterator[None]:
    """Open the doors and walk the ways once; halts after each piece, so that work need not wait for the rest.

    Pages a process shares with its parent are copied when they are first used, libraries are mapped in, doors opened:
    together that takes as long as a whole update. A door that is closed now may be open when work comes.
    """
    for piece in (_redis, _authority, _token_libraries, ask_for_a_task):
        with suppress(OutsideUnavailable, StoreDown, SignerDown, OSError):
            piece(portal)
        yield
    yield from walk_through(portal.database)
    touch()
    yield


def ask_for_a_task(portal: Portal) -> None:
    """Whether an update goes through a workstation is asked before its first order."""
    portal.agent_orders.task_for("")


def _redis(portal: Portal) -> None:
    portal.feed.announce(_NONE, 0)  # to nobody
    portal.tickets.take(_NONE, "")
    portal.tickets.was_refused("", Pin(""))


def _authority(portal: Portal) -> None:
    authority = portal.outside.authorities.get(BUILTIN_CA)
    if isinstance(authority, BuiltinAuthority):
        authority.get_ready()
        portal.reader.certificate(authority.ca_certificate_der())


def _token_libraries(portal: Portal) -> None:
    """Mapped into memory, not started: a library looks which tokens there are when it starts."""
    guard.check()
    for module in portal.settings.pkcs11_modules:
        ctypes.CDLL(str(module))
