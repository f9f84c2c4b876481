"""Hands out gateways to tokens plugged into this machine."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from portal.connectors.token import guard
from portal.ports.certificates import CertificateReader
from portal.ports.token import PinSource, TokenGateway

if TYPE_CHECKING:
    from portal.connectors.token.gateway import Pkcs11Gateway


class Pkcs11Desk:
    """Implements portal.ports.token.TokenDesk over the PKCS#11 libraries at these paths, in order of preference.

    Making one costs nothing and loads nothing, so every process may have it; only a work-horse or a spawned child
    may open a gateway, because a vendor's library that crashes takes its process along.
    """

    def __init__(self, modules: Sequence[str | Path], reader: CertificateReader) -> None:
        self._modules = tuple(str(module) for module in modules)
        self._reader = reader

    def gateway(self, serial: str, pins: PinSource) -> AbstractContextManager[TokenGateway]:
        """A gateway to the token with this serial; nothing is touched before its first order."""
        guard.check()
        return self._opened(serial, pins)

    @contextmanager
    def _opened(self, serial: str, pins: PinSource) -> "Iterator[Pkcs11Gateway]":
        # pages make a desk too and must not pay for a library they never use
        from portal.connectors.token.gateway import Pkcs11Gateway  # noqa: PLC0415
        from portal.connectors.token.library import library  # noqa: PLC0415
        from portal.connectors.token.session import Connection  # noqa: PLC0415

        connection = Connection([library(module) for module in self._modules], serial, pins)
        try:
            yield Pkcs11Gateway(connection, serial, self._reader)
        finally:
            connection.close()
