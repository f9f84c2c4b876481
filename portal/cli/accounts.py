"""Accounts from the machine itself: the first administrator, and the way back in when nobody can sign in."""

import getpass
from dataclasses import dataclass
from typing import Final

import click

from portal.cli.console import Console
from portal.cli.options import with_console
from portal.domain.accounts import AccountDraft, Grantor
from portal.domain.errors import NotFound
from portal.domain.ids import AccountId
from portal.domain.permissions import ROLE_PERMISSIONS, Role
from portal.domain.reach import EVERYTHING

#: Whoever can run this can open the database: there is nothing he may not give.
_NOBODY: Final = AccountId(0)
#: An employee's account needs a person: it is made on that person's page.
_ROLES: Final = [role.value for role in Role if role is not Role.EMPLOYEE]


@dataclass(frozen=True, slots=True)
class OneTime:
    """A login and the password that is told only now."""

    login: str
    password: str


@click.group()
def accounts() -> None:
    """Make the first account, or give a one-time password."""


@accounts.command()
@click.argument("login")
@click.option("--name", required=True, help="Whose account it is.")
@click.option("--role", type=click.Choice(_ROLES), default=Role.ADMINISTRATOR.value, show_default=True)
@with_console
def add(console: Console, login: str, name: str, role: str) -> None:
    """Make an account; its one-time password is printed once and changed at the first sign-in."""
    _number, password = console.portal.account_care.create(login, AccountDraft(name, role), by=_by())
    _tell(console, OneTime(login, password))


@accounts.command()
@click.argument("login")
@with_console
def reset(console: Console, login: str) -> None:
    """Give a one-time password to an account; all its sessions end."""
    care = console.portal.account_care
    _tell(console, OneTime(login, care.reset_password(_number_of(console, login), by=_by())))


def _by() -> Grantor:
    actor = f"cli:{getpass.getuser()}"[:100]
    return Grantor(_NOBODY, actor, ROLE_PERMISSIONS[Role.ADMINISTRATOR], EVERYTHING)


def _number_of(console: Console, login: str) -> AccountId:
    found = next((one.id for one in console.portal.accounts.all() if one.login == login), None)
    if found is None:
        raise NotFound("account", login=login)
    return found


def _tell(console: Console, told: OneTime) -> None:
    console.show(told, lambda: [f"{told.login}  {told.password}", "one-time, good for three days"])
