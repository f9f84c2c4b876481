"""Accounts and roles in other hands: who may give what, who is never locked out, and what ends a session."""

from dataclasses import replace
from datetime import timedelta

import pytest
from argon2 import PasswordHasher, Type
from sqlalchemy import insert, select, update

from portal.db.models import Account, AuditEntry, Person, Unit
from portal.db.queries.accounts import AccountFilter, account_row, list_accounts, role_row, role_rows, scope_of
from portal.db.transaction import Database
from portal.domain.accounts import AccountDraft, Grantor, RoleDraft, Scope
from portal.domain.errors import Conflict, Forbidden, InvalidInput, PortalError
from portal.domain.ids import AccountId, PersonId
from portal.domain.permissions import ROLE_PERMISSIONS, Permission, Role
from portal.domain.reach import EVERYTHING, Reach
from portal.services import passwords
from portal.services.account_care import AccountCare
from portal.services.accounts import Accounts, SignInRefused
from portal.services.own_account import OwnAccount
from portal.services.people import PersonDraft, add_people
from portal.services.roles import Roles
from portal.services.sessions import Sessions, Visitor
from tests.support.clock import FrozenClock

#: Nothing here depends on the kind of database but the words of its refusals, which the web tests meet.
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

PASSWORD = "correct horse battery"
ANOTHER = "unbroken violet ladder"
READER = RoleDraft("Читатель", "Только смотрит", frozenset({Permission.DEVICES_READ, Permission.PEOPLE_READ}))
KEEPER = RoleDraft(
    "Хозяин", "", frozenset({Permission.ACCOUNTS_READ, Permission.ACCOUNTS_MANAGE, Permission.ROLES_MANAGE})
)


class House:
    """Everything about accounts on one database, with one administrator."""

    def __init__(self, database: Database, clock: FrozenClock) -> None:
        self.database, self.clock = database, clock
        self.sessions = Sessions(database, clock, idle=timedelta(minutes=30), life=timedelta(hours=12))
        self.accounts = Accounts(database, clock, self.sessions)
        self.care = AccountCare(database, clock, self.sessions)
        self.own = OwnAccount(database, clock, self.sessions)
        self.roles = Roles(database, clock)
        first = self.accounts.create(login="admin", name="Первый", role=Role.ADMINISTRATOR, password=PASSWORD)
        self.admin = Grantor(first, "admin", ROLE_PERMISSIONS[Role.ADMINISTRATOR], EVERYTHING)

    def add(self, login: str, role: str = Role.OPERATOR, **more: object) -> tuple[AccountId, str]:
        return self.care.create(login, replace(AccountDraft(login.title(), role), **more), by=self.admin)  # type: ignore[arg-type]

    def change(self, account: AccountId, by: Grantor | None = None, **changed: object) -> None:
        with self.database.read() as connection:
            row, scope = account_row(connection, account), scope_of(connection, account)
        draft = AccountDraft(row.name, row.role, scope, row.person, row.active)
        self.care.change(account, replace(draft, **changed), version=row.version, by=by or self.admin)  # type: ignore[arg-type]

    def grantor(self, account: AccountId) -> Grantor:
        with self.database.read() as connection:
            row = account_row(connection, account)
        token = self.enter(account)
        found = self.sessions.find(token)
        assert found
        reach = self.sessions.limits_of(account) if row.scoped else EVERYTHING
        return Grantor(account, row.login, found.permissions, reach)

    def enter(self, account: AccountId) -> str:
        with self.database.begin() as connection:
            return self.sessions.open(connection, account, Visitor(), self.clock.now())

    def tags(self) -> list[str]:
        with self.database.read() as connection:
            return list(connection.execute(select(AuditEntry.tag).order_by(AuditEntry.id)).scalars())

    def units(self) -> tuple[int, int]:
        with self.database.begin() as connection:
            top = connection.execute(insert(Unit).values(name="А", path=["А"]).returning(Unit.id)).scalar_one()
            below = insert(Unit).values(parent_id=top, name="Б", path=["А", "Б"]).returning(Unit.id)
            return top, connection.execute(below).scalar_one()

    def person(self, login: str) -> PersonId:
        draft = PersonDraft(("А",), {"login": login, "surname": login.title(), "given_name": "Имя"})
        with self.database.begin() as connection:
            return add_people(connection, [draft], self.clock.now())[0]


@pytest.fixture(autouse=True)
def _cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a password costs is measured elsewhere."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1, type=Type.ID))


