"""A local administrator keeps the directory of his units; and no form, whatever is typed, breaks or half changes it."""

import re

import pytest
from flask import Flask
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from portal.bootstrap import Portal
from portal.db.models import AuditEntry, Device, Person, Unit
from portal.domain.accounts import AccountDraft, Grantor, Scope
from portal.domain.permissions import ROLE_PERMISSIONS, Role
from portal.domain.reach import EVERYTHING
from portal.services.sessions import Visitor
from tests.web.conftest import Filled
from tests.web.visits import Visit
from tests.web.world import PASSWORD, World

SANE = {200, 303, 403, 404, 409, 422}
NUL = "\0"


def unit_of(portal: Portal, name: str) -> int:
    with portal.database.read() as connection:
        return int(connection.execute(select(Unit.id).where(Unit.name == name)).scalar_one())


@pytest.fixture
def local(app: Flask, portal: Portal, filled: Filled) -> Visit:
    """An operator of the sales department alone."""
    everything = ROLE_PERMISSIONS[Role.ADMINISTRATOR]
    by = Grantor(filled.accounts["administrator"], "administrator", everything, EVERYTHING)
    number = portal.accounts.create(login="local", name="local", role=Role.EMPLOYEE, password=PASSWORD)
    scope = Scope(limited=True, units=frozenset({unit_of(portal, "Отдел продаж")}))
    portal.account_care.change(number, AccountDraft("local", Role.OPERATOR, scope), version=1, by=by)
    with portal.database.begin() as connection:
        token = portal.sessions.open(connection, number, Visitor(), portal.clock.now())
    visit = Visit(app.test_client(), portal)
    visit.client.set_cookie(portal.settings.session_cookie, token)
    return visit


def test_a_device_he_adds_is_given_to_somebody_he_sees(local: Visit, world: World, portal: Portal) -> None:
    local.both("/admin/devices/new")
    form = {"serial": "77aa05", "kind": "Рутокен", "label": "запас"}
    alone = local.post("/admin/devices", form)
    assert (alone.status_code, "Укажите владельца" in alone.text, "запас" in alone.text) == (422, True, True)
    assert local.post("/admin/devices", {**form, "holder": "Посторонний"}).status_code == 422
    with portal.database.read() as connection:
        assert connection.execute(select(Device.id).where(Device.serial == "77aa05")).first() is None
    shown = local.post("/admin/devices", {**form, "holder": "i.vorontsov"}, follow=True)
    assert shown.status_code == 200
    assert "Назначено" in shown.text
    assert "Воронцов" in shown.text


def test_a_device_the_policy_forbids_him_is_not_added_at_all(local: Visit, world: World, portal: Portal) -> None:
    with portal.database.begin() as connection:
        connection.execute(update(Person).where(Person.login == "i.vorontsov").values(active=False))
    refused = local.post("/admin/devices", {"serial": "77aa06", "holder": "i.vorontsov"})
    assert (refused.status_code, "77aa06" in refused.text) == (409, True)
    with portal.database.read() as connection:
        assert connection.execute(select(Device.id).where(Device.serial == "77aa06")).first() is None


def test_who_takes_a_device_from_its_holder_is_not_sent_to_a_page_he_may_not_see(local: Visit) -> None:
    shown = local.post("/admin/devices", {"serial": "77aa07", "holder": "i.vorontsov"}, follow=True)
    address = re.search(r"/admin/devices/\d+/unassignment", shown.text)
    assert address
    version = re.search(r'name="version"[^>]*value="(\d+)"', local.page(address.group()).text)
    assert version
    done = local.post(address.group(), {"version": version.group(1)}, follow=True)
    assert done.status_code == 200
    assert "Назначение устройства снято" in done.text


