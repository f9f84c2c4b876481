"""Revocations of an authority that is not told of them: its people revoke, and its list says so."""

from dataclasses import dataclass
from datetime import timedelta

from cryptography import x509

from portal.connectors.ca.answering import Stopped, by_hand, demand_reason, expected, list_in_doubt, refused
from portal.connectors.ca.believing import NotBelieved
from portal.connectors.ca.revocations import LARGEST, Standing, read_list, standing
from portal.connectors.http import NoAnswer, Server
from portal.domain.certificate import Revocation
from portal.domain.outcomes import Waiting, WaitingFor
from portal.domain.troubles import Trouble, why
from portal.ports.certificate_authority import RevocationOrder, Revoked
from portal.ports.clock import Clock

_OK = 200


@dataclass(frozen=True, slots=True)
class Listed:
    """``server`` is where the list lies; None where nobody said."""

    server: Server | None
    anchors: tuple[x509.Certificate, ...]
    clock: Clock
    poll: timedelta

    def standing(self, serial: str) -> Standing:
        """How a certificate stands; raises Stopped, NoAnswer, NotBelieved or ValueError."""
        if self.server is None:
            return Standing(Revocation.UNKNOWN)
        said = expected(self.server.ask("GET", limit=LARGEST), _OK)
        return standing(read_list(said.body, self.anchors), serial, self.clock.now())

    def state(self, serial: str) -> Revocation:
        """The same in one word, whatever happens."""
        try:
            return self.standing(serial).state
        except (Stopped, NoAnswer, NotBelieved, ValueError):
            return Revocation.UNKNOWN

    def revoked(self, order: RevocationOrder) -> Revoked:
        """Once the list says so; waited for until then."""
        demand_reason(order.reason, holds=False)
        try:
            found = self.standing(order.serial)
        except ValueError as error:
            raise refused("unknown_serial", order.serial) from error
        except NotBelieved as error:
            raise list_in_doubt(error) from error
        if found.state is Revocation.REVOKED and found.since:
            return Revoked(found.since)
        if self.server is None:
            raise by_hand(order.serial)
        said = why(Trouble.CA_REFUSED, "revoke_there", about=order.serial)
        raise Stopped(Waiting(WaitingFor.CA, said, self.clock.now() + self.poll, order.serial))
