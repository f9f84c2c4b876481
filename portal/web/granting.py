"""What the forms of accounts and roles need from the request: who gives, and what he may choose from."""

from flask_login import current_user

from portal.db.queries.accounts import AccountRow, role_rows, scope_of, scope_options
from portal.domain.accounts import AccountDraft, Grantor
from portal.domain.permissions import Permission, Role
from portal.web.access import reach
from portal.web.current import portal
from portal.web.editing import meant
from portal.web.forms_accounts import AccountForm
from portal.web.loading import person_of


def grantor() -> Grantor:
    """Who sends this request, as the services that give rights know him."""
    return Grantor(current_user.id, current_user.login, current_user.session.permissions, reach())


def account_form(row: AccountRow | None = None) -> AccountForm:
    """The form as it was sent; before that, with what is stored."""
    form = AccountForm()
    with portal().database.read() as connection:
        given = [
            role for role in role_rows(connection) if _may_give(role.permissions) or (row and role.key == row.role)
        ]
        form.offer(given, *scope_options(connection))
        if row is not None and not form.is_submitted():
            form.fill(row, scope_of(connection, row.id))
    return form


def seen_names(row: AccountRow) -> tuple[str, ...]:
    """The units and policies an account is limited to, by name."""
    if not row.scoped:
        return ()
    with portal().database.read() as connection:
        scope, (units, policies) = scope_of(connection, row.id), scope_options(connection)
    chosen = [one.name for one in units if one.id in scope.units]
    return (*chosen, *(one.name for one in policies if one.id in scope.policies))


def account_draft(form: AccountForm) -> AccountDraft:
    """What the form asks for; raises InvalidInput when it is not clear who the person is."""
    name, role = form.name.data or "", form.role.data or ""
    return AccountDraft(name, role, form.chosen(), meant(form.person.data or "", "person"), bool(form.active.data))


def proposed_person(form: AccountForm, person_id: int | None) -> None:
    """Begin with what the directory knows of a person; raises NotFound for one out of reach."""
    if person_id is None:
        return
    card = person_of(person_id)
    form.login.data = form.person.data = card.row.login
    form.name.data, form.role.data = card.row.name, Role.EMPLOYEE.value


def _may_give(permissions: frozenset[Permission]) -> bool:
    return all(current_user.may(one) for one in permissions if one.side == "admin")
