"""Orders that wait for a person: who asks, the decision, and the update that goes on after it."""

from dataclasses import dataclass

from portal.db.queries.approvals import WaitingOrder, waiting_orders
from portal.db.transaction import Database
from portal.domain.audit import AuditTag
from portal.domain.errors import InvalidInput, NotFound
from portal.domain.reach import EVERYTHING, Reach
from portal.ports.approvals import ApprovalDesk, ApprovalRequest, Decision, TemplateSwitch
from portal.ports.clock import Clock
from portal.services.audit import record
from portal.services.bell import Bell
from portal.services.update_requests import wake


@dataclass(frozen=True, slots=True)
class Pending:
    """An order that waits, and the update it belongs to; None when that ended, or has not gone to sleep yet."""

    request: ApprovalRequest
    order: WaitingOrder | None


@dataclass(frozen=True, slots=True)
class Approvals:
    """The desk of the built-in authority as people see it.

    The decision is written down at the authority first. Should this process die before anybody was told of it,
    ``follow`` tells later.
    """

    database: Database
    clock: Clock
    desk: ApprovalDesk
    bell: Bell

    def waiting(self, reach: Reach = EVERYTHING) -> tuple[Pending, ...]:
        """What waits and may be seen; raises OutsideUnavailable."""
        asked = self.desk.waiting()
        if not asked:
            return ()
        with self.database.read() as connection:
            orders = waiting_orders(connection, reach=reach)
        found = (Pending(request, orders.get(request.order_id)) for request in asked)
        return tuple(one for one in found if reach.everything or one.order is not None)

    def decide(self, order_id: str, *, approve: bool, comment: str, actor: str, reach: Reach = EVERYTHING) -> None:
        """Say yes or no, a no with its reason, and let the update go on.

        Raises InvalidInput (field ``comment``), NotFound, also for what may not be seen, Conflict ``approval_over``
        when somebody was first, and OutsideUnavailable.
        """
        if not approve and not comment.strip():
            raise InvalidInput({"comment": "required"})
        if not reach.everything and all(one.request.order_id != order_id for one in self.waiting(reach)):
            raise NotFound("approval", id=order_id)
        self._tell(self.desk.decide(order_id, approve=approve, comment=comment.strip(), by=actor))

    def follow(self) -> int:
        """Tell of decisions nobody was told of; answers of how many."""
        decisions = self.desk.untold()
        for decision in decisions:
            self._tell(decision)
        return len(decisions)

    def templates(self) -> tuple[TemplateSwitch, ...]:
        """The templates of the authority with their switches; raises OutsideUnavailable."""
        return self.desk.templates()

    def switch(self, template: str, *, manual: bool, actor: str) -> None:
        """Let orders of a template wait for a person, or not; raises NotFound and OutsideUnavailable."""
        known = {one.name: one.manual for one in self.desk.templates()}
        if known.get(template) is manual:
            return
        if template not in known:
            raise NotFound("ca_template", name=template)
        with self.database.begin() as connection:  # the line first: no change without it
            subject, now = f"ca_template:{template}", self.clock.now()
            said = {"manual": "yes" if manual else "no"}
            record(connection, AuditTag.APPROVAL_SWITCHED, actor=actor, subject=subject, now=now, **said)
        self.desk.switch(template, manual=manual)

    def _tell(self, decision: Decision) -> None:
        now = self.clock.now()
        ring = None
        with self.database.begin() as connection:
            order = waiting_orders(connection).get(decision.order_id)
            if order is not None:
                wake(connection, order.update, now)
                ring = self.bell.post(connection, order.update, now)
            record(
                connection,
                AuditTag.APPROVAL_GRANTED if decision.approved else AuditTag.APPROVAL_REFUSED,
                actor=decision.by,
                subject=f"update:{order.update}" if order else f"order:{decision.order_id}",
                now=now,
                template=decision.template,
                comment=decision.comment,
            )
        self.desk.told(decision.order_id)
        if ring is not None:
            self.bell.ring(ring)
