"""One box finds people by any word of theirs, by login, e-mail and device; and understands a wrong keyboard."""

import pytest

from portal.db.queries.devices import first_devices
from portal.db.queries.people import search_people
from portal.db.transaction import Database
from portal.services.devices import DeviceDraft, add_devices
from portal.services.people import PersonDraft, add_people, change_attributes
from tests.support.clock import NOON

NAMES = (
    ("Иванов", "Пётр", "Сергеевич"),
    ("Иванова", "Алёна", "Петровна"),
    ("Петров", "Иван", "Иванович"),
    ("Ёлкина", "Мария", "Юрьевна"),
    ("Салтыков-Щедрин", "Михаил", "Евграфович"),
)


def a_person(surname: str, given: str, middle: str, login: str) -> PersonDraft:
    names = {"surname": surname, "given_name": given, "middle_name": middle}
    attributes = {**names, "cn": " ".join(names.values()), "login": login, "email": f"{login}@klyuch.example"}
    return PersonDraft(("Ключ", "Продажи"), attributes)


@pytest.fixture(autouse=True)
def people(database: Database) -> None:
    with database.begin() as connection:
        drafts = [a_person(*name, f"user{number}") for number, name in enumerate(NAMES)]
        numbers = add_people(connection, drafts, NOON)
        add_devices(connection, [DeviceDraft(serial="0974562318", label="Запасной", holder=numbers[3])], NOON)


def found(database: Database, text: str, limit: int = 20) -> list[str]:
    with database.read() as connection:
        return [row.name.split()[0] for row in search_people(connection, text, limit=limit).items]


@pytest.mark.parametrize(
    ("typed", "surnames"),
    [
        ("Иванов", ["Иванов", "Иванова", "Петров"]),
        ("ИВАНОВА", ["Иванова"]),
        ("пет", ["Петров", "Иванов", "Иванова"]),
        ("петр иван", ["Петров", "Иванов", "Иванова"]),
        ("иван петр", ["Иванов", "Иванова", "Петров"]),
        ("сергеевич", ["Иванов"]),
        ("елк", ["Ёлкина"]),
        ("ЁЛК", ["Ёлкина"]),
        ("щедрин", ["Салтыков-Щедрин"]),
        ("салтыков-щ", ["Салтыков-Щедрин"]),
        ("user3", ["Ёлкина"]),
        ("user4@kl", ["Салтыков-Щедрин"]),
        ("0974562", ["Ёлкина"]),
        ("974562318", ["Ёлкина"]),
        ("запас", ["Ёлкина"]),
        ("мария 0974", ["Ёлкина"]),
        ("0974 мария", ["Ёлкина"]),
        ("иван 0974", []),
        ("сидоров", []),
        ("", []),
        ("%", []),
        ("_ванов", []),
    ],
)
def test_people_are_found(database: Database, typed: str, surnames: list[str]) -> None:
    if typed in {"иван петр", "петр иван"}:
        assert set(found(database, typed)) == set(surnames)
    else:
        assert found(database, typed) == surnames


@pytest.mark.parametrize(
    ("typed", "understood", "first"),
    [
        ("tkrbyf", "елкина", "Ёлкина"),
        ("elkina", "елкина", "Ёлкина"),
        ("ыукdf", "", ""),
        ("гыук4", "user4", "Салтыков-Щедрин"),
    ],
)
def test_a_wrong_keyboard_is_understood(database: Database, typed: str, understood: str, first: str) -> None:
    with database.read() as connection:
        page = search_people(connection, typed)
    assert page.understood == understood
    assert [row.name.split()[0] for row in page.items[:1]] == ([first] if first else [])


def test_the_answer_is_limited_and_says_so(database: Database) -> None:
    with database.read() as connection:
        page = search_people(connection, "и", limit=2)
    assert len(page.items) == 2
    assert page.count.more


def test_people_bring_their_devices(database: Database) -> None:
    with database.read() as connection:
        (row,) = search_people(connection, "ёлкина").items
    assert [device.serial for device in row.devices] == ["0974562318"]
    assert row.unit == ("Ключ", "Продажи")


def test_a_new_surname_is_found_and_the_old_one_forgotten(database: Database) -> None:
    with database.begin() as connection:
        (row,) = search_people(connection, "ёлкина").items
        fresh = dict(a_person("Берёзкина", "Мария", "Юрьевна", "user3").attributes)
        change_attributes(connection, row.id, fresh, NOON)
    assert found(database, "берез") == ["Берёзкина"]
    assert found(database, "елкина") == []


def test_devices_are_suggested_by_serial_and_by_holder(database: Database) -> None:
    with database.begin() as connection:
        owner = add_people(connection, [a_person("Соколова", "Вера", "Игоревна", "sokol")], NOON)[0]
        serials = [f"77{number:04}" for number in range(9)]
        add_devices(connection, [DeviceDraft(serial=one, holder=owner) for one in serials], NOON)
    with database.read() as connection:
        by_serial = first_devices(connection, "77", size=6)
        by_holder = first_devices(connection, "сокол", size=6)
        by_both = first_devices(connection, "сокол 770003", size=6)
        wrong_keyboard = first_devices(connection, "cjrjk", size=20)
    assert [row.serial for row in by_serial.items] == serials[:6]
    assert (by_serial.count.number, by_serial.count.more, by_serial.after) == (6, True, None)
    assert len(by_holder.items) == 6
    assert [row.serial for row in by_both.items] == ["770003"]
    assert sorted(row.serial for row in wrong_keyboard.items) == serials
    assert wrong_keyboard.understood == "сокол"
