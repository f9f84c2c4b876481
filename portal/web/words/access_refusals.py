"""What is said when an account, a role or a password cannot be as somebody wants it."""

from collections.abc import Callable, Mapping
from typing import Final

from portal.domain.passwords import MIN_LENGTH
from portal.web.translate import gettext as _
from portal.web.translate import lazy_gettext as _l
from portal.web.words.names import permission_name

Data = Mapping[str, str]
Worded = tuple[str, str, str]


def _last_administrator(_data: Data) -> Worded:
    return (
        "problem",
        _("Nobody would be left to manage accounts and roles"),
        _("Nothing was changed. Give these rights to another account that sees everything first, then come back."),
    )


def _own_rights(_data: Data) -> Worded:
    return (
        "problem",
        _("You would take the management of accounts and roles from yourself"),
        _("Nothing was changed. Ask another administrator to do it if it is really wanted."),
    )


def _not_yours_to_give(data: Data) -> Worded:
    name = permission_name(data.get("permission", ""))
    return (
        "problem",
        _("You can give and take only rights you have yourself"),
        _("Nothing was changed. You do not have this one: %(permission)s.", permission=name),
    )


def _wider_than_yours(_data: Data) -> Worded:
    return (
        "problem",
        _("This account sees more than you do"),
        _("Nothing was changed. You can give only what lies within your own units and policies."),
    )


def _account_changed(data: Data) -> Worded:
    return (
        "problem",
        _("Somebody else has changed the account %(login)s meanwhile", login=data.get("login", "")),
        _("Nothing was changed. Reload the page to see how it is now, and repeat what is still needed."),
    )


def _role_changed(data: Data) -> Worded:
    return (
        "problem",
        _("Somebody else has changed the role “%(name)s” meanwhile", name=data.get("name", "")),
        _("Nothing was changed. Reload the page to see how it is now, and repeat what is still needed."),
    )


def _role_in_use(data: Data) -> Worded:
    return (
        "problem",
        _("The role “%(name)s” is in use", name=data.get("name", "")),
        _("Nothing was changed. Give these accounts another role first: %(holders)s.", holders=data["holders"]),
    )


def _role_built_in(_data: Data) -> Worded:
    return (
        "problem",
        _("A role that comes with the product cannot be changed"),
        _("Nothing was changed. Copy it and change the copy."),
    )


def _role_name_taken(data: Data) -> Worded:
    return (
        "problem",
        _("There is a role “%(name)s” already", name=data.get("name", "")),
        _("Nothing was changed. Choose another name."),
    )


def _scope_gone(_data: Data) -> Worded:
    return (
        "problem",
        _("A unit or a policy was deleted meanwhile"),
        _("Nothing was changed. Reload the page and choose again."),
    )


REFUSALS: Final[dict[str, Callable[[Data], Worded]]] = {
    "last_administrator": _last_administrator,
    "own_rights": _own_rights,
    "not_yours_to_give": _not_yours_to_give,
    "wider_than_yours": _wider_than_yours,
    "account_changed": _account_changed,
    "role_changed": _role_changed,
    "role_in_use": _role_in_use,
    "role_built_in": _role_built_in,
    "role_name_taken": _role_name_taken,
    "scope_gone": _scope_gone,
}

FIELDS: Final = {
    "bad_length": _l("The password must be at least %(number)s characters long", number=MIN_LENGTH),
    "contains_login": _l("The password must not contain the login"),
    "too_common": _l("This password is one of the first anybody tries: choose another one"),
    "same_password": _l("The new password is the same as the old one"),
    "wrong_password": _l("This is not your present password"),
    "too_many_tries": _l("Too many tries. Wait a few minutes and try again"),
    "passwords_differ": _l("The two new passwords differ"),
    "login_taken": _l("There is an account with this login already"),
    "person_has_account": _l("This person has an account already"),
    "employee_without_person": _l("An employee's account needs the person whose devices it shows"),
    "no_such_role": _l("There is no such role any more"),
    "empty_scope": _l("Choose at least one unit or policy"),
}
