"""People come from a file and go into one, through the pages."""

import csv
import html
import io
import re
from typing import Any

import pytest
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from portal.admin.people_files import EXPORTED
from portal.bootstrap import Portal
from portal.db.models import AuditEntry, PeopleImport, Person
from portal.domain.import_state import ImportState
from portal.domain.people_columns import guess
from portal.domain.people_table import read_table
from portal.services.people_import import LARGEST
from tests.support.imports import worked
from tests.web.visits import Visit

HEADER = "Логин;Фамилия;Имя;Должность;Подразделение;Эл. почта"
NEW = "p.yolkin;Ёлкин;Пётр;Инженер;Ключ / Отдел продаж;p.yolkin@example.org"


def send(visit: Visit, raw: bytes, name: str = "люди.csv") -> TestResponse:
    data: dict[str, Any] = {"csrf_token": visit.token(), "file": (io.BytesIO(raw), name)}
    return visit.client.post("/admin/people/import", data=data, content_type="multipart/form-data")


def text(*lines: str, encoding: str = "utf-8-sig") -> bytes:
    return "\r\n".join([HEADER, *lines]).encode(encoding)


def fingerprint(page: str) -> dict[str, str]:
    return {"fingerprint": re.findall(r'name="fingerprint" value="(\w+)"', page)[0]}


def tally(page: str) -> list[int]:
    """Added, changed, unchanged, wrong."""
    return [int(number) for number in re.findall(r"<b>(\d+)</b>", page)]


def put(portal: Portal, **values: Any) -> None:
    """Have the file in some state."""
    with portal.database.begin() as connection:
        connection.execute(update(PeopleImport).values(values))


def people(portal: Portal) -> int:
    with portal.database.read() as connection:
        return int(connection.execute(select(func.count()).select_from(Person)).scalar_one())


def checked(visit: Visit, raw: bytes) -> str:
    """Send a file and have it checked; its address."""
    address = send(visit, raw).headers["Location"]
    worked(visit.portal)
    return address


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1251"])
def test_a_file_is_checked_looked_at_and_taken_over(admin: Visit, portal: Portal, encoding: str) -> None:
    _page, fragment = admin.both("/admin/people/import")
    assert "Windows-1251" in fragment
    changed = "m.belyaeva;;;Директор;;"
    address = send(admin, text(NEW, changed, "i.vorontsov;Воронцов;;;;", encoding=encoding)).headers["Location"]
    _page, fragment = admin.both(address)
    assert "Файл проверяется" in fragment
    assert "Ёлкин" not in fragment
    worked(portal)
    page, fragment = admin.both(address)
    assert "точка с запятой" in page
    for sentence in ("Ёлкин Пётр", "Должность: Старший менеджер → Директор"):
        assert sentence in fragment, sentence
    assert tally(fragment) == [1, 1, 1, 0]
    assert people(portal) == 3, "looking changes nothing"
    assert admin.post(f"{address}/confirmation", fingerprint(page)).headers["Location"] == address
    _page, fragment = admin.both(address)
    assert "Пользователи загружаются" in fragment
    assert people(portal) == 3, "it is a worker who does it"
    worked(portal)
    _page, fragment = admin.both(address)
    assert "Файл загружен" in fragment
    assert tally(fragment) == [1, 1, 1, 0]
    assert "Ёлкин" in admin.fragment("/admin/people?q=ёлкин").text
    _page, fragment = admin.both("/admin/people/import")
    assert "люди.csv" in fragment
    assert address in fragment
    assert admin.post(f"{address}/confirmation", fingerprint(page)).status_code == 409, "it is over"


