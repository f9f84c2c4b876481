"""What the engine asks before and after a qualified certificate."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from portal.domain.identity_check import IdentityService
from portal.domain.ids import PersonId
from portal.domain.outcomes import Outcome
from portal.ports.information_kinds import MadeCertificate


@dataclass(frozen=True, slots=True)
class IdentityOrder:
    """Whose data must be confirmed by which registers, and for how long a confirmation holds."""

    order_id: str
    person: PersonId
    services: frozenset[IdentityService]
    validity: timedelta


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The application in which every register confirmed, and when the last one did."""

    application: int
    confirmed_at: datetime


class IdentityChecker(Protocol):
    """Knows what registers of the state said of people."""

    def check(self, order: IdentityOrder) -> Outcome[Confirmation]:
        """Done only while a confirmation of what the directory says today is fresh; else Waiting, with the reason."""
        ...

    def announce(self, order: IdentityOrder, made: MadeCertificate) -> Outcome[str]:
        """Have the certificate made known to its holder's account; once per order id, Done when it is in the queue."""
        ...
