"""The audit log: read only, filtered in the address."""

import csv
import io
import json
import re

import pytest
from flask import Flask
from sqlalchemy import select, update

from portal.bootstrap import Portal
from portal.db.models import AuditEntry, Device, Person
from portal.domain.audit import AuditTag
from portal.web.words.audit_particulars import audit_particulars
from tests.web.runs import Runner
from tests.web.visits import Visit
from tests.web.world import World


def test_the_log(auditor: Visit, portal: Portal) -> None:
    portal.audit.record(AuditTag.ACCESS_DENIED, actor="operator", subject="account:operator", reason="<b>hostile</b>")
    page, fragment = auditor.both("/admin/audit")
    assert "Отказано в доступе" in fragment
    assert "&lt;b&gt;hostile&lt;/b&gt;" in fragment
    assert "<b>hostile" not in page


def test_it_is_narrowed_in_the_address(auditor: Visit, portal: Portal) -> None:
    for actor in ("operator", "administrator"):
        portal.audit.record(AuditTag.ACCESS_DENIED, actor=actor, subject=f"account:{actor}")
    fragment = auditor.fragment("/admin/audit?actor=operator&tag=web:access:denied").text
    assert fragment.count("<tr data-row>") == 1
    assert "Подходящих записей нет" in auditor.fragment("/admin/audit?subject=nothing").text


def test_a_refused_attempt_is_written_down(auditor: Visit, portal: Portal) -> None:
    auditor.page("/admin/devices/1/updates/new")
    fragment = auditor.fragment("/admin/audit?tag=web:access:denied").text
    assert "Страница GET /admin/devices/1/updates/new" in fragment
    assert "привилегия: обновлять устройства" in fragment


def test_a_cause_is_told_in_words(auditor: Visit, portal: Portal) -> None:
    portal.audit.record(AuditTag.UPDATE_WAITING, actor="worker", subject="update:7", trouble="pin_incorrect", seq=1)
    fragment = auditor.fragment("/admin/audit?subject=update:7").text
    assert "Обновление №\u00a07" in fragment
    assert "причина: PIN-код не подошёл, шаг: 1" in fragment


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"manual": "yes"}, "требует согласования: да"),
        ({"section": "templates"}, "раздел: Шаблоны сертификатов"),
        ({"until": "2026-11-24T04:40:20.977370+00:00"}, "действует до: 24 ноября 2026"),
        ({"granted": "admin:devices:read, admin:people:read"}, "выдано: "),
        ({"granted": "admin:something:newer"}, "выдано: admin:something:newer"),
        ({"comment": "yes"}, "комментарий: yes"),
        ({"reason": "lost"}, "причина: Утеряно"),
        ({"reason": "agent_code_expired"}, "причина: Срок действия одноразового кода истёк"),
        ({"role": "employee → operator"}, "роль: Сотрудник → Оператор"),
        ({"order": "hold", "target": "access_manager"}, "поручение: приостановить, система: Indeed Access Manager"),
        ({"columns": "surname, unit, zip", "filter": ""}, "столбцы: фамилия, подразделение, zip"),
    ],
    ids=[
        *("switch", "section", "time", "permissions", "unknown", "words of people"),
        *("reason", "code", "role", "order", "columns"),
    ],
)
def test_what_programs_wrote_is_told_in_words(auditor: Visit, portal: Portal, told: dict[str, str], said: str) -> None:
    portal.audit.record(AuditTag.ROLE_CREATED, actor="admin", subject="role:Support", **told)
    fragment = auditor.fragment("/admin/audit?subject=role:Support").text
    assert said in fragment
    assert "admin:devices:read" not in fragment


def some_lines(portal: Portal) -> None:
    lines = (("Соколова Екатерина", "update:5"), ("Смирнова-Орлова", "update:6"))
    for name, subject in lines:
        portal.audit.record(AuditTag.UPDATE_ORDERED, actor="operator", subject=subject, holder=name)
    portal.audit.record(AuditTag.FOREIGN_TRACKED, actor="operator", subject="device:1", update="6")
    portal.audit_reading.index()


