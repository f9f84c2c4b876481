"""Registers of the state: who is asked, how, and what people do about it."""

from functools import cached_property
from secrets import randbits

from portal.bootstrap.outside import Doors
from portal.domain.exchange_settings import ExchangeSettings
from portal.domain.message_ids import CHANCE_BITS, message_id
from portal.ports.clock import Clock
from portal.ports.exchange import MessageExchange
from portal.services.exchange_settings import Exchange
from portal.services.identity_answering import IdentityAnswering
from portal.services.identity_asking import IdentityAsking
from portal.services.identity_checks import IdentityChecks
from portal.services.identity_polling import IdentityPolling


class Identity(Doors):
    """Services about identity checks."""

    @cached_property
    def identity_checks(self) -> IdentityChecks:
        """What people do about them."""
        return IdentityChecks(self.database, self.clock, self.vault, self.bell)

    @cached_property
    def exchange(self) -> Exchange:
        """The connection to registers of the state."""
        clock = self.clock
        return Exchange(
            self.database,
            clock,
            lambda settings: _open(settings, clock),
            lambda: message_id(clock.now(), randbits(CHANCE_BITS)),
        )

    @cached_property
    def identity_polling(self) -> IdentityPolling:
        """Asks, and takes the answers."""
        from portal.connectors.smev.kinds.catalogue import CATALOGUE  # noqa: PLC0415  as below

        parts = (self.database, self.clock, self.vault, CATALOGUE, self.bell)
        return IdentityPolling(
            self.database, self.clock, self.exchange, IdentityAsking(*parts), IdentityAnswering(*parts)
        )


def _open(settings: ExchangeSettings, clock: Clock) -> MessageExchange:
    # only whoever speaks to the exchange pays for the library that reads its XML
    from portal.connectors.smev.connect import open_exchange  # noqa: PLC0415

    return open_exchange(settings, clock)
