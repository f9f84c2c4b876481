"""A CA in memory with a ledger: asked twice for the same order it answers with the same certificate."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from portal.domain.certificate import Revocation
from portal.domain.outcomes import (
    Absent,
    Accepted,
    Done,
    Effect,
    Happened,
    Outcome,
    Refused,
    Unknown,
    Waiting,
    WaitingFor,
)
from portal.domain.troubles import Trouble, why
from portal.ports.certificate_authority import (
    CertificateAuthority,
    CertificateOrder,
    IssuedCertificate,
    Released,
    RevocationOrder,
    Revoked,
)
from portal.ports.clock import Clock
from tests.fakes.nature import Calm, Nature
from tests.fakes.reader import ModelCertificate, key_of_request

YEAR = timedelta(days=365)
HOLD = "certificateHold"


@dataclass(slots=True)
class FakeAuthority:
    """``ledger`` holds every certificate ever issued, by order id and in order; ``revoked`` serial numbers."""

    clock: Clock
    nature: Nature = field(default_factory=Calm)
    #: told before a certificate is revoked
    on_revoke: Callable[[RevocationOrder], None] = field(default=lambda _order: None)
    #: told before a certificate is issued
    on_issue: Callable[[CertificateOrder], None] = field(default=lambda _order: None)
    ledger: list[tuple[str, ModelCertificate]] = field(default_factory=list)
    revoked: set[str] = field(default_factory=set)
    held: set[str] = field(default_factory=set)
    open_orders: dict[str, CertificateOrder] = field(default_factory=dict)
    refused_orders: set[str] = field(default_factory=set)

    def request(self, order: CertificateOrder) -> Outcome[IssuedCertificate]:
        trouble = self.nature.before("ca.request")
        if trouble is not None:
            return trouble
        if order.order_id in self.refused_orders:
            return _refusal()
        known = self.issued(order.order_id)
        if known is None and self.nature.odd("ca.decides"):
            self.open_orders[order.order_id] = order
            return self.nature.after("ca.request") or self._deciding(order.order_id)
        if known is None and self.nature.odd("ca.refuses"):
            self.refused_orders.add(order.order_id)
            return self.nature.after("ca.request") or _refusal()
        issued = known or self.issue(order)
        return self.nature.after("ca.request") or Done(IssuedCertificate(issued.der()))

    def look_up(self, ticket: str) -> Outcome[IssuedCertificate]:
        trouble = self.nature.before("ca.look_up")
        if trouble is not None:
            return trouble
        issued = self.issued(ticket)
        if issued is None and ticket in self.refused_orders:
            return _refusal()
        if issued is None and self.nature.odd("ca.decides"):
            return self._deciding(ticket)
        if issued is None and self.nature.odd("ca.refuses"):
            self.refused_orders.add(ticket)
            return _refusal()
        issued = issued or self.issue(self.open_orders[ticket])
        return self.nature.after("ca.look_up") or Done(IssuedCertificate(issued.der()))

    def effect_of(self, order: CertificateOrder) -> Effect[IssuedCertificate]:
        trouble = self.nature.before("ca.effect_of")
        if trouble is not None:
            silent = isinstance(trouble, Refused) and trouble.permanent
            return Unknown(trouble.why, None if silent else trouble.whom)
        issued = self.issued(order.order_id)
        if issued is not None:
            return Happened(IssuedCertificate(issued.der()))
        if order.order_id not in self.open_orders or order.order_id in self.refused_orders:
            return Absent()
        if self.nature.odd("ca.decides"):
            return Accepted(self._deciding(order.order_id))
        return Happened(IssuedCertificate(self.issue(order).der()))

    def withdraw(self, order: CertificateOrder) -> Outcome[None]:
        trouble = self.nature.before("ca.withdraw")
        if trouble is not None:
            return trouble
        if self.issued(order.order_id) is not None:
            return Refused(why(Trouble.CA_UNAVAILABLE), permanent=False)
        self.open_orders.pop(order.order_id, None)
        return self.nature.after("ca.withdraw") or Done(None)

    def revoke(self, order: RevocationOrder) -> Outcome[Revoked]:
        trouble = self.nature.before("ca.revoke")
        if trouble is not None:
            return trouble
        self.on_revoke(order)
        (self.held if order.reason == HOLD and order.serial not in self.revoked else self.revoked).add(order.serial)
        return self.nature.after("ca.revoke") or Done(Revoked(self.clock.now()))

    def release(self, order: RevocationOrder) -> Outcome[Released]:
        trouble = self.nature.before("ca.release")
        if trouble is not None:
            return trouble
        if order.serial in self.revoked:
            return _refusal()
        self.held.discard(order.serial)
        return self.nature.after("ca.release") or Done(Released(self.clock.now()))

    def status(self, serial: str) -> Revocation:
        if self.nature.before("ca.status") is not None:
            return Revocation.UNKNOWN
        if serial in self.held - self.revoked:
            return Revocation.ON_HOLD
        return Revocation.REVOKED if serial in self.revoked else Revocation.GOOD

    def issued(self, order_id: str) -> ModelCertificate | None:
        return next((certificate for known, certificate in self.ledger if known == order_id), None)

    def issue(self, order: CertificateOrder) -> ModelCertificate:
        """Put a certificate into the ledger: the right one, or what nature makes of it."""
        self.on_issue(order)
        now = self.clock.now()
        public_key, start, end = key_of_request(order.request), now, now + YEAR
        holder = dict(order.subject).get("CN", "")
        match self.nature.odd("ca.issue"):
            case "key":
                public_key = b"somebody else's"
            case "subject":
                holder = "somebody else"
            case "early":
                start = now + timedelta(days=1)
            case "late":
                start, end = now - YEAR, now
        serial = f"{len(self.ledger) + 0x1000:x}"
        certificate = ModelCertificate(order.template, serial, public_key, start, end, holder)
        self.ledger.append((order.order_id, certificate))
        return certificate

    def _deciding(self, order_id: str) -> Waiting:
        look_again = self.clock.now() + timedelta(minutes=10)
        return Waiting(WaitingFor.CA, why(Trouble.CA_DECIDES), look_again, ticket=order_id)


def _refusal() -> Refused:
    return Refused(why(Trouble.CA_REFUSED), permanent=True)


@dataclass(slots=True)
class FakeAuthorities:
    """One CA under each of these names."""

    by_name: dict[str, CertificateAuthority]

    def get(self, name: str) -> CertificateAuthority | None:
        return self.by_name.get(name)