def test_ten_thousand_rows_of_which_three_are_wrong(admin: Visit, portal: Portal) -> None:
    rows = [f"u{n};Фамилия{n};Имя;Инженер;Ключ;u{n}@example.org" for n in range(10_000)]
    rows[17], rows[5000], rows[9999] = "u17;;Имя;;Ключ;", "u0;Ли;А;;Ключ;", "u9999;Ли;А;;Ключ;нет почты"
    address = checked(admin, text(*rows, encoding="cp1251"))
    page = admin.page(address).text
    faults = page.split('id="faults"')[1].split("</table>")[0]
    lines = re.findall(r"Строка\">(\d+)", faults)
    assert lines == ["19", "5002", "10001"]
    for sentence in ("Заполните", "дважды", "Это не адрес вида", "нет почты", "Эл. почта"):
        assert sentence in faults, sentence
    refused = admin.post(f"{address}/confirmation", fingerprint(page))
    assert refused.status_code == 409
    assert "Ничего не загружено" in refused.text
    worked(portal)
    assert people(portal) == 3
    admin.post(f"{address}/confirmation", {**fingerprint(page), "leave_out": "yes"})
    worked(portal)
    page = admin.page(address).text
    assert tally(page) == [9997, 0, 0, 3]
    assert re.findall(r"Строка\">(\d+)", page) == lines, "who was left out is told to the end"
    assert people(portal) == 10_000


def test_what_changed_meanwhile_is_shown_line_by_line(admin: Visit, portal: Portal) -> None:
    address = checked(admin, text(NEW, "m.belyaeva;;;Директор;;"))
    page = admin.page(address).text
    attributes = {"login": "m.belyaeva", "surname": "Беляева", "given_name": "Марина", "title": "Уборщик"}
    with portal.database.begin() as connection:
        own = Person.__table__.update().where(Person.login == "m.belyaeva")  # type: ignore[attr-defined]
        connection.execute(own.values(attributes=attributes, title="Уборщик"))
    admin.post(f"{address}/confirmation", fingerprint(page))
    worked(portal)
    _page, shown = admin.both(address)
    assert "Каталог изменился" in shown
    surprises = shown.split('id="surprises"')[1].split("</table>")[0]
    assert re.findall(r"Строка\">(\d+)", surprises) == ["3"]
    assert "m.belyaeva" in surprises
    assert "тем временем изменил кто-то другой" in surprises
    assert "Уборщик → Директор" in shown
    assert people(portal) == 3
    admin.post(f"{address}/confirmation", fingerprint(shown))
    worked(portal)
    assert people(portal) == 4


def test_an_import_that_broke_says_that_nothing_was_saved(admin: Visit, portal: Portal) -> None:
    address = checked(admin, text(NEW))
    put(portal, state=ImportState.FAILED, fault="import_broke")
    _page, fragment = admin.both(address)
    assert "Ничего не загружено" in fragment
    assert admin.post(address).headers["Location"] == address
    worked(portal)
    assert "Ёлкин" in admin.page(address).text


def test_who_has_the_newest_already_is_told_nothing(admin: Visit, portal: Portal) -> None:
    address = send(admin, text(NEW)).headers["Location"]
    assert admin.page(f"{address}/progress").headers["Location"] == address
    asked = html.unescape(re.findall(r'data-hx-get="([^"]+)"', admin.fragment(address).text)[0])
    assert admin.fragment(asked).status_code == 204
    worked(portal)
    news = admin.fragment(asked)
    assert news.status_code == 200
    assert "data-hx-get" not in news.text, "nothing more will come"


def test_the_page_is_told_of_every_part(admin: Visit, portal: Portal) -> None:
    address = checked(admin, text(*(f"u{n};Ли;А;;Ключ;" for n in range(600))))
    admin.post(f"{address}/confirmation", fingerprint(admin.page(address).text))
    connected = html.unescape(re.findall(r'data-sse-connect="([^"]+)"', admin.page(address).text)[0])
    events = (chunk.decode() for chunk in admin.client.get(connected, buffered=False).iter_encoded())
    assert next(events).startswith("retry:")
    number = portal.people_imports.of_owner("administrator")[0]
    put(portal, state=ImportState.RUNNING, fence=number.fence + 1)
    portal.import_feed.announce(number.id, number.fence + 1, 500)
    assert "500 из 600" in next(events)
    put(portal, state=ImportState.QUEUED)
    worked(portal)
    rest = list(events)
    assert "Файл загружен" in rest[-2]
    assert rest[-1].startswith("event: over\n")


