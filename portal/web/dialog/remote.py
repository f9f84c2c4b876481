"""An update at a workstation: instead of the PIN a few words for the person there, and a day until which it waits."""

from datetime import timedelta
from typing import Final

from flask import Response, request
from flask_login import current_user

from portal.db.queries.agent_tokens import seen_at
from portal.db.queries.agents import agents_of
from portal.db.queries.views import DeviceRow
from portal.domain.errors import Conflict, InvalidInput
from portal.domain.ids import AgentId, DeviceId
from portal.services.agent_tasks import AgentTaskDraft
from portal.services.planning import Considered
from portal.web.choices import Arguments, as_query, write_choices
from portal.web.current import portal
from portal.web.forms import show_errors
from portal.web.forms_agents import AgentTaskForm
from portal.web.loading import allowed_choices, asks_registers, device_of, presence_for
from portal.web.pages import page_or_fragment, see_other
from portal.web.sides import side, side_url
from portal.web.translate import gettext as _
from portal.web.views_remote import agent_step

PAGE: Final = "updates/dialog_page.html"
STEP: Final = "updates/_agent.html"


def agent_page(device_id: int) -> Response:
    """Step 2 of an update at a workstation, with the plan made from what the workstation sees."""
    device = device_of(device_id)
    if device.update is not None:
        return see_other(side_url("show_update", update_id=device.update))
    found, form = _considered(device, request.args), AgentTaskForm(formdata=None)
    form.expires_at.data = (portal().clock.now() + timedelta(days=found.policy.policy.agents.task_days)).date()
    return _form(device, found, form)


def order_at_agent(device_id: int) -> Response:
    """Order what was shown; what changed meanwhile leads back to the form or to the run."""
    device, form = device_of(device_id), AgentTaskForm()
    form.offer(_workstations(device))
    if not form.validate():
        return _form(device, _considered(device, request.form), form, 422)
    choices, shown = allowed_choices(request.form), request.form.get("content_hash", "")
    who = {"actor": current_user.login, "by_holder": side().by_holder}
    try:
        update = portal().agent_tasks.order(DeviceId(device_id), choices, shown, _draft(form), **who)
    except InvalidInput as error:
        show_errors(form, error)
        return _form(device, _considered(device, request.form), form, 422)
    except Conflict as conflict:
        return see_other(_instead(device_id, conflict))
    return see_other(side_url("show_update", update_id=update))


def _considered(device: DeviceRow, arguments: Arguments) -> Considered:
    choices = allowed_choices(arguments)
    return portal().agent_tasks.plan(DeviceId(device.id), choices, by_holder=side().by_holder)


def _draft(form: AgentTaskForm) -> AgentTaskDraft:
    agent = AgentId(form.agent.data) if form.agent.data else None
    return AgentTaskDraft((form.comment.data or "").strip(), form.until(), agent)


def _form(device: DeviceRow, found: Considered, form: AgentTaskForm, status: int = 200) -> Response:
    form.offer(_workstations(device))
    identity = asks_registers(device, found.plan, found.policy.policy)
    changed = "changed" in request.args
    view = agent_step(device, found.plan, presence_for(device), form, changed=changed, identity=identity)
    return page_or_fragment(PAGE, STEP, status=status, order=view, fragment=STEP)


def _workstations(device: DeviceRow) -> tuple[tuple[int, str], ...]:
    """Those that see the device now, then those of its holder."""
    with portal().database.read() as connection:
        seen = seen_at(connection, device.serial, portal().clock.now())
        own = agents_of(connection, device.holder_id) if device.holder_id else ()
    here = {one.agent_id: _("%(name)s: sees the device now", name=one.name) for one in seen}
    return tuple(({one.id: one.name for one in own} | here).items())


def _instead(device_id: int, conflict: Conflict) -> str:
    running = device_of(device_id).update
    if running is not None:
        return side_url("show_update", update_id=running)
    if conflict.code != "contents_changed":
        raise conflict
    chosen = as_query(write_choices(allowed_choices(request.form)))
    return side_url("agent_step", device_id=device_id, changed=1, **chosen)
