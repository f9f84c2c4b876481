"""What a poll looks at: the tokens a workstation sees, the tasks it has, and those it may be offered."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import BindParameter, Connection, Row, bindparam, exists, or_, select

from portal.db import snapshots
from portal.db.base import AnyRow
from portal.db.models import IS_ACTIVE_TASK, AgentOrder, AgentTask, AgentToken, Device, Policy, Update
from portal.domain import codec
from portal.domain.agent_tasks import AgentOrderState
from portal.domain.findings import Finding
from portal.domain.plan_items import UpdatePlan
from portal.domain.policy import AgentRules, OtherPerson
from portal.domain.update_state import ACTIVE
from portal.services.agent_work import Notice, NoticeKind, OpenOffer
from portal.services.agents import KnownAgent

#: A workstation hears for so long how a task of its own ended.
REMEMBERED: Final = timedelta(hours=1)
_MOST: Final = 50
_USUAL: Final = AgentRules()

# Built once: thousands of workstations ask the same, and building a question costs more than its answer.
_AGENT: Final[BindParameter[int]] = bindparam("agent")
_NOW: Final = bindparam("now", type_=AgentTask.expires_at.type)
_TOKENS: Final = (
    select(AgentToken.serial, AgentToken.sighting, AgentToken.noticed_at, AgentToken.seen_at)
    .add_columns(Device.id.label("known"), Device.holder_id, Device.effective_policy_id, Policy.current_version)
    .outerjoin(Device, Device.serial == AgentToken.serial)
    .outerjoin(Policy, Policy.id == Device.effective_policy_id)
    .where(AgentToken.agent_id == _AGENT, AgentToken.present.is_(True))
    .order_by(AgentToken.serial)
    .limit(_MOST)
)
_TASKS: Final = (
    select(AgentTask.__table__)
    .add_columns(Update.status, Update.unwinding)
    .join(Update, Update.id == AgentTask.update_id)
    .where(AgentTask.holder_agent_id == _AGENT)
    .where(or_(IS_ACTIVE_TASK, AgentTask.ended_at > bindparam("since", type_=AgentTask.expires_at.type)))
    .order_by(AgentTask.id.desc())
    .limit(_MOST)
)
_READY: Final = exists().where(
    AgentOrder.task_id == AgentTask.id,
    AgentOrder.state == AgentOrderState.OPEN,
    or_(AgentOrder.not_before.is_(None), AgentOrder.not_before <= _NOW),
)
_OFFERED: Final = (
    select(AgentTask.__table__)
    .add_columns(Update.status, Update.unwinding, Update.findings, Update.plan, Device.label, Device.model)
    .join(Update, Update.id == AgentTask.update_id)
    .join(Device, Device.id == AgentTask.device_id)
    .where(IS_ACTIVE_TASK, AgentTask.serial.in_(bindparam("serials", expanding=True)))
    .where(AgentTask.holder_agent_id.is_(None), or_(AgentTask.agent_id.is_(None), AgentTask.agent_id == _AGENT))
    .where(or_(AgentTask.postponed_until.is_(None), AgentTask.postponed_until <= _NOW))
    .where(or_(AgentTask.expires_at > _NOW, Update.unwinding.is_not(None)))
    .where(Update.status.in_(sorted(ACTIVE)), _READY)
    .order_by(AgentTask.id)
    .limit(_MOST)
)


def tokens_there(connection: Connection, agent: KnownAgent) -> list[AnyRow]:
    """The tokens the workstation sees, with what is known of their devices."""
    return list(connection.execute(_TOKENS, {"agent": agent.id}))


def tasks_of(connection: Connection, agent: KnownAgent, now: datetime) -> list[AnyRow]:
    """Tasks the workstation has, and those that ended there lately."""
    return list(connection.execute(_TASKS, {"agent": agent.id, "since": now - REMEMBERED}))


def offered(connection: Connection, agent: KnownAgent, serials: list[str], now: datetime) -> list[AnyRow]:
    """Tasks of these tokens that nobody has, with something to do now."""
    if not serials:
        return []
    return list(connection.execute(_OFFERED, {"agent": agent.id, "serials": serials, "now": now}))


def offer_of(row: Row[tuple[object, ...]]) -> OpenOffer:
    """A task as the person at the workstation is told of it."""
    return OpenOffer(
        task=row.uid,
        serial=row.serial,
        device=row.label or row.model,
        asked_by=row.asked_by,
        comment=row.comment,
        findings=tuple(codec.from_json(Finding, finding) for finding in row.findings),
        plan=codec.from_json(UpdatePlan, row.plan),
        goes_back=row.unwinding is not None,
        expires_at=row.expires_at,
    )


def rules_of(connection: Connection, token: AnyRow) -> AgentRules:
    """What the policy of a token's device says of workstations; the usual rules when none reaches it."""
    if token.effective_policy_id is None or token.current_version is None:
        return _USUAL
    return snapshots.policy_version(connection, token.effective_policy_id, token.current_version).agents


def strange(agent: KnownAgent, token: AnyRow, rules: AgentRules) -> Notice | None:
    """What is to be said about a token at this workstation."""
    if token.known is None:
        return Notice(NoticeKind.UNKNOWN, token.serial)
    other = agent.person is not None and token.holder_id is not None and token.holder_id != agent.person
    told = other and rules.other_person is not OtherPerson.ALLOW
    return Notice(NoticeKind.OTHER_PERSON, token.serial) if told else None
