"""Registers of the state in memory: they confirm everybody, unless the nature of things is against it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from portal.domain.outcomes import Done, Outcome, Waiting, WaitingFor
from portal.domain.troubles import Trouble, why
from portal.ports.clock import Clock
from portal.ports.identity_check import Confirmation, IdentityOrder
from portal.ports.information_kinds import MadeCertificate
from tests.fakes.nature import Calm, Nature


@dataclass(slots=True)
class FakeIdentity:
    """``asked`` are the orders checked, ``told`` the certificates announced, by order."""

    clock: Clock
    nature: Nature = field(default_factory=Calm)
    asked: list[IdentityOrder] = field(default_factory=list)
    told: dict[str, MadeCertificate] = field(default_factory=dict)
    #: told of every order that is confirmed
    on_confirm: Callable[[IdentityOrder], None] = field(default=lambda _order: None)

    def check(self, order: IdentityOrder) -> Outcome[Confirmation]:
        trouble = self.nature.before("identity.check")
        if trouble is not None:
            return trouble
        self.asked.append(order)
        if self.nature.odd("identity.decides"):
            look_again = self.clock.now() + timedelta(hours=1)
            return Waiting(WaitingFor.IDENTITY, why(Trouble.IDENTITY_ASKED), look_again, ticket="1")
        self.on_confirm(order)
        return Done(Confirmation(1, self.clock.now()))

    def announce(self, order: IdentityOrder, made: MadeCertificate) -> Outcome[str]:
        trouble = self.nature.before("identity.announce")
        if trouble is not None:
            return trouble
        assert self.told.setdefault(order.order_id, made) == made
        return self.nature.after("identity.announce") or Done(str(len(self.told)))