def test_what_the_log_counts_is_told_by_its_name(auditor: Visit, portal: Portal, world: World) -> None:
    run = Runner(portal, world)
    with portal.database.read() as connection:
        own = select(Device.serial, Person.name).join(Person, Person.id == Device.holder_id)
        serial, holder = connection.execute(own.where(Device.id == run.device)).one()
        person = connection.execute(select(Device.holder_id).where(Device.id == run.device)).scalar_one()
    for subject in (f"device:{run.device}", f"person:{person}", "policy:1", "person:999999"):
        portal.audit.record(AuditTag.DEVICE_EDITED, actor="operator", subject=subject)
    portal.audit.record(AuditTag.STEP_DONE, actor="host.example:4711", subject=f"update:{run.update}", step=1)
    fragment = auditor.fragment("/admin/audit").text
    assert f">Устройство {serial}<" in fragment
    assert f">{holder}<" in fragment
    assert ">Политика «" in fragment
    assert "Пользователь №\u00a0999999" in fragment
    assert f"Обновление №\u00a0{run.update} устройства {serial}" in fragment
    assert re.search("шаг: 1. [А-Я«]", fragment)
    assert "портал: обработчик host.example:4711" in fragment


def test_lines_are_found_by_the_names_of_what_they_tell(auditor: Visit, portal: Portal, world: World) -> None:
    run = Runner(portal, world)
    with portal.database.read() as connection:
        own = select(Device.serial, Person.name).join(Person, Person.id == Device.holder_id)
        serial, holder = connection.execute(own.where(Device.id == run.device)).one()
    portal.audit.record(AuditTag.DEVICE_EDITED, actor="operator", subject=f"device:{run.device}")
    portal.audit.record(AuditTag.UPDATE_COMPLETED, actor="worker", subject=f"update:{run.update}")
    portal.audit_reading.index()
    for words in (serial, holder):
        found = auditor.fragment(f"/admin/audit?text={words}").text
        assert "Изменены сведения об устройстве" in found
        assert "Обновление завершено" in found


def rows(text: str) -> int:
    return text.count("<tr data-row>")


@pytest.mark.parametrize(
    ("narrowed", "found"),
    [
        ("text=СОКОЛОВА", 1),
        ("text=соко", 1),
        ("text=орлова", 1),
        ("text=екатерина operator", 1),
        ("text=екатерина смирнова", 0),
        ("text=с", 3),
        ("text='", 3),
        ("correlation=update:6", 2),
        ("subject=update:6", 1),
        ("since=2000-01-01&tag=portal:update:ordered", 2),
        ("until=2000-01-01", 0),
        ("since=tomorrow&tag=portal:update:ordered", 2),
    ],
)
def test_lines_are_found(auditor: Visit, portal: Portal, narrowed: str, found: int) -> None:
    some_lines(portal)
    assert rows(auditor.fragment(f"/admin/audit?{narrowed}").text) == found


def test_all_lines_are_taken_away_as_a_file(auditor: Visit, portal: Portal) -> None:
    portal.audit.record(AuditTag.ACCESS_DENIED, actor="=cmd()", subject="account:x")
    as_json = json.loads(auditor.post("/admin/audit/exports", {"kind": "json", "tag": "web:access:denied"}).text)
    assert [(line["actor"], line["sentence"]) for line in as_json] == [("=cmd()", "Отказано в доступе")]
    answer = auditor.post("/admin/audit/exports", {"kind": "csv", "tag": "web:access:denied"})
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=audit-")
    header, line = csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")), delimiter=";")
    assert line[header.index("actor")] == "'=cmd()"
    taken = auditor.fragment("/admin/audit?tag=web:audit:exported").text
    assert rows(taken) == 2
    assert "фильтр: tag=web:access:denied" in taken
    empty = auditor.post("/admin/audit/exports", {"kind": "json", "actor": "nobody"})
    assert json.loads(empty.text) == []


def test_a_broken_chain_is_told_on_the_page(auditor: Visit, portal: Portal) -> None:
    some_lines(portal)
    assert portal.audit_reading.check().whole
    assert "целы все записи" in auditor.page("/admin/audit").text
    with portal.database.begin() as connection:
        connection.execute(update(AuditEntry).where(AuditEntry.id == 2).values(actor="nobody"))
    for _ in range(2):
        assert not portal.audit_reading.check().whole
    page = auditor.page("/admin/audit").text
    assert "Запись 2: изменена" in page
    assert rows(auditor.fragment("/admin/audit?tag=courier:audit:broken").text) == 1


def test_codes_of_steps_and_kinds_are_told_in_words(app: Flask) -> None:
    with app.test_request_context():
        told = audit_particulars({"happened": "protocol", "scope": "units 1, policies 0", "step": "queue", "seq": 3})
        assert told.isascii() is False
        assert not {"protocol", "units", "queue"} & set(told.replace(",", "").split())
        assert "register" not in audit_particulars({"kind": "register.secret_net"})
        assert audit_particulars({"step": "7"}).endswith(" 7")
