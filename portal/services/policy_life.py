"""Policies taken out of use and brought back, and those nothing ever needed taken away."""

from dataclasses import dataclass

from sqlalchemy import BigInteger, Connection, cast, delete, exists, func, select, update

from portal.db.models import (
    AccountPolicy,
    AuditEntry,
    Device,
    FleetReview,
    Policy,
    PolicyAssignment,
    PolicyDraft,
    PolicyVersion,
    Update,
)
from portal.db.queries.policy_pages import assignments_of
from portal.db.transaction import Database
from portal.domain.audit import AuditTag
from portal.domain.errors import Conflict, NotFound
from portal.domain.ids import PolicyId
from portal.ports.clock import Clock
from portal.services.audit import record


@dataclass(frozen=True, slots=True)
class PolicyLife:
    """Withdraw, restore, delete; what is still in use is refused, and said by what."""

    database: Database
    clock: Clock

    def withdraw(self, policy: PolicyId, *, actor: str) -> None:
        """Take a policy out of use: it cannot be given to anybody; raises Conflict while it is."""
        with self.database.begin() as connection:
            name = _name(connection, policy)
            _refuse_while_assigned(connection, policy, name)
            mine = (Policy.id == policy) & Policy.withdrawn_at.is_(None)
            values = {"withdrawn_at": self.clock.now(), "withdrawn_by": actor}
            if connection.execute(update(Policy).where(mine).values(values)).rowcount:
                self._record(connection, AuditTag.POLICY_WITHDRAWN, policy, actor=actor, name=name)

    def restore(self, policy: PolicyId, *, actor: str) -> None:
        """Let a withdrawn policy be given to people again."""
        with self.database.begin() as connection:
            name = _name(connection, policy)
            mine = (Policy.id == policy) & Policy.withdrawn_at.is_not(None)
            values = {"withdrawn_at": None, "withdrawn_by": ""}
            if connection.execute(update(Policy).where(mine).values(values)).rowcount:
                self._record(connection, AuditTag.POLICY_RESTORED, policy, actor=actor, name=name)

    def delete(self, policy: PolicyId, *, actor: str) -> None:
        """Take a policy away with all its versions; raises Conflict when any device or update knows it."""
        with self.database.begin() as connection:
            name = _name(connection, policy)
            _refuse_while_assigned(connection, policy, name)
            used = _used_by(connection, policy)
            if used:
                raise Conflict("policy_in_use", name=name, policy=str(policy), by=",".join(used))
            for table in (PolicyAssignment, PolicyDraft, PolicyVersion, FleetReview):
                connection.execute(delete(table).where(table.policy_id == policy))
            connection.execute(delete(Policy).where(Policy.id == policy))
            self._record(connection, AuditTag.POLICY_DELETED, policy, actor=actor, name=name)

    def _record(self, connection: Connection, tag: AuditTag, policy: PolicyId, *, actor: str, name: str) -> None:
        record(connection, tag, actor=actor, subject=f"policy:{policy}", now=self.clock.now(), name=name)


def last_deleted(connection: Connection) -> int:
    """The greatest number of a policy that is no more; 0 when none was ever deleted."""
    numbers = func.max(cast(func.substr(AuditEntry.subject, len("policy:") + 1), BigInteger))
    found = connection.execute(select(numbers).where(AuditEntry.tag == AuditTag.POLICY_DELETED.value)).scalar_one()
    return int(found or 0)


def _name(connection: Connection, policy: PolicyId) -> str:
    # the row is held: nobody gives the policy to anybody while it goes
    query = select(Policy.name).where(Policy.id == policy).with_for_update()
    name = connection.execute(query).scalar_one_or_none()
    if name is None:
        raise NotFound("policy", id=str(policy))
    return name


def _refuse_while_assigned(connection: Connection, policy: PolicyId, name: str) -> None:
    given = assignments_of(connection, policy)
    if given:
        places = "; ".join(" / ".join(one.container) for one in given[:5])
        raise Conflict("policy_assigned", name=name, policy=str(policy), count=str(len(given)), places=places)


def _used_by(connection: Connection, policy: PolicyId) -> list[str]:
    uses = {
        "devices": (Device.effective_policy_id == policy) | (Device.applied_policy_id == policy),
        "updates": Update.policy_id == policy,
        "accounts": AccountPolicy.policy_id == policy,
    }
    return [word for word, condition in uses.items() if connection.execute(select(exists().where(condition))).scalar()]
