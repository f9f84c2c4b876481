"""Passwords in other hands: given once, changed, never guessed, never logged."""

import pytest
from argon2 import PasswordHasher, Type
from sqlalchemy import select, update

from portal.db.models import Account, AuditEntry
from portal.domain.errors import InvalidInput
from portal.services import passwords
from portal.services.accounts import SignInRefused
from portal.services.sessions import Visitor
from tests.services.account_care.house import PASSWORD, House
from tests.support.clock import FrozenClock

#: Nothing here depends on the kind of database but the words of its refusals, which the web tests meet.
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
ANOTHER = "unbroken violet ladder"


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
