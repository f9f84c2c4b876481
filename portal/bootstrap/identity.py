"""Registers of the state: who is asked, how, and what people do about it.

What speaks to the exchange is loaded by the processes that do, when they do.
"""

# ruff: noqa: PLC0415
from functools import cached_property
from secrets import randbits
from typing import TYPE_CHECKING

from portal.bootstrap.outside import Doors

if TYPE_CHECKING:
    from portal.services.exchange_settings import Exchange
    from portal.services.exchange_trial import ExchangeTrial
    from portal.services.exchange_trust import ExchangeTrust
    from portal.services.exchange_watch import ExchangeWatch
    from portal.services.identity_checks import IdentityChecks
    from portal.services.identity_polling import IdentityPolling
    from portal.services.identity_reading import IdentityReading
    from portal.services.identity_repeating import IdentityRepeating
    from portal.services.identity_stragglers import IdentityStragglers


class Identity(Doors):
    """Services about identity checks."""

    @cached_property
    def identity_checks(self) -> "IdentityChecks":
        """What people do about them."""
        from portal.services.identity_checks import IdentityChecks

        return IdentityChecks(self.database, self.clock, self.vault, self.bell)

    @cached_property
    def identity_reading(self) -> "IdentityReading":
        """Opens what they keep sealed."""
        from portal.services.identity_reading import IdentityReading

        return IdentityReading(self.database, self.clock, self.vault)

    @cached_property
    def identity_repeating(self) -> "IdentityRepeating":
        """Asks silent registers again by itself."""
        from portal.services.identity_repeating import IdentityRepeating

        return IdentityRepeating(self.database, self.clock, self.identity_checks)

    @cached_property
    def exchange(self) -> "Exchange":
        """The connection to registers of the state."""
        from portal.connectors.smev.connect import open_exchange
        from portal.domain.message_ids import CHANCE_BITS, message_id
        from portal.services.exchange_settings import Exchange

        clock = self.clock
        return Exchange(
            self.database,
            clock,
            lambda settings: open_exchange(settings, clock),
            lambda: message_id(clock.now(), randbits(CHANCE_BITS)),
        )

    @cached_property
    def identity_polling(self) -> "IdentityPolling":
        """Asks, and takes the answers."""
        from portal.connectors.smev.kinds.catalogue import CATALOGUE
        from portal.services.identity_answering import IdentityAnswering
        from portal.services.identity_asking import IdentityAsking
        from portal.services.identity_polling import IdentityPolling

        parts = (self.database, self.clock, self.vault, CATALOGUE, self.bell)
        asking, answering = IdentityAsking(*parts), IdentityAnswering(*parts)
        return IdentityPolling(self.database, self.clock, self.exchange, asking, answering, self.exchange_watch)

    @cached_property
    def exchange_watch(self) -> "ExchangeWatch":
        """How it has answered lately."""
        from portal.services.exchange_watch import ExchangeWatch

        return ExchangeWatch(self.database, self.clock, self.exchange)

    @cached_property
    def exchange_trust(self) -> "ExchangeTrust":
        """Whom we believe to be СМЭВ."""
        from portal.services.exchange_trust import ExchangeTrust

        return ExchangeTrust(self.exchange, self.reader)

    @cached_property
    def exchange_trial(self) -> "ExchangeTrial":
        """Tries the connection."""
        from portal.connectors.smev.kinds.catalogue import CATALOGUE
        from portal.services.audit import AuditLog
        from portal.services.exchange_trial import ExchangeTrial

        answering = self.identity_polling.answering
        log = AuditLog(self.database, self.clock)
        return ExchangeTrial(self.exchange, CATALOGUE, answering, self.exchange_watch, log)

    @cached_property
    def identity_stragglers(self) -> "IdentityStragglers":
        """Looks for what does not come by the queue of answers."""
        from portal.services.identity_stragglers import IdentityStragglers

        return IdentityStragglers(self.database, self.clock, self.exchange, self.identity_polling.answering)
