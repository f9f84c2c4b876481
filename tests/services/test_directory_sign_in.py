"""Signing in with the password of a directory outside: right, wrong, away; accounts and roles that come of it."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from portal.db.models import Account, AuditEntry
from portal.db.transaction import Database
from portal.domain.audit import AuditTag
from portal.domain.errors import OutsideUnavailable
from portal.domain.permissions import Role
from portal.domain.sign_in import SignInWay
from portal.ports.connectors import ConnectorValues
from portal.ports.directory import DirectoryTrouble, PasswordVerdict
from portal.services.accounts import Accounts, SignInAway, SignInRefused
from portal.services.device_life import DeviceLife
from portal.services.directory_sign_in import DirectorySignIn
from portal.services.sessions import Sessions, Visitor
from tests.support.directories import Follower, entry
from tests.support.life import Calls
from tests.support.office import Office

DESK = Visitor("10.0.0.7", "Firefox")
RIGHT = "Employee-pass-7"


@dataclass
class Passwords:
    """What the directory says of passwords, and whom it was asked about."""

    away: bool = False
    asked: list[str] = field(default_factory=list)

    def check(self, key: str, password: str) -> PasswordVerdict:
        self.asked.append(key)
        if self.away:
            raise OutsideUnavailable(DirectoryTrouble.AWAY.value)
        known = key.startswith("key-") and password == RIGHT
        return PasswordVerdict.RIGHT if known else PasswordVerdict.WRONG

    def close(self) -> None:
        """Nothing is held."""


@dataclass
class Door:
    """The directory, and the door it guards."""

    follower: Follower
    passwords: Passwords

    def __post_init__(self) -> None:
        here = self.follower
        self.sessions = Sessions(here.database, here.clock, idle=timedelta(minutes=30), life=timedelta(hours=12))
        elsewhere = DirectorySignIn(here.database, here.clock, here.connectors, here.watch, self._opened)
        self.accounts = Accounts(here.database, here.clock, self.sessions, elsewhere)

    def _opened(self, _values: ConnectorValues) -> Passwords:
        return self.passwords

    def role(self, login: str, password: str = RIGHT) -> str:
        """The role somebody has who signs in so."""
        session = self.sessions.find(self.accounts.sign_in(login, password, DESK))
        assert session is not None
        return session.role


@pytest.fixture
def door(office: Office) -> Door:
    here = Follower(office.database, office.clock, DeviceLife(office.database, office.clock, office.bell, Calls()))
    here.retell(sign_in="y", roles="Операторы = operator\nНикто = no-such-role", most_leaving="100")
    here.source.put(*(entry(login) for login in ("anna", "boris", "vera", "gleb", "darya")))
    here.source.group("Операторы", "boris")
    here.sync()
    return Door(here, Passwords())


def refused(door: Door, login: str, password: str) -> None:
    with pytest.raises(SignInRefused) as caught:
        door.accounts.sign_in(login, password, DESK)
    assert caught.value.retry_at is None


def test_whoever_the_directory_knows_gets_an_account_with_the_role_of_his_groups(door: Door) -> None:
    assert door.role("ANNA") == Role.EMPLOYEE
    assert door.role("boris") == Role.OPERATOR
    door.follower.source.group("Операторы", "anna")
    door.follower.sync()
    assert (door.role("anna"), door.role("boris")) == (Role.OPERATOR, Role.EMPLOYEE)
    with door.follower.database.read() as connection:
        tags = connection.execute(select(AuditEntry.tag).order_by(AuditEntry.id)).scalars().all()
    assert (tags.count(AuditTag.ACCOUNT_CREATED), tags.count(AuditTag.ACCOUNT_CHANGED)) == (2, 2)


def test_a_wrong_password_and_an_unknown_login_are_one_refusal(door: Door) -> None:
    refused(door, "anna", "wrong")
    refused(door, "nobody", RIGHT)
    assert door.passwords.asked == ["key-anna", "00000000-0000-0000-0000-000000000000"]
    with door.follower.database.read() as connection:
        assert connection.execute(select(Account.login)).all() == []


def test_a_directory_that_is_away_is_told_apart_and_tells_nobody_apart(door: Door) -> None:
    door.accounts.create(login="admin", name="Админ", role=Role.ADMINISTRATOR, password="correct horse battery")
    door.passwords.away = True
    for login in ("anna", "nobody", "admin"):
        with pytest.raises(SignInAway):
            door.accounts.sign_in(login, "wrong", DESK)
        door.follower.clock.advance(hours=1)
    assert door.role("admin", "correct horse battery") == Role.ADMINISTRATOR


def test_an_account_of_our_own_is_not_opened_by_a_namesake(door: Door) -> None:
    door.accounts.create(login="anna", name="Админ", role=Role.ADMINISTRATOR, password="correct horse battery")
    refused(door, "anna", RIGHT)
    assert door.role("anna", "correct horse battery") == Role.ADMINISTRATOR


def test_tries_are_throttled_as_those_of_our_own(door: Door) -> None:
    def held_back() -> bool:
        with pytest.raises(SignInRefused) as caught:
            door.accounts.sign_in("anna", "wrong", DESK)
        return caught.value.retry_at is not None

    assert any(held_back() for _try in range(10))
    asked = len(door.passwords.asked)
    with pytest.raises(SignInRefused):
        door.accounts.sign_in("anna", RIGHT, DESK)
    assert len(door.passwords.asked) == asked


def test_whoever_is_disabled_over_there_is_out_at_once(door: Door) -> None:
    token = door.accounts.sign_in("anna", RIGHT, DESK)
    door.follower.become("anna", active=False)
    door.follower.sync()
    assert door.sessions.find(token) is None
    refused(door, "anna", RIGHT)


def test_without_the_switch_the_directory_has_no_say(door: Door, database: Database) -> None:
    assert database is door.follower.database
    door.follower.retell(sign_in="")
    refused(door, "anna", RIGHT)
    assert door.passwords.asked == []


def test_the_last_who_can_put_everything_right_keeps_his_role(door: Door) -> None:
    door.follower.retell(roles="Хозяева = administrator")
    door.follower.source.group("Хозяева", "anna", "boris")
    door.follower.sync()
    assert (door.role("anna"), door.role("boris")) == (Role.ADMINISTRATOR, Role.ADMINISTRATOR)
    door.follower.source.group("Хозяева", "vera")
    door.follower.sync()
    assert (door.role("anna"), door.role("boris")) == (Role.EMPLOYEE, Role.ADMINISTRATOR)
    assert door.role("vera") == Role.ADMINISTRATOR
    assert door.role("boris") == Role.EMPLOYEE


def test_a_one_time_password_of_ours_is_no_matter_of_the_directory(door: Door) -> None:
    assert door.role("anna") == Role.EMPLOYEE
    over = door.follower.clock.now() - timedelta(days=1)
    with door.follower.database.begin() as connection:
        connection.execute(update(Account).values(must_change_password=True, password_ends_at=over))
    session = door.sessions.find(door.accounts.sign_in("anna", RIGHT, DESK))
    assert session is not None
    assert (session.way, session.through) == (SignInWay.DIRECTORY, "ad")
    assert not session.must_change_password