@pytest.fixture
def house(database: Database, clock: FrozenClock) -> House:
    return House(database, clock)


def refusal(kind: type[PortalError], error: pytest.ExceptionInfo[PortalError]) -> str:
    assert isinstance(error.value, kind)
    return error.value.code


def test_a_new_account_signs_in_with_its_one_time_password_and_changes_it(house: House) -> None:
    account, password = house.add("petrova")
    token = house.accounts.sign_in("petrova", password, Visitor())
    session = house.sessions.find(token)
    assert session
    assert session.must_change_password
    with pytest.raises(InvalidInput) as wrong:
        house.own.change_password(account, "not it", ANOTHER, token=token, address="")
    assert wrong.value.fields == {"old": "wrong_password"}
    fresh = house.own.change_password(account, password, ANOTHER, token=token, address="")
    assert house.sessions.find(token) is None
    session = house.sessions.find(fresh)
    assert session
    assert not session.must_change_password
    assert house.tags()[-1] == "portal:account:password_changed"
    house.accounts.sign_in("petrova", ANOTHER, Visitor())


def test_a_one_time_password_does_not_work_for_ever(house: House, clock: FrozenClock) -> None:
    account, password = house.add("petrova")
    clock.advance(days=4)
    with pytest.raises(SignInRefused):
        house.accounts.sign_in("petrova", password, Visitor())
    clock.advance(hours=2)
    again = house.care.reset_password(account, by=house.admin)
    house.accounts.sign_in("petrova", again, Visitor())


@pytest.mark.parametrize(
    ("new", "problem"),
    [
        ("short", "bad_length"),
        ("petrova2026!", "contains_login"),
        ("Password2026", "too_common"),
        ("p@ssw0rd2026", "too_common"),
        ("1234567890", "too_common"),
        ("aaaaaaaaaaaa", "too_common"),
        ("qwertyuiop", "too_common"),
        ("Пароль123456", "too_common"),
    ],
)
def test_weak_passwords_are_refused(house: House, new: str, problem: str) -> None:
    account, password = house.add("petrova")
    token = house.accounts.sign_in("petrova", password, Visitor())
    with pytest.raises(InvalidInput) as caught:
        house.own.change_password(account, password, new, token=token, address="")
    assert caught.value.fields == {"new": problem}


def test_the_old_password_cannot_be_guessed(house: House) -> None:
    account, password = house.add("petrova")
    token = house.accounts.sign_in("petrova", password, Visitor())
    answers = []
    for _try in range(6):
        with pytest.raises(InvalidInput) as caught:
            house.own.change_password(account, "wrong one here", ANOTHER, token=token, address="10.0.0.1")
        answers.append(caught.value.fields["old"])
    assert answers[:4] == ["wrong_password"] * 4
    assert answers[-1] == "too_many_tries"


def test_a_changed_password_ends_the_other_sessions(house: House) -> None:
    account, password = house.add("petrova")
    here, there = (house.accounts.sign_in("petrova", password, Visitor()) for _ in range(2))
    here = house.own.change_password(account, password, ANOTHER, token=here, address="")
    assert (bool(house.sessions.find(here)), house.sessions.find(there)) == (True, None)


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


def test_passwords_stay_out_of_the_log(house: House) -> None:
    _, password = house.add("petrova")
    with house.database.read() as connection:
        lines = connection.execute(select(AuditEntry.particulars)).scalars().all()
        stored = connection.execute(select(Account.password_hash)).scalars().all()
    assert password not in str(lines)
    assert all(one.startswith("$argon2id$") for one in stored)


def test_a_hash_of_earlier_days_is_made_anew_at_the_next_sign_in(house: House) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=16, parallelism=1, type=Type.ID).hash(PASSWORD)
    with house.database.begin() as connection:
        connection.execute(update(Account).values(password_hash=weak))
    house.accounts.sign_in("admin", PASSWORD, Visitor())
    with house.database.read() as connection:
        stored = connection.execute(select(Account.password_hash)).scalar_one()
    assert stored != weak
    assert not passwords.outdated(stored)
    house.accounts.sign_in("admin", PASSWORD, Visitor())


def test_whoever_manages_accounts_is_signed_out_sooner(house: House, clock: FrozenClock) -> None:
    keeper, _ = house.add("keeper", house.roles.create(KEEPER, by=house.admin))
    operator, _ = house.add("operator")
    tokens = house.enter(keeper), house.enter(operator)
    clock.advance(minutes=20)
    assert [bool(house.sessions.find(token)) for token in tokens] == [False, True]
