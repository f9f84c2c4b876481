"""What a workstation says became of a list: taken once, however often it is said."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, select

from portal.db.base import AnyRow
from portal.db.models import AgentOrder, AgentTask, AgentToken
from portal.db.transaction import Database
from portal.domain.agent_tasks import AgentOrderState
from portal.domain.audit import AuditTag
from portal.domain.errors import Conflict, InvalidInput, NotFound
from portal.domain.ids import UpdateId
from portal.domain.plain_json import plain
from portal.domain.troubles import Why
from portal.ports.agent_orders import ListReport, OrderResult
from portal.ports.clock import Clock
from portal.services.agent_lists import order_named
from portal.services.agent_order_rows import change, open_again, outstanding
from portal.services.agent_task_rows import call_run, held, keep, tell
from portal.services.agent_task_rows import change as change_task
from portal.services.agents import KnownAgent
from portal.services.bell import Bell, Ring

LONGEST_WORD: Final = 200
MOST_WORDS: Final = 10

_ENDED: Final = frozenset({AgentOrderState.DONE, AgentOrderState.REFUSED})


@dataclass(frozen=True, slots=True)
class AgentReports:
    """Takes reports; the update is called for once what they say is written down."""

    database: Database
    clock: Clock
    bell: Bell

    def take(self, agent: KnownAgent, name: str, report: ListReport) -> None:
        """Write down how the order of a list ended.

        Raises NotFound for a list this workstation never had, Conflict ``epoch_over`` when its order is somebody
        else's now, ``report_differs`` when something else was reported before, InvalidInput for what is no report.
        """
        result = _only_result(report, name)
        uid, tries = order_named(name)
        now = self.clock.now()
        differs: AnyRow | None = None
        ring: Ring | None = None
        with self.database.begin() as connection:
            task, order = _found(connection, uid)
            if order.handed_to != agent.id:
                raise _not_yours(order, tries)
            _demand_same_token(task, result)
            said = None if order.outcome is None else order.outcome
            if said is not None and said["try"] == tries:
                differs = None if said["result"] == plain(result) else task
            elif _may_still(task, order, agent, tries) and (tries < order.tries or report.epoch == order.epoch):
                ring = self._written(connection, _Report(task, order, result, tries, report.content_hash), agent, now)
            elif not _same_end(order, result):
                raise Conflict("epoch_over", task=task.uid)
            if differs is not None:
                tell(connection, AuditTag.AGENT_REPORT_REFUSED, task, agent, now=now)
        if differs is not None:
            raise Conflict("report_differs", task=differs.uid)
        if ring is not None:
            self.bell.ring(ring)

    def _written(self, connection: Connection, report: "_Report", agent: KnownAgent, now: datetime) -> Ring | None:
        task = report.task
        late = task.holder_agent_id != agent.id or report.tries != report.order.tries
        if late and not report.ends:
            return None  # it did not happen, and is open again as it is
        _write_result(connection, report, now)
        if not late or _sees(connection, agent, task.serial):
            keep(connection, task, agent, now)
        change_task(connection, task, content_hash=report.content_hash)
        return call_run(connection, self.bell, UpdateId(task.update_id), now)


@dataclass(frozen=True, slots=True)
class _Report:
    task: AnyRow
    order: AnyRow
    result: OrderResult
    tries: int
    content_hash: str

    @property
    def ends(self) -> bool:
        """Whether the order is over with it."""
        return self.result.reply is not None or self.result.permanent


def _only_result(report: ListReport, name: str) -> OrderResult:
    """The one result of a list with one order: a reply or why there is none."""
    if report.list != name or len(report.results) != 1:
        raise InvalidInput({"results": "report_malformed"})
    (result,) = report.results
    if result.seq != 1 or (result.reply is None) is (result.why is None):
        raise InvalidInput({"results": "report_malformed"})
    return result if result.why is None else replace(result, why=_short(result.why))


def _demand_same_token(task: AnyRow, result: OrderResult) -> None:
    contents = None if result.reply is None else result.reply.contents
    if contents is not None and contents.serial != task.serial:
        raise InvalidInput({"results": "report_malformed"})


def _short(said: Why) -> Why:
    """What a workstation says of a trouble, no longer than people read."""
    data = tuple((name[:LONGEST_WORD], value[:LONGEST_WORD]) for name, value in said.data[:MOST_WORDS])
    return Why(said.trouble, said.detail[:LONGEST_WORD], data)


def _found(connection: Connection, uid: str) -> tuple[AnyRow, AnyRow]:
    """The task, held, and then its order as it is."""
    query = select(AgentTask.uid).join(AgentOrder, AgentOrder.task_id == AgentTask.id).where(AgentOrder.uid == uid)
    name = connection.execute(query).scalar_one_or_none()
    task = None if name is None else held(connection, name)
    if task is None:
        raise NotFound("agent_list", id=uid[:40])
    return task, connection.execute(select(AgentOrder.__table__).where(AgentOrder.uid == uid)).one()


def _not_yours(order: AnyRow, tries: int) -> Exception:
    earlier = order.handed_to is not None and 0 < tries < order.tries
    return Conflict("epoch_over") if earlier else NotFound("agent_list", id=order.uid)


def _may_still(task: AnyRow, order: AnyRow, agent: KnownAgent, tries: int) -> bool:
    """Whether the order still waits for this: this try is under way, or an earlier one of the same workstation is late.

    While somebody else has the task, nothing late is taken.
    """
    if order.state not in {AgentOrderState.OPEN, AgentOrderState.HANDED} or not 0 < tries <= order.tries:
        return False
    if order.state is AgentOrderState.OPEN and tries == order.tries:
        return False  # this try was never handed out
    return task.holder_agent_id in {None, agent.id}


def _same_end(order: AnyRow, result: OrderResult) -> bool:
    """Whether a late report of an earlier try says what is known already, or nobody cares for any more."""
    if order.state in _ENDED:
        return bool(order.outcome["result"] == plain(result))
    return order.state is AgentOrderState.WITHDRAWN


def _write_result(connection: Connection, report: _Report, now: datetime) -> None:
    order, result = report.order, report.result
    outcome: dict[str, Any] = {"try": report.tries, "result": plain(result)}
    if not report.ends:
        change(connection, order.id, outcome=outcome)
        newest = outstanding(connection, report.task.id)[-1].seq
        open_again(connection, order, newest, now=now, whom=result.whom)
        return
    state = AgentOrderState.DONE if result.reply is not None else AgentOrderState.REFUSED
    change(connection, order.id, state=state, outcome=outcome, finished_at=now)


def _sees(connection: Connection, agent: KnownAgent, serial: str) -> bool:
    """Whether the token is at this workstation, as far as is known."""
    mine = (AgentToken.agent_id == agent.id, AgentToken.serial == serial, AgentToken.present.is_(True))
    return connection.execute(select(AgentToken.serial).where(*mine)).first() is not None
