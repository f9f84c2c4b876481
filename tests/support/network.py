"""Tests talk to this machine only."""

import socket
from ipaddress import ip_address
from typing import Any

import pytest


class OutsideError(Exception):
    """A test tried to reach another machine."""


def allowed(family: int, address: Any) -> bool:
    """Whether an address is on this machine."""
    if family not in {socket.AF_INET, socket.AF_INET6}:
        return True
    host = str(address[0])
    return host == "localhost" or ip_address(host.partition("%")[0]).is_loopback


def forbid_outside(patch: pytest.MonkeyPatch) -> None:
    """Make every connection to another machine an error."""
    for name in ("connect", "connect_ex"):
        _guard(patch, name)


def _guard(patch: pytest.MonkeyPatch, name: str) -> None:
    original = getattr(socket.socket, name)

    def guarded(self: socket.socket, address: Any) -> Any:
        try:
            inside = allowed(self.family, address)
        except ValueError:
            inside = False
        if not inside:
            raise OutsideError(f"tests reach no other machine: {address!r}")
        return original(self, address)

    patch.setattr(socket.socket, name, guarded)
