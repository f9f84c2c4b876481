"""An update at a workstation: the step that orders it, and where it is while it runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from portal.db.queries.agent_task_rows import TaskRow
from portal.db.queries.agent_tokens import SeenAt
from portal.db.queries.views import DeviceRow
from portal.domain.agent_tasks import LISTENING, AgentTaskState
from portal.domain.plan_items import PlanItem, UpdatePlan
from portal.web.choices import as_query, write_choices
from portal.web.forms_agents import AgentTaskForm
from portal.web.sides import side_url
from portal.web.translate import gettext as _
from portal.web.views_agent_tasks import TaskCard, task_card
from portal.web.views_dialog import AGENT, Presence, Stage, stages, subtitle


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentStep:
    """Step 2 of an update at a workstation: what the person there is told, until when, and what will change."""

    subtitle: str
    stages: tuple[Stage, ...]
    presence: Presence
    form: AgentTaskForm
    changes: tuple[PlanItem, ...]
    hidden: tuple[tuple[str, str], ...]
    changed: bool
    href: str
    back_href: str
    close_href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteRun:
    """Where a run at a workstation is; ``mark`` changes whenever the words do."""

    card: TaskCard
    kind: str
    title: str
    text: str
    mark: str


def agent_step(
    device: DeviceRow, plan: UpdatePlan, presence: Presence, form: AgentTaskForm, *, changed: bool, identity: bool
) -> AgentStep:
    """The form that orders it: it carries the choices and the hash of what this plan was made from."""
    chosen = write_choices(plan.choices)
    return AgentStep(
        subtitle=subtitle(device),
        stages=stages(AGENT, tracking=False, identity=identity, remote=True),
        presence=presence,
        form=form,
        changes=tuple(item for item in plan.items if not item.quiet),
        hidden=(("content_hash", plan.content_hash), *chosen),
        changed=changed,
        href=side_url("order_at_agent", device_id=device.id),
        back_href=side_url("new_update", **as_query(chosen), device_id=device.id),
        close_href=side_url("show_device", device_id=device.id),
    )


def remote_run(task: TaskRow, seen: Sequence[SeenAt], now: datetime) -> RemoteRun:
    """A run at a workstation in words; ``seen`` are the workstations that see its token now."""
    card = task_card(task, now, may_cancel=False, seen=bool(seen))
    kind, title, text = _standing(task, seen, now)
    told = f"{kind}{title}{text}{card.note}{card.attempts}"
    return RemoteRun(card=card, kind=kind, title=title, text=text, mark=sha256(told.encode()).hexdigest()[:12])


def _standing(task: TaskRow, seen: Sequence[SeenAt], now: datetime) -> tuple[str, str, str]:
    match task.state:
        case AgentTaskState.RUNNING:
            return _running(task, now)
        case AgentTaskState.OFFERED:
            return _offered(task, seen, now)
        case AgentTaskState.WAITS_FOR_IDENTITY:
            text = _("The workstation is asked as soon as the registers have confirmed the holder.")
            return "waiting", _("The identity check comes first"), text
        case _:
            return _awaited(task, seen, now)


def _running(task: TaskRow, now: datetime) -> tuple[str, str, str]:
    if task.last_contact is None or now - task.last_contact >= LISTENING:
        text = _("Nothing is lost: it goes on when the workstation is back, or at another one that sees the token.")
        return "due", _("The workstation %(name)s is not in contact", name=task.holder), text
    text = _("The person there agreed. The PIN is asked for there and never leaves the workstation.")
    return "accent", _("The workstation %(name)s is at work", name=task.holder), text


def _offered(task: TaskRow, seen: Sequence[SeenAt], now: datetime) -> tuple[str, str, str]:
    names = ", ".join(one.name for one in seen) or task.holder or task.agent
    if task.postponed_until is not None and task.postponed_until > now:
        return _put_off(task)
    return "waiting", _("The person at %(name)s is asked", name=names), _("The update begins when the person agrees.")


def _put_off(task: TaskRow) -> tuple[str, str, str]:
    title = _("The person declined for now") if task.declines else _("The person put it off")
    return "waiting", title, _("The agent asks again by itself. You may agree on a time, or cancel the update.")


def _awaited(task: TaskRow, seen: Sequence[SeenAt], now: datetime) -> tuple[str, str, str]:
    if task.postponed_until is not None and task.postponed_until > now:
        return _put_off(task)
    names = ", ".join(one.name for one in seen if task.agent_id in {None, one.agent_id})
    if names:
        return "waiting", _("The token is at %(name)s", name=names), _("The person there will be asked in a moment.")
    if task.agent:
        title = _("Plug the token in at the workstation %(name)s", name=task.agent)
    else:
        title = _("Plug the token in at a workstation with the agent")
    begun = _("It was begun already and nothing is lost: it goes on where it stopped.")
    return "waiting", title, begun if task.attempts else _("The page notices it by itself.")
