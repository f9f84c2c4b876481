"""The built-in authority at the end of a bad line."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from portal.connectors.ca.builtin.authority import BuiltinAuthority
from portal.domain.certificate import Revocation
from portal.domain.errors import OutsideUnavailable
from portal.domain.outcomes import Effect, Outcome, Refused, Unknown, Waiting
from portal.ports.certificate_authority import (
    CertificateOrder,
    IssuedCertificate,
    IssuedPage,
    RevocationOrder,
    Revoked,
)
from tests.fakes.nature import Nature

Reply = TypeVar("Reply")


@dataclass(slots=True)
class CutLine:
    """Every call may be cut before it is heard, or after it was obeyed; ``revocations`` counts those obeyed."""

    inner: BuiltinAuthority
    nature: Nature
    revocations: dict[str, int]

    def request(self, order: CertificateOrder) -> Outcome[IssuedCertificate]:
        if self.nature.odd("ca.twice"):
            self.inner.request(order)
        return self._cut("ca.request", lambda: self.inner.request(order))

    def look_up(self, ticket: str) -> Outcome[IssuedCertificate]:
        return self._cut("ca.look_up", lambda: self.inner.look_up(ticket))

    def effect_of(self, order: CertificateOrder) -> Effect[IssuedCertificate]:
        trouble = self.nature.before("ca.effect_of")
        if trouble is not None:
            silent = isinstance(trouble, Refused) and trouble.permanent
            return Unknown(trouble.why, None if silent else trouble.whom)
        return self.inner.effect_of(order)

    def revoke(self, order: RevocationOrder) -> Outcome[Revoked]:
        def obeyed() -> Outcome[Revoked]:
            new = self.inner.status(order.serial) is not Revocation.REVOKED
            outcome = self.inner.revoke(order)
            self.revocations[order.serial] = self.revocations.get(order.serial, 0) + new
            return outcome

        return self._cut("ca.revoke", obeyed)

    def withdraw(self, order: CertificateOrder) -> Outcome[None]:
        return self._cut("ca.withdraw", lambda: self.inner.withdraw(order))

    def status(self, serial: str) -> Revocation:
        return Revocation.UNKNOWN if self.nature.before("ca.status") else self.inner.status(serial)

    def issued_since(self, mark: str) -> IssuedPage:
        self._reach()
        return self.inner.issued_since(mark)

    def standings(self, serials: Sequence[str]) -> Mapping[str, Revocation]:
        self._reach()
        return self.inner.standings(serials)

    def _reach(self) -> None:
        if self.nature.before("ca.status") is not None:
            raise OutsideUnavailable("ca_unavailable")

    def _cut(self, place: str, call: Callable[[], Outcome[Reply]]) -> Outcome[Reply]:
        trouble: Refused | Waiting | None = self.nature.before(place)
        if trouble is not None:
            return trouble
        outcome = call()
        return self.nature.after(place) or outcome
