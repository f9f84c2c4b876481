"""Looking after the authority that comes with the product."""

from typing import Protocol

from portal.domain.own_authority import OwnState


class OwnAuthorityDesk(Protocol):
    """Reached by workers: its keys may be on a token."""

    def there(self) -> bool:
        """Whether it was set up; touches no key. Raises OutsideUnavailable."""
        ...

    def look(self) -> OwnState | None:
        """How it does, its revocation list made anew when it is time; None before it is set up.

        Raises OutsideUnavailable.
        """
        ...
