"""Orders for workstations, kept in the database: what the engine puts in and looks up."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import Connection, bindparam, func, insert, select, update

from portal.db.base import AnyRow
from portal.db.models import IS_ACTIVE, AgentOrder, AgentTask, Device, Update
from portal.db.transaction import Database
from portal.domain.agent_tasks import OUTSTANDING, AgentOrderState
from portal.domain.ids import AgentTaskId
from portal.domain.troubles import Trouble, Why, why
from portal.ports.agent_orders import OrderResult, sent
from portal.ports.agent_tasks import OrderStanding
from portal.ports.agent_trust import AgentBell
from portal.ports.clock import Clock
from portal.ports.token import TokenOrder
from portal.ports.vault import Vault
from portal.services.agent_calls import who_may_have
from portal.services.agent_order_rows import body_of, change, digest_of, result_of

_TOLD: Final = "told"
#: Every update asks this; built once.
_TASK_OF: Final = (
    select(AgentTask.id)
    .join(Update, Update.id == AgentTask.update_id)
    .join(Device, Device.id == Update.device_id)
    .where(Device.serial == bindparam("b_serial"), IS_ACTIVE)
)


@dataclass(frozen=True, slots=True)
class AgentOrders:
    """Implements portal.ports.agent_tasks.AgentTaskList."""

    database: Database
    clock: Clock
    vault: Vault
    agents: AgentBell

    def task_for(self, serial: str) -> AgentTaskId | None:
        """The task of the device's update under way."""
        with self.database.read() as connection:
            found = connection.execute(_TASK_OF, {"b_serial": serial}).scalar_one_or_none()
        return None if found is None else AgentTaskId(found)

    def put(self, task: AgentTaskId, order: TokenOrder) -> OrderStanding:
        """Put it in, unless it is there already; then call whoever may have it."""
        wanted = sent(order)
        digest = digest_of(wanted)
        with self.database.begin() as connection:
            held = hold_task(connection, task)
            before = _newest(connection, task, digest)
            if before is not None and (before.state in OUTSTANDING or _untold(before)):
                return self._told(connection, before, held)
            uid = str(uuid4())
            doubtful = before is not None and before.state is not AgentOrderState.DONE and before.handed_to is not None
            values = {"digest": digest, "body": body_of(wanted, uid, self.vault), "doubtful": doubtful}
            _insert(connection, task, uid, values, now=self.clock.now())
            called = who_may_have(connection, held, self.clock.now())
        self.agents.wake(*called)
        return OrderStanding(uid, AgentOrderState.OPEN, _waits(held, AgentOrderState.OPEN, None))

    def find(self, task: AgentTaskId, ticket: str) -> OrderStanding | None:
        """What became of it."""
        mine = (AgentOrder.task_id == task, AgentOrder.uid == ticket)
        with self.database.read() as connection:
            row = connection.execute(_ORDERS.where(*mine)).one_or_none()
            if row is None or not _untold(row):
                return None if row is None else _standing(row, row)
        with self.database.begin() as connection:
            return self._told(connection, connection.execute(_ORDERS.where(*mine)).one(), row)

    def settle(self, task: AgentTaskId, order: TokenOrder) -> OrderStanding | None:
        """What became of the same order when it was put in last."""
        with self.database.begin() as connection:
            held = hold_task(connection, task)
            row = _newest(connection, task, digest_of(sent(order)))
            if row is None:
                return None
            if row.state is AgentOrderState.OPEN and not row.doubtful:
                change(connection, row.id, state=AgentOrderState.WITHDRAWN, finished_at=self.clock.now())
                row = _newest(connection, task, row.digest)
            return _standing(row, held)

    def _told(self, connection: Connection, row: AnyRow, task: AnyRow) -> OrderStanding:
        """The run learns of a refusal once: asked again, it wants another try."""
        if _untold(row):
            change(connection, row.id, outcome={**row.outcome, _TOLD: True})
        return _standing(row, task)


def hold_task(connection: Connection, task: AgentTaskId) -> AnyRow:
    """The task's row; nobody else changes it or its orders before this transaction ends."""
    query = select(AgentTask.__table__).where(AgentTask.id == task)
    return connection.execute(query.with_for_update(of=AgentTask, key_share=True)).one()


_ORDERS: Final = select(AgentOrder.__table__, AgentTask.holder_agent_id).join(
    AgentTask, AgentTask.id == AgentOrder.task_id
)


def _newest(connection: Connection, task: AgentTaskId, digest: str) -> Any:
    mine = _ORDERS.where(AgentOrder.task_id == task, AgentOrder.digest == digest)
    return connection.execute(mine.order_by(AgentOrder.seq.desc()).limit(1)).one_or_none()


def _insert(connection: Connection, task: AgentTaskId, uid: str, values: dict[str, Any], *, now: datetime) -> None:
    """Add it after the others; those that nobody has are not wanted any more."""
    unasked = update(AgentOrder).where(AgentOrder.task_id == task, AgentOrder.state == AgentOrderState.OPEN)
    connection.execute(unasked.values(state=AgentOrderState.WITHDRAWN, finished_at=now))
    last = select(func.coalesce(func.max(AgentOrder.seq), 0)).where(AgentOrder.task_id == task)
    seq = connection.execute(last).scalar_one() + 1
    row = {"uid": uid, "task_id": task, "seq": seq, "state": AgentOrderState.OPEN, "made_at": now, **values}
    connection.execute(insert(AgentOrder).values(row))


def _untold(row: AnyRow) -> bool:
    """Whether it was refused for good and the run does not know yet."""
    return row.state is AgentOrderState.REFUSED and _TOLD not in row.outcome


def _standing(row: AnyRow, task: AnyRow) -> OrderStanding:
    result = result_of(row)
    return OrderStanding(row.uid, row.state, _waits(task, row.state, result), result)


def _waits(task: AnyRow, state: AgentOrderState, result: OrderResult | None) -> Why:
    """What was reported, while that is all there is to say; else whom the order waits for."""
    if result is not None and result.why is not None:
        return result.why
    held = task.holder_agent_id is not None or state is AgentOrderState.HANDED
    return why(Trouble.AGENT_WORKS if held else Trouble.AGENT_AWAITED)
