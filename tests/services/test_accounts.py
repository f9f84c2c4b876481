"""Signing in: the right password, growing delays, sessions that end, and never a word too much in the audit."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from portal.db.models import Account, AccountSession, AuditEntry, SignInAttempt
from portal.db.transaction import Database
from portal.domain.audit import AuditTag
from portal.domain.errors import Conflict, InvalidInput, NotFound
from portal.domain.ids import AccountId
from portal.domain.permissions import ROLE_PERMISSIONS, Permission, Role
from portal.services import passwords, throttle
from portal.services.accounts import Accounts, SignInRefused
from portal.services.sessions import Sessions, Visitor
from tests.support.clock import FrozenClock

PASSWORD = "correct horse battery"
DESK = Visitor("10.0.0.7", "Firefox")


@pytest.fixture
def sessions(database: Database, clock: FrozenClock) -> Sessions:
    return Sessions(database, clock, idle=timedelta(minutes=30), life=timedelta(hours=12))


@pytest.fixture
def accounts(database: Database, clock: FrozenClock, sessions: Sessions) -> Accounts:
    return Accounts(database, clock, sessions)


@pytest.fixture
def operator(accounts: Accounts) -> AccountId:
    return accounts.create(login="operator", name="Оператор", role=Role.OPERATOR, password=PASSWORD)


@pytest.fixture
def administrator(accounts: Accounts) -> AccountId:
    return accounts.create(login="admin", name="Администратор", role=Role.ADMINISTRATOR, password=PASSWORD)


def refused(accounts: Accounts, login: str, password: str, visitor: Visitor = DESK) -> SignInRefused:
    with pytest.raises(SignInRefused) as caught:
        accounts.sign_in(login, password, visitor)
    return caught.value


def audit(database: Database) -> list[tuple[str, str, str]]:
    query = select(AuditEntry.tag, AuditEntry.actor, AuditEntry.subject).order_by(AuditEntry.id)
    with database.read() as connection:
        return [(row.tag, row.actor, row.subject) for row in connection.execute(query)]


def test_the_right_password_opens_a_session(accounts: Accounts, sessions: Sessions, operator: AccountId) -> None:
    token = accounts.sign_in(" OPERATOR ", PASSWORD, DESK)
    found = sessions.find(token)
    assert found is not None
    assert (found.account, found.login, found.name, found.role) == (operator, "operator", "Оператор", Role.OPERATOR)
    assert (found.address, found.browser) == ("10.0.0.7", "Firefox")


def test_role_makes_permissions(accounts: Accounts, operator: AccountId) -> None:
    view = accounts.get(operator)
    assert view.permissions == ROLE_PERMISSIONS[Role.OPERATOR]
    assert view.may(Permission.UPDATES_ORDER)
    assert not view.may(Permission.AUDIT_READ)


@pytest.mark.usefixtures("operator")
@pytest.mark.parametrize(("login", "password"), [("operator", "wrong"), ("nobody", PASSWORD), ("", "")])
def test_anything_else_is_refused_in_the_same_words(accounts: Accounts, login: str, password: str) -> None:
    answer = refused(accounts, login, password)
    assert (str(answer), answer.retry_at) == ("wrong", None)


def test_a_switched_off_account_is_refused(accounts: Accounts, database: Database, operator: AccountId) -> None:
    token = accounts.sign_in("operator", PASSWORD, DESK)
    with database.begin() as connection:
        connection.execute(update(Account).where(Account.id == operator).values(active=False))
    refused(accounts, "operator", PASSWORD)
    assert accounts._sessions.find(token) is None


@pytest.mark.usefixtures("costly_passwords", "operator")
def test_the_token_is_stored_only_as_a_hash(accounts: Accounts, database: Database) -> None:
    token = accounts.sign_in("operator", PASSWORD, DESK)
    with database.read() as connection:
        stored = connection.execute(select(AccountSession.token_hash)).scalar_one()
        password_hash = connection.execute(select(Account.password_hash)).scalar_one()
    assert len(token) >= 43, "256 bits"
    assert token not in stored
    assert password_hash.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


@pytest.mark.usefixtures("operator")
def test_what_happened_is_in_the_audit_and_a_mistyped_login_is_not(accounts: Accounts, database: Database) -> None:
    accounts.sign_in("operator", PASSWORD, DESK)
    refused(accounts, "operator", "wrong")
    refused(accounts, PASSWORD, "operator")
    assert audit(database) == [
        (AuditTag.ACCOUNT_SIGNED_IN, "operator", "account:operator"),
        (AuditTag.ACCOUNT_SIGN_IN_FAILED, "operator", "account:operator"),
        (AuditTag.ACCOUNT_SIGN_IN_FAILED, "", "account:"),
    ]


@pytest.mark.usefixtures("operator")
def test_failures_of_an_account_make_the_next_try_wait_longer_and_longer(
    accounts: Accounts, clock: FrozenClock
) -> None:
    delays = []
    for number in range(8):
        visitor = Visitor(f"10.0.1.{number}")
        refused(accounts, "operator", "wrong", visitor)
        waits = refused(accounts, "operator", PASSWORD, visitor).retry_at if number >= 3 else None
        delays.append((waits - clock.now()).total_seconds() if waits else 0)
        clock.set(waits or clock.now())
    assert delays == [0, 0, 0, 2, 4, 8, 16, 32]
    assert accounts.sign_in("operator", PASSWORD, DESK), "the right password works once the wait is over"


@pytest.mark.usefixtures("operator")
def test_many_logins_from_one_address_are_slowed_down_too(accounts: Accounts, clock: FrozenClock) -> None:
    for number in range(11):
        refused(accounts, f"guess{number}", "wrong")
    assert refused(accounts, "operator", PASSWORD).retry_at == clock.now() + timedelta(seconds=2)
    assert accounts.sign_in("operator", PASSWORD, Visitor("10.0.0.8")), "another address is not held up"


@pytest.mark.usefixtures("operator")
def test_a_success_forgives_and_time_forgets(accounts: Accounts, database: Database, clock: FrozenClock) -> None:
    for _ in range(3):
        refused(accounts, "operator", "wrong")
    accounts.sign_in("operator", PASSWORD, DESK)
    for _ in range(3):
        assert refused(accounts, "operator", "wrong").retry_at is None
    later = clock.advance(hours=2)
    with database.begin() as connection:
        throttle.forget_old(connection, later)
        assert connection.execute(select(SignInAttempt.subject)).all() == []


def test_delays_are_bounded() -> None:
    assert throttle.PER_ACCOUNT.delay(1000) == timedelta(minutes=5)
    assert throttle.PER_ADDRESS.delay(1000) == timedelta(minutes=15)


@pytest.mark.usefixtures("costly_passwords")
def test_an_unknown_login_costs_as_much_as_a_known_one(monkeypatch: pytest.MonkeyPatch) -> None:
    verified = []

    class Counting:
        def verify(self, stored: str, password: str) -> bool:
            verified.append(stored.split("$")[3])
            return original.verify(stored, password)

    original = passwords._hasher
    monkeypatch.setattr(passwords, "_hasher", Counting())
    assert not passwords.matches(None, "x")
    assert not passwords.matches(original.hash("y"), "x")
    assert verified == ["m=65536,t=3,p=4"] * 2


@pytest.mark.parametrize(("role", "idle"), [(Role.OPERATOR, 30), (Role.ADMINISTRATOR, 15)])
def test_an_idle_session_ends(
    accounts: Accounts, sessions: Sessions, clock: FrozenClock, role: Role, idle: int
) -> None:
    accounts.create(login="one", name="Один", role=role, password=PASSWORD)
    token = accounts.sign_in("one", PASSWORD, DESK)
    clock.advance(minutes=idle - 1)
    assert sessions.find(token), "and this counts as activity"
    clock.advance(minutes=idle - 1)
    assert sessions.find(token, touch=False), "and this does not"
    clock.advance(minutes=1)
    assert sessions.find(token) is None


@pytest.mark.parametrize(("role", "hours"), [(Role.OPERATOR, 12), (Role.ADMINISTRATOR, 8)])
def test_no_session_outlives_its_life(
    accounts: Accounts, sessions: Sessions, clock: FrozenClock, role: Role, hours: int
) -> None:
    accounts.create(login="one", name="Один", role=role, password=PASSWORD)
    token = accounts.sign_in("one", PASSWORD, DESK)
    for _ in range(hours * 6 - 1):
        clock.advance(minutes=10)
        assert sessions.find(token)
    clock.advance(minutes=10)
    assert sessions.find(token) is None


@pytest.mark.usefixtures("operator")
def test_a_rotated_token_replaces_the_old_one(accounts: Accounts, sessions: Sessions) -> None:
    old = accounts.sign_in("operator", PASSWORD, DESK)
    fresh = sessions.rotate(old)
    assert fresh is not None
    assert sessions.find(old) is None
    assert sessions.find(fresh)
    assert sessions.rotate(old) is None


def test_sessions_are_listed_and_revoked(
    accounts: Accounts, sessions: Sessions, operator: AccountId, database: Database, clock: FrozenClock
) -> None:
    tokens = [accounts.sign_in("operator", PASSWORD, Visitor(f"10.0.0.{number}")) for number in range(3)]
    first, *_ = reversed(sessions.of(operator))
    with database.begin() as connection:
        assert sessions.end(connection, operator, clock.now(), session=first.id) == 1
    assert [bool(sessions.find(token)) for token in tokens] == [False, True, True]
    sessions.sign_out(tokens[1])
    assert [one.address for one in sessions.of(operator)] == ["10.0.0.2"]
    accounts.set_password(operator, "another password")
    assert sessions.of(operator) == ()
    accounts.sign_in("operator", "another password", DESK)


def test_nobody_revokes_the_session_of_somebody_else(
    accounts: Accounts,
    sessions: Sessions,
    operator: AccountId,
    administrator: AccountId,
    database: Database,
    clock: FrozenClock,
) -> None:
    token = accounts.sign_in("operator", PASSWORD, DESK)
    other = sessions.of(operator)[0].id
    with database.begin() as connection:
        assert sessions.end(connection, administrator, clock.now(), session=other) == 0
    assert sessions.find(token)


def test_accounts_are_checked(accounts: Accounts, operator: AccountId) -> None:
    with pytest.raises(Conflict):
        accounts.create(login="Operator", name="Второй", role=Role.OPERATOR, password=PASSWORD)
    with pytest.raises(InvalidInput) as caught:
        accounts.create(login=" ", name="", role=Role.OPERATOR, password="short")
    assert caught.value.fields == {"login": "required", "password": "bad_length"}
    with pytest.raises(NotFound):
        accounts.get(AccountId(operator + 1))
    assert [one.login for one in accounts.all()] == ["operator"]
