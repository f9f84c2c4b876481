"""Accounts: the list, one of them, and its changes."""

from flask import Response, request, url_for
from flask_login import current_user

from portal.admin.blueprint import bp
from portal.db.queries.accounts import AccountFilter, AccountRow, account_row, list_accounts, role_rows
from portal.db.queries.sign_in import links_of
from portal.domain.errors import Conflict, Forbidden, InvalidInput
from portal.domain.ids import AccountId, ConnectorId
from portal.domain.permissions import Permission
from portal.web.access import requires
from portal.web.current import portal
from portal.web.errors import status_of
from portal.web.forms import show_errors
from portal.web.forms_accounts import AccountForm
from portal.web.forms_directory import number
from portal.web.granting import account_draft, account_form, grantor, proposed_person, seen_names
from portal.web.pages import page_or_fragment, see_other
from portal.web.views_accounts import NewAccount, OneTimePassword, account_list, account_page, link_lines
from portal.web.words.errors import Said, of_error

STATES = {"active": True, "closed": False}


@bp.get("/accounts")
@requires(Permission.ACCOUNTS_READ)
def accounts() -> Response:
    """Accounts by login."""
    chosen = request.args.get
    text = chosen("q", "").strip()[:100]
    wanted = AccountFilter(text=text, role=chosen("role", ""), active=STATES.get(chosen("state", "")))
    with portal().database.read() as connection:
        page = list_accounts(connection, wanted, after=chosen("after") or None)
        roles = role_rows(connection)
    view = account_list(page, wanted, roles)
    return page_or_fragment("admin/accounts/list.html", "admin/accounts/_list.html", list=view)


@bp.get("/accounts/new")
@requires(Permission.ACCOUNTS_MANAGE)
def new_account() -> Response:
    """The form for a new account, for a person of the directory when the address names one."""
    form = account_form()
    proposed_person(form, number(request.args.get("person")) or None)
    return _new(form)


@bp.post("/accounts")
@requires(Permission.ACCOUNTS_MANAGE)
def create_account() -> Response:
    """Make the account and show its one-time password."""
    form = account_form()
    if not form.validate():
        return _new(form, 422)
    login = form.login.data or ""
    try:
        account, password = portal().account_care.create(login, account_draft(form), by=grantor())
    except InvalidInput as error:
        show_errors(form, error)
        return _new(form, 422)
    except (Conflict, Forbidden) as refused:
        return _new(form, status_of(refused), of_error(refused))
    return _told(_row(account), password)


@bp.get("/accounts/<int:account_id>")
@requires(Permission.ACCOUNTS_READ)
def show_account(account_id: int) -> Response:
    """One account; with a form for who may change it."""
    row = _row(account_id)
    return _show(row, account_form(row) if current_user.may(Permission.ACCOUNTS_MANAGE) else None)


@bp.post("/accounts/<int:account_id>")
@requires(Permission.ACCOUNTS_MANAGE)
def change_account(account_id: int) -> Response:
    """Keep what was changed."""
    row, form = _row(account_id), account_form()
    if not form.validate():
        return _show(row, form, 422)
    version = number(form.version.data)
    try:
        portal().account_care.change(row.id, account_draft(form), version=version, by=grantor())
    except InvalidInput as error:
        show_errors(form, error)
        return _show(row, form, 422)
    except (Conflict, Forbidden) as refused:
        return _show(row, form, status_of(refused), of_error(refused))
    return see_other(account_page(row, (), None).href)


@bp.post("/accounts/<int:account_id>/password")
@requires(Permission.ACCOUNTS_MANAGE)
def reset_password(account_id: int) -> Response:
    """Give a one-time password and show it."""
    row = _row(account_id)
    return _told(row, portal().account_care.reset_password(row.id, by=grantor()))


@bp.post("/accounts/<int:account_id>/sessions/revocation")
@requires(Permission.ACCOUNTS_MANAGE)
def end_sessions(account_id: int) -> Response:
    """End every session of the account."""
    row = _row(account_id)
    portal().account_care.end_sessions(row.id, by=grantor())
    return see_other(account_page(row, (), None).href)


@bp.post("/accounts/<int:account_id>/sessions/<int:session_id>/revocation")
@requires(Permission.ACCOUNTS_MANAGE)
def end_session(account_id: int, session_id: int) -> Response:
    """End one session of the account."""
    row = _row(account_id)
    portal().account_care.end_sessions(row.id, by=grantor(), session=session_id)
    return see_other(account_page(row, (), None).href)


@bp.post("/accounts/<int:account_id>/providers/<int:connector_id>/removal")
@requires(Permission.ACCOUNTS_MANAGE)
def untie_account(account_id: int, connector_id: int) -> Response:
    """Forget who its holder is at a provider of sign-in."""
    row = _row(account_id)
    portal().account_care.untie(row.id, ConnectorId(connector_id), by=grantor())
    return see_other(account_page(row, (), None).href)


def _row(account_id: int) -> AccountRow:
    with portal().database.read() as connection:
        return account_row(connection, account_id)


def _new(form: AccountForm, status: int = 200, conflict: Said | None = None) -> Response:
    page, fragment = "admin/accounts/new.html", "admin/accounts/_new.html"
    view = NewAccount(url_for("admin.accounts"), form, conflict)
    return page_or_fragment(page, fragment, status=status, account=view)


def _show(row: AccountRow, form: AccountForm | None, status: int = 200, conflict: Said | None = None) -> Response:
    sessions = portal().sessions.of(AccountId(row.id))
    with portal().database.read() as connection:
        links = link_lines(links_of(connection, row.id), row.id, may_manage=form is not None)
    view = account_page(row, sessions, form, links=links, sees=seen_names(row), conflict=conflict)
    page, fragment = "admin/accounts/show.html", "admin/accounts/_card.html"
    return page_or_fragment(page, fragment, status=status, account=view)


def _told(row: AccountRow, password: str) -> Response:
    """A page nobody keeps: the password stands in this one answer and nowhere else."""
    view = OneTimePassword(row.login, row.name, password, account_page(row, (), None).href)
    response = page_or_fragment("admin/accounts/password.html", "admin/accounts/_password.html", told=view)
    response.headers["Cache-Control"] = "no-store"
    return response
