"""Publishing a draft as the next version of its policy: whole or not at all, and never over somebody else's."""

from dataclasses import dataclass, replace

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from portal.db import snapshots
from portal.db.models import Policy, PolicyVersion
from portal.db.queries.policy_drafts import DraftRow
from portal.db.transaction import Database
from portal.domain.audit import AuditTag
from portal.domain.errors import Conflict, InvalidInput, PolicyForbids
from portal.domain.ids import PolicyId
from portal.domain.policy import DeviceUsagePolicy
from portal.domain.policy_check import problems
from portal.domain.policy_offers import PolicyOffers
from portal.domain.policy_sections import same_contents
from portal.ports.clock import Clock
from portal.services.audit import record
from portal.services.policies import look_again, store_version
from portal.services.policy_drafts import PUBLISHED, Editing, close, held, name_taken
from portal.services.policy_life import last_deleted
from portal.services.policy_offers import Offers


@dataclass(frozen=True, slots=True)
class PolicyPublishing:
    """Makes versions out of drafts."""

    database: Database
    clock: Clock
    offers: Offers

    def publish(self, editing: Editing) -> DeviceUsagePolicy:
        """Publish the draft; devices under the policy are looked at again.

        Raises InvalidInput when something is left to mend, Conflict when somebody published meanwhile, NotFound.
        """
        offers = self.offers.gather()
        try:
            with self.database.begin() as connection:
                return self._publish(connection, held(connection, editing), editing, offers)
        except IntegrityError as error:
            raise InvalidInput({"name": "name_taken"}) from error

    def _publish(
        self, connection: Connection, row: DraftRow, editing: Editing, offers: PolicyOffers
    ) -> DeviceUsagePolicy:
        if problems(row.body, offers):
            raise InvalidInput({"draft": "draft_unfinished"})
        if name_taken(connection, row.body.name, row.policy):
            raise InvalidInput({"name": "name_taken"})
        number = self._new(connection, row.body.name) if row.policy is None else self._next(connection, row, row.policy)
        policy = replace(row.body, id=number, version=row.based_on + 1)
        now = self.clock.now()
        store_version(connection, policy, actor=editing.actor, now=now)
        ended = {"policy_id": number, "published_version": policy.version, "edited_at": now}
        close(connection, editing, PUBLISHED, ended)
        look_again(connection, number, now)
        about = {"actor": editing.actor, "subject": f"policy:{number}", "now": now, "name": policy.name}
        record(connection, AuditTag.POLICY_PUBLISHED, **about, version=policy.version)  # type: ignore[arg-type]
        return policy

    def _new(self, connection: Connection, name: str) -> PolicyId:
        values = {"name": name, "current_version": 1, "created_at": self.clock.now()}
        number = connection.execute(insert(Policy).values(values).returning(Policy.id)).scalar_one()
        gone = last_deleted(connection)
        if number <= gone:  # versions are remembered by number, so no number is ever given twice
            connection.execute(update(Policy).where(Policy.id == number).values(id=gone + 1))
            number = gone + 1
        return PolicyId(number)

    def _next(self, connection: Connection, row: DraftRow, policy: PolicyId) -> PolicyId:
        before = snapshots.policy_version(connection, policy, row.based_on)
        if not row.overtaken and same_contents(before, row.body):
            raise InvalidInput({"draft": "draft_same"})
        mine = (Policy.id == policy) & (Policy.current_version == row.based_on) & Policy.withdrawn_at.is_(None)
        values = {"name": row.body.name, "current_version": row.based_on + 1}
        if connection.execute(update(Policy).where(mine).values(values)).rowcount != 1:
            _overtaken(connection, row, policy)
        return policy


def _overtaken(connection: Connection, row: DraftRow, policy: PolicyId) -> None:
    query = select(Policy.name, Policy.current_version, PolicyVersion.published_by, PolicyVersion.published_at)
    newest = (PolicyVersion.policy_id == Policy.id) & (PolicyVersion.version == Policy.current_version)
    found = connection.execute(query.join(PolicyVersion, newest).where(Policy.id == policy)).one()
    if found.current_version == row.based_on:
        raise PolicyForbids("policy_withdrawn", name=found.name)
    who = {"who": found.published_by, "at": found.published_at.isoformat(), "name": found.name}
    numbers = {"policy": str(policy), "version": str(found.current_version), "based_on": str(row.based_on)}
    raise Conflict("policy_overtaken", **who, **numbers, draft=str(row.id))
