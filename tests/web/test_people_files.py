"""People come from a file and go into one, through the pages."""

import csv
import io
import re
from typing import Any

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from portal.admin.people_files import EXPORTED
from portal.bootstrap import Portal
from portal.db.models import AuditEntry, Person
from portal.domain.people_columns import guess
from portal.domain.people_table import read_table
from portal.services.people_import import LARGEST
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


def people(portal: Portal) -> int:
    with portal.database.read() as connection:
        return int(connection.execute(select(func.count()).select_from(Person)).scalar_one())


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1251"])
def test_a_file_is_looked_at_and_taken_over(admin: Visit, portal: Portal, encoding: str) -> None:
    _page, fragment = admin.both("/admin/people/import")
    assert "Windows-1251" in fragment
    changed = "m.belyaeva;;;Директор;;"
    address = send(admin, text(NEW, changed, "i.vorontsov;Воронцов;;;;", encoding=encoding)).headers["Location"]
    page, fragment = admin.both(address)
    assert "точка с запятой" in page
    for sentence in ("Ёлкин Пётр", "Должность: Старший менеджер → Директор"):
        assert sentence in fragment, sentence
    assert [int(number) for number in re.findall(r"<b>(\d+)</b>", fragment)] == [1, 1, 1, 0]
    assert people(portal) == 3, "looking changes nothing"
    assert admin.post(f"{address}/confirmation", fingerprint(page)).headers["Location"] == "/admin/people"
    assert "Загружено: новых 1, изменено 1" in admin.page("/admin/people").text
    assert "Ёлкин" in admin.fragment("/admin/people?q=ёлкин").text
    assert admin.page(address).status_code == 404, "it is kept no longer"


def test_ten_thousand_rows_of_which_three_are_wrong(admin: Visit, portal: Portal) -> None:
    rows = [f"u{n};Фамилия{n};Имя;Инженер;Ключ;u{n}@example.org" for n in range(10_000)]
    rows[17], rows[5000], rows[9999] = "u17;;Имя;;Ключ;", "u0;Ли;А;;Ключ;", "u9999;Ли;А;;Ключ;нет почты"
    address = send(admin, text(*rows, encoding="cp1251")).headers["Location"]
    page = admin.page(address).text
    faults = page.split('id="faults"')[1].split("</table>")[0]
    lines = re.findall(r"</span>(\d+)</th>", faults)
    assert lines == ["19", "5002", "10001"]
    for sentence in ("Заполните", "дважды", "Это не адрес вида", "нет почты", "Эл. почта"):
        assert sentence in faults, sentence
    refused = admin.post(f"{address}/confirmation", fingerprint(page))
    assert refused.status_code == 409
    assert "Ничего не загружено" in refused.text
    assert people(portal) == 3


def test_what_changed_meanwhile_is_shown_again(admin: Visit, operator: Visit, portal: Portal) -> None:
    address = send(admin, text("m.belyaeva;;;Директор;;")).headers["Location"]
    page = admin.page(address).text
    person = re.findall(r'href="(/admin/people/\d+)">Беляева', admin.page("/admin/people").text)[0]
    operator.post(f"{person}/deactivation")
    with portal.database.begin() as connection:
        connection.execute(Person.__table__.update().values(title="Уборщик"))  # type: ignore[attr-defined]
        attributes = {"login": "m.belyaeva", "surname": "Беляева", "given_name": "Марина", "title": "Уборщик"}
        own = Person.__table__.update().where(Person.login == "m.belyaeva")  # type: ignore[attr-defined]
        connection.execute(own.values(attributes=attributes))
    refused = admin.post(f"{address}/confirmation", fingerprint(page))
    assert refused.status_code == 409
    assert "Каталог изменился" in refused.text
    assert "Уборщик → Директор" in refused.text
    assert admin.post(f"{address}/confirmation", fingerprint(refused.text)).status_code == 303


def test_columns_may_mean_something_else(admin: Visit) -> None:
    address = send(admin, "кто;это;где\np.yolkin;Ёлкин;Ключ\n".encode()).headers["Location"]
    _page, fragment = admin.both(address)
    assert "Ни один столбец не назван логином" in fragment
    admin.post(address, {"column": ["login", "surname", "unit"]})
    assert "не назван логином" not in admin.page(address).text
    assert admin.post(f"{address}/discard").headers["Location"] == "/admin/people/import"
    assert admin.page(address).status_code == 404


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
    with portal.database.begin() as connection:
        from portal.db.models import PeopleImport

        connection.execute(PeopleImport.__table__.update().values(owner="somebody"))  # type: ignore[attr-defined]
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


def test_an_exported_file_imported_again_changes_nothing(admin: Visit, portal: Portal) -> None:
    raw = admin.page("/admin/people/export").data
    table = read_table(raw)
    upload = portal.people_imports.opened(portal.people_imports.keep(raw, "", (), owner="x"), owner="x")
    decision = portal.people_imports.decide(upload)
    assert (decision.unchanged, decision.empty, decision.faults) == (len(table.rows), True, ())


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
