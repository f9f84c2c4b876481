"""The services of policies and how a person goes about them."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from portal.db import snapshots
from portal.db.models import AuditEntry
from portal.db.queries.policy_drafts import DraftRow, draft_row
from portal.db.transaction import Database
from portal.domain.certificate import Purpose
from portal.domain.ids import DraftId, PolicyId
from portal.domain.policy import DeviceUsagePolicy
from portal.domain.policy_offers import OfferedTemplate
from portal.services.policies import publish
from portal.services.policy_drafts import Editing, PolicyDrafts
from portal.services.policy_life import PolicyLife
from portal.services.policy_offers import Offers
from portal.services.policy_publishing import PolicyPublishing
from tests.domain.test_policy_changes import LOGON
from tests.support.clock import FrozenClock

BASE = DeviceUsagePolicy(PolicyId(0), 0, "Сотрудники", (LOGON,))
YEAR = timedelta(days=365)


class Issuer:
    """An authority that issues two kinds of certificates."""

    def offered_templates(self) -> tuple[OfferedTemplate, ...]:
        return tuple(OfferedTemplate(name, Purpose.AUTHENTICATE, YEAR) for name in ("logon", "vpn"))


class Issuers:
    """The only authority there is."""

    def get(self, name: str) -> Issuer | None:
        return Issuer() if name == "main" else None

    def names(self) -> tuple[str, ...]:
        return ("main",)


@dataclass
class Desk:
    """The services, and how a person goes about them."""

    database: Database
    clock: FrozenClock

    def __post_init__(self) -> None:
        offers = Offers(self.database, Issuers(), Issuers().names)  # type: ignore[arg-type]
        self.drafts = PolicyDrafts(self.database, self.clock, offers)
        self.publishing = PolicyPublishing(self.database, self.clock, offers)
        self.life = PolicyLife(self.database, self.clock)

    def published(self, policy: DeviceUsagePolicy = BASE) -> PolicyId:
        with self.database.begin() as connection:
            return publish(connection, policy, actor="admin", now=self.clock.now()).id

    def row(self, draft: DraftId) -> DraftRow:
        with self.database.read() as connection:
            return draft_row(connection, draft)

    def now(self, draft: DraftId, actor: str = "anna") -> Editing:
        return Editing(draft, self.row(draft).revision, actor)

    def version(self, policy: PolicyId, number: int) -> DeviceUsagePolicy:
        with self.database.read() as connection:
            return snapshots.policy_version(connection, policy, number)

    def told(self) -> list[str]:
        query = select(AuditEntry.tag).order_by(AuditEntry.id)
        with self.database.read() as connection:
            return list(connection.execute(query).scalars())
