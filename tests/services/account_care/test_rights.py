"""Who may give what, and who is never lost."""

from dataclasses import replace

import pytest

from portal.db.queries.accounts import account_row, role_row
from portal.domain.accounts import AccountDraft, RoleDraft, Scope
from portal.domain.errors import Conflict, Forbidden
from portal.domain.permissions import Permission, Role
from portal.domain.reach import Reach
from tests.services.account_care.house import READER, House
from tests.support.clock import FrozenClock

#: Nothing here depends on the kind of database but the words of its refusals, which the web tests meet.
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
KEEPER = RoleDraft(
    "Хозяин", "", frozenset({Permission.ACCOUNTS_READ, Permission.ACCOUNTS_MANAGE, Permission.ROLES_MANAGE})
)


def test_others_sessions_end_at_once_when_rights_change(house: House) -> None:
    account, _ = house.add("petrova")
    for changed in ({"role": Role.AUDITOR.value}, {"active": False}, {"active": True}):
        token = house.enter(account)
        house.change(account, **changed)
        assert house.sessions.find(token) is None, changed
    token = house.enter(account)
    house.change(account, name="Петрова О.")
    assert house.sessions.find(token)
    house.care.end_sessions(account, by=house.admin)
    assert house.sessions.find(token) is None


def test_the_last_administrator_stays(house: House) -> None:
    other, _ = house.add("second", Role.ADMINISTRATOR)
    by_other = house.grantor(other)
    house.change(house.admin.account, by=by_other, active=False)
    unit, _below = house.units()
    for changed in (
        {"active": False},
        {"role": Role.OPERATOR.value},
        {"scope": Scope(limited=True, units=frozenset({unit}))},
    ):
        with pytest.raises(Conflict) as caught:
            house.change(other, by=by_other, **changed)
        assert caught.value.code == "last_administrator", changed
    with house.database.read() as connection:
        row = account_row(connection, other)
    assert (row.active, row.role, row.scoped) == (True, Role.ADMINISTRATOR, False)


def test_nobody_takes_the_keys_from_himself(house: House) -> None:
    house.add("second", Role.ADMINISTRATOR)
    with pytest.raises(Conflict) as caught:
        house.change(house.admin.account, role=Role.AUDITOR.value)
    assert caught.value.code == "own_rights"


def test_a_role_that_holds_the_keys_cannot_lose_them_under_its_last_holder(house: House) -> None:
    key = house.roles.create(KEEPER, by=house.admin)
    keeper, _ = house.add("keeper", key)
    by_keeper = house.grantor(keeper)
    house.care.change(
        house.admin.account,
        AccountDraft("Первый", Role.ADMINISTRATOR, active=False),
        version=1,
        by=house.grantor(house.add("third", Role.ADMINISTRATOR)[0]),
    )
    with pytest.raises(Conflict) as caught:
        house.roles.change(
            key, replace(KEEPER, permissions=frozenset({Permission.ACCOUNTS_MANAGE})), version=1, by=by_keeper
        )
    assert caught.value.code == "own_rights"


def test_nobody_gives_what_he_does_not_have(house: House) -> None:
    key = house.roles.create(KEEPER, by=house.admin)
    keeper, _ = house.add("keeper", key)
    by_keeper = house.grantor(keeper)
    attempts = (
        lambda: house.care.create("x", AccountDraft("X", Role.OPERATOR), by=by_keeper),
        lambda: house.roles.create(READER, by=by_keeper),
        lambda: house.roles.change(key, replace(KEEPER, permissions=READER.permissions), version=1, by=by_keeper),
        lambda: house.change(keeper, by=by_keeper, role=Role.ADMINISTRATOR.value),
        # an account that may more could be made his own by a new password
        lambda: house.care.reset_password(house.admin.account, by=by_keeper),
        lambda: house.care.end_sessions(house.admin.account, by=by_keeper),
    )
    for attempt in attempts:
        with pytest.raises(Forbidden) as caught:
            attempt()
        assert caught.value.code == "not_yours_to_give"
    house.care.create("twin", AccountDraft("Twin", key), by=by_keeper)


def test_nobody_gives_a_wider_sight_than_his_own(house: House) -> None:
    top, below = house.units()
    limited = replace(house.admin, reach=Reach(units=frozenset({below})))
    with pytest.raises(Forbidden) as caught:
        house.care.create("x", AccountDraft("X", Role.OPERATOR), by=limited)
    assert caught.value.code == "wider_than_yours"
    with pytest.raises(Forbidden):
        house.care.create("x", AccountDraft("X", Role.OPERATOR, Scope(True, frozenset({top}))), by=limited)
    house.care.create("x", AccountDraft("X", Role.OPERATOR, Scope(True, frozenset({below}))), by=limited)


def test_a_limited_account_reaches_its_units_and_all_below(house: House) -> None:
    top, below = house.units()
    account, _ = house.add("local", scope=Scope(limited=True, units=frozenset({top})))
    assert house.sessions.limits_of(account) == Reach(units=frozenset({top, below}))
    found = house.sessions.find(house.enter(account))
    assert found
    assert found.scoped
    assert Permission.UPDATES_ORDER in found.permissions


def test_a_changed_role_acts_at_once(house: House) -> None:
    key = house.roles.create(READER, by=house.admin)
    token = house.enter(house.add("reader", key)[0])
    before = house.sessions.find(token)
    house.roles.change(key, replace(READER, permissions=frozenset({Permission.AUDIT_READ})), version=1, by=house.admin)
    after = house.sessions.find(token)
    assert before
    assert after
    assert before.permissions == READER.permissions
    assert after.permissions == frozenset({Permission.AUDIT_READ})
    assert after.role_name == "Читатель"
    with house.database.read() as connection:
        assert role_row(connection, key).accounts == 1


def test_whoever_manages_accounts_is_signed_out_sooner(house: House, clock: FrozenClock) -> None:
    keeper, _ = house.add("keeper", house.roles.create(KEEPER, by=house.admin))
    operator, _ = house.add("operator")
    tokens = house.enter(keeper), house.enter(operator)
    clock.advance(minutes=20)
    assert [bool(house.sessions.find(token)) for token in tokens] == [False, True]