def test_columns_may_mean_something_else(admin: Visit, portal: Portal) -> None:
    address = checked(admin, "кто;это;где\np.yolkin;Ёлкин;Ключ\n".encode())
    _page, fragment = admin.both(address)
    assert "Ни один столбец не назван логином" in fragment
    admin.post(address, {"column": ["login", "surname", "unit"]})
    refused = admin.post(address, {"column": ["login", "surname", "unit"]})
    assert refused.status_code == 409
    assert "тем временем что-то произошло" in refused.text
    worked(portal)
    assert "не назван логином" not in admin.page(address).text
    assert admin.post(f"{address}/discard").headers["Location"] == "/admin/people/import"
    assert admin.page(address).status_code == 404


def test_what_was_confirmed_is_not_forgotten_before_it_is_over(admin: Visit, portal: Portal) -> None:
    address = checked(admin, text(NEW))
    admin.post(f"{address}/confirmation", fingerprint(admin.page(address).text))
    assert admin.post(f"{address}/discard").status_code == 409
    worked(portal)
    assert people(portal) == 4


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "Выберите файл"),
        (b"\x00\x01\x02\xff" * 1000, "Это не текст"),
        ('логин;имя\n"a;b\n'.encode(), "не закрыты кавычки (строка 2)"),
        (b"login\n", "Это не таблица"),
        (b"login;name\n", "В файле никого нет"),
    ],
)
def test_what_is_no_file_of_people_says_why(admin: Visit, raw: bytes, words: str) -> None:
    response = send(admin, raw)
    assert response.status_code == 422
    assert words in response.text


def test_a_file_may_be_large_but_not_endless(admin: Visit) -> None:
    assert send(admin, text(*[NEW] * 8000)).status_code == 303
    assert send(admin, b"x" * (LARGEST + 70_000)).status_code == 413
    data = {"csrf_token": admin.token(), "surname": "x" * 300_000}
    assert admin.client.post("/admin/people", data=data).status_code == 413, "other forms stay small"


def test_somebody_elses_file_is_nobodys(admin: Visit, sign_in: Any, portal: Portal) -> None:
    address = send(admin, text(NEW)).headers["Location"]
    assert sign_in("operator").page(address).status_code == 403
    put(portal, owner="somebody")
    for response in (admin.page(address), admin.post(f"{address}/confirmation"), admin.post(f"{address}/discard")):
        assert response.status_code == 404


def test_people_go_into_a_file_that_no_sheet_calculates(admin: Visit, portal: Portal) -> None:
    with portal.database.begin() as connection:
        attributes = {"login": "p.stranger", "surname": "Посторонний", "given_name": "=1+1", "snils": "112-233"}
        own = Person.__table__.update().where(Person.login == "p.stranger")  # type: ignore[attr-defined]
        connection.execute(own.values(attributes=attributes))
    response = admin.page("/admin/people/export")
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(response.data.decode("utf-8-sig")), delimiter=";"))
    assert len(rows) == 4
    assert guess(rows[0]) == EXPORTED, "what goes out comes in again"
    assert "'=1+1" in rows[3]
    assert "112-233" not in response.text
    assert len(admin.page("/admin/people/export?q=беляева").text.splitlines()) == 2
    assert len(admin.page("/admin/people/export?state=inactive").text.splitlines()) == 1
    with portal.database.read() as connection:
        query = select(AuditEntry.particulars).where(AuditEntry.tag == "portal:people:exported")
        assert len(connection.execute(query).all()) == 3


def test_an_exported_file_imported_again_changes_nothing(admin: Visit) -> None:
    raw = admin.page("/admin/people/export").data
    address = checked(admin, raw)
    assert tally(admin.page(address).text) == [0, 0, len(read_table(raw).rows), 0]
    assert "нет ничего, что изменило бы каталог" in admin.page(address).text


def test_english_columns_come_in_again_too(admin: Visit) -> None:
    admin.post("/preferences/language", {"language": "en"})
    rows = csv.reader(io.StringIO(admin.page("/admin/people/export").data.decode("utf-8-sig")), delimiter=";")
    assert guess(next(rows)) == EXPORTED


def test_only_who_may_sees_the_buttons(admin: Visit, operator: Visit) -> None:
    page = admin.page("/admin/people?q=бел&state=active").text
    assert 'href="/admin/people/import"' in page
    assert "/admin/people/export?q=%D0%B1%D0%B5%D0%BB&amp;state=active" in page
    page = operator.page("/admin/people").text
    assert "/admin/people/import" not in page
    assert "/admin/people/export" not in page
