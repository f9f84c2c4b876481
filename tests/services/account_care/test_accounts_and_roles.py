"""Accounts and roles as they are kept: one of a kind, changed by one at a time, listed, deleted."""

from dataclasses import replace

import pytest
from sqlalchemy import update

from portal.db.models import Person
from portal.db.queries.accounts import AccountFilter, list_accounts, role_rows
from portal.domain.accounts import AccountDraft, Scope
from portal.domain.errors import Conflict, Forbidden, InvalidInput
from portal.domain.permissions import Permission, Role
from tests.services.account_care.house import READER, House

#: Nothing here depends on the kind of database but the words of its refusals, which the web tests meet.
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def test_what_is_one_of_a_kind(house: House) -> None:
    person = house.person("petrova")
    house.add("petrova", Role.EMPLOYEE, person=person)
    for login, draft, problem in (
        ("Petrova", AccountDraft("X", Role.OPERATOR), {"login": "login_taken"}),
        ("x", AccountDraft("X", Role.EMPLOYEE, person=person), {"person": "person_has_account"}),
        ("x", AccountDraft("X", Role.EMPLOYEE), {"person": "employee_without_person"}),
        ("x", AccountDraft("X", "nothing"), {"role": "no_such_role"}),
        ("x", AccountDraft(" ", Role.OPERATOR, Scope(limited=True)), {"name": "required", "scope": "empty_scope"}),
    ):
        with pytest.raises(InvalidInput) as caught:
            house.care.create(login, draft, by=house.admin)
        assert caught.value.fields == problem
    house.roles.create(READER, by=house.admin)
    with pytest.raises(Conflict, match="role_name_taken"):
        house.roles.create(READER, by=house.admin)


def test_two_people_change_the_same_thing(house: House) -> None:
    account, _ = house.add("petrova")
    key = house.roles.create(READER, by=house.admin)
    house.care.change(account, AccountDraft("Новое имя", Role.OPERATOR), version=1, by=house.admin)
    with pytest.raises(Conflict, match="account_changed"):
        house.care.change(account, AccountDraft("Другое", Role.OPERATOR), version=1, by=house.admin)
    house.roles.change(key, replace(READER, description="x"), version=1, by=house.admin)
    with pytest.raises(Conflict, match="role_changed"):
        house.roles.change(key, READER, version=1, by=house.admin)


def test_a_role_is_deleted_when_nobody_holds_it(house: House) -> None:
    key = house.roles.create(READER, by=house.admin)
    account, _ = house.add("reader", key)
    with pytest.raises(Conflict) as caught:
        house.roles.delete(key, by=house.admin)
    assert (caught.value.code, caught.value.data["holders"]) == ("role_in_use", "reader")
    house.change(account, role=Role.AUDITOR.value)
    house.roles.delete(key, by=house.admin)
    with house.database.read() as connection:
        assert [role.key for role in role_rows(connection)] == [role.value for role in Role]
    with pytest.raises(Forbidden, match="role_built_in"):
        house.roles.delete(Role.AUDITOR, by=house.admin)


def test_an_account_of_a_person_who_left_has_no_self_service(house: House) -> None:
    person = house.person("petrova")
    token = house.enter(house.add("petrova", Role.EMPLOYEE, person=person)[0])
    found = house.sessions.find(token)
    assert found
    assert Permission.SELF_DEVICES_READ in found.permissions
    with house.database.begin() as connection:
        connection.execute(update(Person).values(active=False))
    assert house.sessions.find(token) is None


def test_accounts_are_listed_by_login_and_found_by_name(house: House) -> None:
    for login in ("анна", "борис", "вера"):
        house.add(login)
    with house.database.read() as connection:
        first = list_accounts(connection, AccountFilter(), size=2)
        second = list_accounts(connection, AccountFilter(), size=2, after=first.after)
        found = list_accounts(connection, AccountFilter(text="бор"))
        auditors = list_accounts(connection, AccountFilter(role=Role.AUDITOR, active=True))
    assert [row.login for row in (*first.items, *second.items)] == ["admin", "анна", "борис", "вера"]
    assert [row.name for row in found.items] == ["Борис"]
    assert auditors.items == ()
