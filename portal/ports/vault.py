"""Secrets: PIN tickets that live for minutes, and sealed things that live in the database."""

from dataclasses import dataclass, field
from typing import Protocol

from portal.domain.ids import UpdateId
from portal.ports.token import Pin


class PinTickets(Protocol):
    """PINs sealed for one update, for minutes; outside the database and outside any job."""

    def keep(self, update: UpdateId, serial: str, pin: Pin) -> None:
        """Seal the PIN for this update and token until its life ends."""
        ...

    def take(self, update: UpdateId, serial: str) -> Pin | None:
        """The PIN, while its ticket lives."""
        ...

    def keep_new(self, update: UpdateId, serial: str, pin: Pin) -> None:
        """Seal the PIN that shall be set by this update, beside the one that opens the token, for as long."""
        ...

    def take_new(self, update: UpdateId, serial: str) -> Pin | None:
        """The PIN that shall be set, while its ticket lives."""
        ...

    def destroy(self, update: UpdateId) -> None:
        """End the ticket of the PIN that opens the token now."""
        ...

    def destroy_new(self, update: UpdateId) -> None:
        """End the ticket of the PIN that shall be set now."""
        ...

    def alive(self, update: UpdateId) -> bool:
        """Whether a ticket exists."""
        ...

    def remember_refused(self, serial: str, pin: Pin) -> None:
        """This PIN was refused by this token; keep a keyed digest of it, never the PIN."""
        ...

    def forget_refused(self, serial: str, pin: Pin) -> None:
        """This PIN is the right one now."""
        ...

    def was_refused(self, serial: str, pin: Pin) -> bool:
        """Whether this very PIN was refused by this token before."""
        ...


@dataclass(frozen=True, slots=True)
class KeyMaterial:
    """A common certificate opened: certificate DER and private key PKCS#8 DER."""

    certificate: bytes
    private_key: bytes = field(repr=False)


class Vault(Protocol):
    """Seals bytes with a key that is not in the database (authenticated, bound to a context)."""

    def seal(self, plain: bytes, *, context: str) -> bytes:
        """Encrypt; ``context`` must be repeated to open."""
        ...

    def open(self, sealed: bytes, *, context: str) -> bytes:
        """Decrypt; raises ValueError when tampered with or moved to another context."""
        ...


class AdministratorPins(Protocol):
    """Opens the administrator PINs of tokens, which lie sealed in the database."""

    def open(self, serial: str) -> Pin | None:
        """The PIN of the token with this serial number, or None when none is kept or the vault cannot open it."""
        ...

    def upcoming(self, serial: str) -> tuple[Pin, bool]:
        """The PIN that shall be set on this token next, sealed before it is answered.

        It is made when first asked for; True when it was made before, so that it may be in force already.
        """
        ...


class CommonCertificates(Protocol):
    """Opens the common certificates of policies."""

    def open(self, name: str, version: int) -> KeyMaterial | None:
        """The key and certificate, or None when there is none of this name and version."""
        ...
