"""Ordering an update that a workstation carries out."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

from sqlalchemy import Connection, insert, select

from portal.db import snapshots
from portal.db.models import Agent, AgentTask
from portal.db.queries.updates import last_end
from portal.domain.agent_tasks import AgentState, AgentTaskState
from portal.domain.audit import AuditTag
from portal.domain.contents import TokenSighting
from portal.domain.errors import InvalidInput, PolicyForbids
from portal.domain.ids import AgentId, DeviceId, UpdateId
from portal.domain.plan_items import Choices
from portal.domain.self_service import demand_choices
from portal.ports.agent_trust import AgentBell
from portal.services.agent_sightings import seen_by_agents
from portal.services.audit import record
from portal.services.planning import Considered, consider, outdated
from portal.services.update_orders import store_order
from portal.services.updates import Updates

LONGEST_COMMENT: Final = 1000
#: What people may ask for; longer is a mistake in the date.
LONGEST_TASK: Final = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class AgentTaskDraft:
    """What the person at the workstation is told, until when it is good, and where alone it may be done.

    No ``expires_at`` means as long as the policy says; no ``agent`` any workstation that sees the token.
    """

    comment: str = ""
    expires_at: datetime | None = None
    agent: AgentId | None = None


@dataclass(frozen=True, slots=True)
class AgentTasks:
    """Updates through workstations; stopping one is ``Updates.cancel``, the task ends with its update."""

    updates: Updates
    agents: AgentBell

    def plan(self, device: DeviceId, choices: Choices, *, by_holder: bool = False) -> Considered:
        """Findings and plan for what a workstation sees on the token now, or for what was seen last.

        Raises as ``Updates.plan``; PolicyForbids ``agent_updates_off`` and, for a plan that sets PINs,
        ``not_through_agent``.
        """
        now = self.updates.clock.now()
        with self.updates.database.read() as connection:
            found = _considered(connection, device, choices, now)
        if by_holder:
            demand_choices(found.policy.policy, choices)
        if not found.policy.policy.agents.updates:
            raise PolicyForbids("agent_updates_off", policy=found.policy.policy.name, serial=found.device.serial)
        if found.plan.initializes:
            raise PolicyForbids("not_through_agent", serial=found.device.serial)
        return found

    def order(
        self,
        device: DeviceId,
        choices: Choices,
        content_hash: str,
        draft: AgentTaskDraft,
        *,
        actor: str,
        by_holder: bool = False,
    ) -> UpdateId:
        """Order what was shown, to be done at a workstation.

        Raises as ``plan``, as ``Updates.order``, and InvalidInput (fields ``comment``, ``expires_at``, ``agent``).
        """
        now = self.updates.clock.now()
        found = self.plan(device, choices, by_holder=by_holder)
        draft = _checked(draft, found, now)
        bell = self.updates.bell
        with self.updates.database.begin() as connection:
            _demand_agent(connection, draft.agent)
            number = store_order(connection, found, content_hash, actor=actor, now=now)
            _store_task(connection, found, number, draft, actor=actor, now=now)
            ring = bell.post(connection, number, now)
        bell.ring(ring)
        return number


def _considered(connection: Connection, device: DeviceId, choices: Choices, now: datetime) -> Considered:
    known = snapshots.device(connection, device)
    seen: TokenSighting | None = seen_by_agents(connection, known.serial, now)
    if seen is not None and outdated(seen, last_end(connection, device)):
        seen = None
    return consider(known, snapshots.assignments(connection), seen, choices=choices, now=now)


def _checked(draft: AgentTaskDraft, found: Considered, now: datetime) -> AgentTaskDraft:
    problems = {}
    if len(draft.comment) > LONGEST_COMMENT:
        problems["comment"] = "too_long"
    until = draft.expires_at or now + timedelta(days=found.policy.policy.agents.task_days)
    if not now < until <= now + LONGEST_TASK:
        problems["expires_at"] = "task_time"
    if problems:
        raise InvalidInput(problems)
    return replace(draft, expires_at=until)


def _demand_agent(connection: Connection, agent: AgentId | None) -> None:
    if agent is None:
        return
    state = connection.execute(select(Agent.state).where(Agent.id == agent)).scalar_one_or_none()
    if state is not AgentState.ACCEPTED:
        raise InvalidInput({"agent": "agent_not_accepted"})


def _store_task(
    connection: Connection, found: Considered, number: UpdateId, draft: AgentTaskDraft, *, actor: str, now: datetime
) -> None:
    uid = str(uuid4())
    values = {
        "uid": uid,
        "device_id": found.device.id,
        "update_id": number,
        "serial": found.device.serial,
        "agent_id": draft.agent,
        "state": AgentTaskState.WAITS_FOR_DEVICE,
        "comment": draft.comment,
        "asked_by": actor,
        "made_at": now,
        "expires_at": draft.expires_at,
        "content_hash": found.plan.content_hash,
    }
    connection.execute(insert(AgentTask).values(values))
    about: dict[str, str | int] = {"update": number, "serial": found.device.serial}
    record(connection, AuditTag.AGENT_TASK_ORDERED, actor=actor, subject=f"agent_task:{uid}", now=now, **about)
