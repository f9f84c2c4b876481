"""Agents: the list, one of them, and what is decided about it."""

from dataclasses import replace

from flask import Response, flash, request, url_for
from flask_login import current_user

from portal.admin.blueprint import bp
from portal.db.queries.agent_task_rows import tasks_of_agent
from portal.db.queries.agent_tokens import tokens_of
from portal.db.queries.agents import agent_card, agent_versions, agents_waiting, list_agents
from portal.db.queries.audit import newest_lines
from portal.domain.errors import InvalidInput
from portal.domain.ids import AgentId
from portal.domain.permissions import Permission
from portal.services.agent_contacts import heard
from portal.web.access import requires
from portal.web.current import portal
from portal.web.editing import meant
from portal.web.forms import show_errors
from portal.web.forms_agents import BindingForm, ShuttingForm
from portal.web.pages import page_or_fragment, see_other
from portal.web.translate import gettext as _
from portal.web.views_agent import AgentForms, AgentRights, AgentRows, agent_page
from portal.web.views_agents import agent_filter, agent_list

_HISTORY = 10


@bp.get("/agents")
@requires(Permission.AGENTS_READ)
def agents() -> Response:
    """Agents, newest first."""
    wanted, now = agent_filter(), portal().clock.now()
    may = bool(current_user.may(Permission.AGENTS_ADMIT))
    with portal().database.read() as connection:
        found = list_agents(connection, wanted, now, after=request.args.get("after") or None)
        versions, waiting = agent_versions(connection), agents_waiting(connection)
    page = replace(found, items=heard(found.items, portal().agent_bell, now))
    view = agent_list(page, wanted, versions, now, waiting=waiting if may else 0, may_admit=may)
    return page_or_fragment("admin/agents/list.html", "admin/agents/_list.html", list=view)


@bp.get("/agents/<int:agent_id>")
@requires(Permission.AGENTS_READ)
def show_agent(agent_id: int) -> Response:
    """One agent with the tokens it sees and its tasks."""
    rows = _rows(agent_id)
    binding = BindingForm(formdata=None, person=rows.card.person_login)
    return _show(rows, AgentForms(binding, ShuttingForm(formdata=None)))


@bp.post("/agents/<int:agent_id>/admission")
@requires(Permission.AGENTS_ADMIT)
def admit_agent(agent_id: int) -> Response:
    """Let a workstation in, and say whose it is."""
    form, rows = BindingForm(), _rows(agent_id)
    try:
        whose = meant(form.person.data or "", "person")
    except InvalidInput as error:
        return _refused(rows, form, error)
    portal().agents.accept(AgentId(agent_id), by=current_user.login, person=whose)
    flash(_("The workstation is let in: it fetches its certificate by itself"), "fine")
    return _back(agent_id)


@bp.post("/agents/<int:agent_id>/binding")
@requires(Permission.AGENTS_ADMIT)
def bind_agent(agent_id: int) -> Response:
    """Say whose workstation it is; an empty field: anybody's."""
    form, rows = BindingForm(), _rows(agent_id)
    try:
        whose = meant(form.person.data or "", "person")
    except InvalidInput as error:
        return _refused(rows, form, error)
    portal().agents.bind(AgentId(agent_id), whose, by=current_user.login)
    flash(_("It is written down whose workstation this is"), "fine")
    return _back(agent_id)


@bp.post("/agents/<int:agent_id>/denial")
@requires(Permission.AGENTS_ADMIT)
def deny_agent(agent_id: int) -> Response:
    """Turn a workstation away."""
    form, rows = ShuttingForm(), _rows(agent_id)
    if not form.validate():
        return _show(rows, AgentForms(BindingForm(formdata=None), form), 422)
    portal().agents.deny(AgentId(agent_id), by=current_user.login, comment=(form.comment.data or "").strip())
    flash(_("The workstation is turned away"), "fine")
    return _back(agent_id)


@bp.post("/agents/<int:agent_id>/revocation")
@requires(Permission.AGENTS_REVOKE)
def revoke_agent(agent_id: int) -> Response:
    """Shut a workstation out for good."""
    form, rows = ShuttingForm(), _rows(agent_id)
    if not form.validate():
        return _show(rows, AgentForms(BindingForm(formdata=None), form), 422)
    portal().agents.revoke(AgentId(agent_id), by=current_user.login, comment=(form.comment.data or "").strip())
    flash(_("The workstation is shut out at once"), "fine")
    return _back(agent_id)


def _rows(number: int) -> AgentRows:
    with portal().database.read() as connection:
        card = agent_card(connection, number)
        (row,) = heard([card.row], portal().agent_bell, portal().clock.now())
        card = replace(card, row=row)
        history = newest_lines(connection, f"agent:{card.row.uid}", some=_HISTORY)
        return AgentRows(card, tokens_of(connection, number), tasks_of_agent(connection, number), history)


def _refused(rows: AgentRows, form: BindingForm, error: InvalidInput) -> Response:
    show_errors(form, error)
    return _show(rows, AgentForms(form, ShuttingForm(formdata=None)), 422)


def _show(rows: AgentRows, forms: AgentForms, status: int = 200) -> Response:
    view = agent_page(rows, _rights(), forms, portal().clock.now())
    return page_or_fragment("admin/agents/show.html", "admin/agents/_agent.html", status=status, agent=view)


def _rights() -> AgentRights:
    may = current_user.may
    return AgentRights(
        admit=may(Permission.AGENTS_ADMIT),
        revoke=may(Permission.AGENTS_REVOKE),
        audit=may(Permission.AUDIT_READ),
        people=may(Permission.PEOPLE_READ),
        cancel=may(Permission.UPDATES_CANCEL),
    )


def _back(number: int) -> Response:
    return see_other(url_for("admin.show_agent", agent_id=number))