def test_he_sees_and_edits_his_units_only(local: Visit, portal: Portal, world: World) -> None:
    sales, root = unit_of(portal, "Отдел продаж"), unit_of(portal, "Ключ")
    _page, fragment = local.both("/admin/people/units")
    assert "Отдел продаж" in fragment
    assert "Подрядчики" not in fragment
    page, _fragment = local.both(f"/admin/people/{world.belyaeva}/edit")
    assert "Отдел продаж" in page
    assert f'value="{root}"' not in page.split('id="unit"')[1].split("</select>")[0]
    typed = {"surname": "Беляева", "given_name": "Марина", "login": "m.belyaeva", "version": "1"}
    away = local.post(f"/admin/people/{world.belyaeva}", {**typed, "unit": str(root)})
    assert away.status_code == 422
    assert "Такого подразделения нет или оно не ваше" in away.text
    assert local.post(f"/admin/people/{world.belyaeva}", {**typed, "unit": str(sales)}).status_code == 303
    for address in (f"{world.stranger}/edit", f"{world.stranger}/deactivation", f"units/{root}"):
        assert local.page(f"/admin/people/{address}").status_code == 404
    assert local.post("/admin/people", {**typed, "login": "x", "unit": str(root)}).status_code == 422
    assert "Посторонний" not in local.page("/admin/people?q=посторонний").text.split('id="people"')[1]


def test_he_makes_units_inside_his_own(local: Visit, portal: Portal) -> None:
    sales = unit_of(portal, "Отдел продаж")
    made = local.post("/admin/people/units", {"name": "Юг", "parent": str(sales)})
    assert made.status_code == 303
    assert local.post(made.headers["Location"], {"name": "Юг", "parent": "0", "seen": ""}).status_code in {409, 422}
    assert local.post("/admin/people/units", {"name": "Юг", "parent": "0"}).status_code == 422
    assert 'name="parent"' not in local.page(f"/admin/people/units/{sales}").text, "his highest one is not his to move"
    for address in ("/admin/people/import", "/admin/people/export"):
        assert local.page(address).status_code == 403


def test_groups_are_everybodys_but_members_are_his(local: Visit, world: World) -> None:
    for address in ("/admin/people/groups", "/admin/people/groups/1"):
        assert "2 человека" in local.page(address).text
        assert "3 человека" not in local.page(address).text
    page, fragment = local.both("/admin/people/groups/1")
    assert "Беляева" in fragment
    assert "Посторонний" not in page
    assert 'name="seen"' not in page
    assert local.post("/admin/people/groups/1/members", {"person": "p.stranger"}).status_code == 422
    assert local.post(f"/admin/people/groups/1/members/{world.stranger}/removal").status_code == 404
    assert local.post(f"/admin/people/groups/1/members/{world.belyaeva}/removal").status_code == 303


ODD = ("1", "0", "-1", "9" * 30, "m.belyaeva", "\x00", "a@b", "\u200d")
TYPED = st.one_of(st.text(max_size=40), st.sampled_from(ODD))
FIELDS = ("surname", "given_name", "login", "email", "upn", "phone", "title", "manager", "unit", "groups")


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from((*FIELDS, "version", "further_cn", "further_x", "name", "seen")), TYPED))
@example({"name": NUL, "surname": NUL})
def test_whatever_is_typed_is_taken_or_refused(
    admin: Visit, portal: Portal, world: World, typed: dict[str, str]
) -> None:
    before = state(portal)
    for address in (f"{world.belyaeva}", "", "units", "units/1", "groups", "groups/1", "groups/1/members", "import"):
        answer = admin.post(f"/admin/people/{address}".rstrip("/"), dict(typed))
        sane = {400} if any(NUL in text for text in typed.values()) else SANE
        assert answer.status_code in sane, (address, answer.status)
        after = state(portal)
        assert (after == before) or answer.status_code == 303, address
        before = after


def state(portal: Portal) -> tuple[object, ...]:
    with portal.database.read() as connection:
        people = connection.execute(select(Person.__table__).order_by(Person.id)).all()
        lines = connection.execute(select(AuditEntry.id).order_by(AuditEntry.id.desc()).limit(1)).scalar()
    return (people, lines)


@pytest.mark.parametrize("query", ["unit=-1", "unit=" + "9" * 40, "state=x", "after=x", "q=" + "я" * 500])
def test_whatever_the_address_says(admin: Visit, query: str) -> None:
    for address in ("/admin/people", "/admin/people/groups/1", "/admin/people/suggestions", "/admin/people/export"):
        assert admin.page(f"{address}?{query}").status_code in SANE, address


def test_what_no_database_takes_is_no_address(admin: Visit) -> None:
    assert admin.page("/admin/people?q=%00").status_code == 400
