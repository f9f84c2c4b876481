"""Units, groups and people are changed through their pages; each answer is sound as a page and as a fragment."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import select, update

from portal.bootstrap import Portal
from portal.db.models import Account, Certificate, Device, DeviceFinding, Group, Person, Policy, PolicyVersion, Unit
from portal.domain import codec
from portal.domain.findings import UpdateReason
from portal.domain.policy import DeviceUsagePolicy
from tests.web.visits import Visit
from tests.web.world import World

Sign = Callable[[str], Visit]


def unit_of(portal: Portal, name: str) -> int:
    with portal.database.read() as connection:
        return int(connection.execute(select(Unit.id).where(Unit.name == name)).scalar_one())


def person_of(portal: Portal, number: int) -> Person:
    with portal.database.read() as connection:
        return connection.execute(select(Person.__table__).where(Person.id == number)).one()  # type: ignore[return-value]


def fields(page: str) -> dict[str, str]:
    """What a browser would send from the form of a person as it stands."""
    form = page.split('id="person-form"')[1].split("</form>", maxsplit=1)[0]
    inputs = re.findall(r'<input(?=[^>]*name="([^"]+)")(?=[^>]*type="(?:text|hidden)")(?=[^>]*value="([^"]*)")', form)
    unit = re.search(r'<option selected value="(\d+)"', form)
    checked = re.findall(r'name="groups" value="(\d+)" checked', form)
    found = {name: value for name, value in inputs if name != "csrf_token"}
    return found | {"unit": unit.group(1) if unit else ""} | ({"groups": checked[0]} if checked else {})


def test_the_list_is_narrowed(admin: Visit, portal: Portal, world: World) -> None:
    sales = unit_of(portal, "Отдел продаж")
    for address in (f"unit={sales}", f"unit={unit_of(portal, 'Ключ')}", f"unit={sales}&q=беляева", "state=active"):
        _page, fragment = admin.both(f"/admin/people?{address}")
        assert "Беляева" in fragment
    for address in (f"unit={unit_of(portal, 'Подрядчики')}", "state=inactive", "state=inactive&q=бел", "unit=4711"):
        assert "Беляева" not in admin.fragment(f"/admin/people?{address}").text
    admin.post(f"/admin/people/{world.belyaeva}/deactivation")
    for address in ("state=inactive", "state=inactive&q=бел"):
        _page, fragment = admin.both(f"/admin/people?{address}")
        assert "Беляева" in fragment
        assert "отключён" in fragment


def test_a_person_is_added(admin: Visit, portal: Portal, world: World) -> None:
    page, fragment = admin.both(f"/admin/people/new?unit={unit_of(portal, 'Ключ')}")
    assert "Новый пользователь" in page
    assert 'name="further_cn"' in fragment
    typed = {**fields(page), "surname": "Ёлкин", "given_name": "Пётр", "login": "p.yolkin", "manager": "Беляева"}
    response = admin.post("/admin/people", typed)
    assert response.status_code == 303
    shown = admin.page(response.headers["Location"]).text
    assert "<h1>Ёлкин Пётр</h1>" in shown
    assert "Беляева Марина Сергеевна" in shown
    assert "Пользователь добавлен" in shown
    assert "Добавил пользователя" in shown


def test_what_was_typed_stays_with_its_mistakes(admin: Visit, portal: Portal) -> None:
    typed = {"surname": "Ёлкин", "login": "m.BELYAEVA", "email": "никому", "unit": "4711", "manager": "нет такого"}
    response = admin.post("/admin/people", typed)
    assert response.status_code == 422
    assert "Такого пользователя нет" in response.text
    response = admin.post("/admin/people", {**typed, "manager": ""})
    for sentence in ("Уже занято", "Это не адрес вида", "Заполните", "Такого подразделения нет", 'value="Ёлкин"'):
        assert sentence in response.text, sentence
    with portal.database.read() as connection:
        assert len(connection.execute(select(Person.id)).all()) == 3


def test_a_changed_tracked_attribute_makes_the_device_due(admin: Visit, portal: Portal, world: World) -> None:
    page, fragment = admin.both(f"/admin/people/{world.belyaeva}/edit")
    typed = fields(page)
    assert typed["surname"] == "Беляева"
    assert typed["further_cn"] == "", "it is made of the names"
    assert "Пользователи VPN" in fragment
    track(portal)
    response = admin.post(f"/admin/people/{world.belyaeva}", {**typed, "surname": "Орлова"})
    assert response.status_code == 303, response.text
    portal.monitor.review_due()
    with portal.database.read() as connection:
        query = select(DeviceFinding.subject).where(DeviceFinding.device_id == world.due)
        changed = connection.execute(query.where(DeviceFinding.reason == UpdateReason.ATTRIBUTE_CHANGED))
        assert changed.scalars().all() != []
    page = admin.page(f"/admin/people/{world.belyaeva}?device={world.due}").text
    assert "Изменились данные пользователя" in page
    assert "Беляева → Орлова" in page


def track(portal: Portal) -> None:
    """Let the policy watch the surname, with what it was when the certificate was issued."""
    with portal.database.begin() as connection:
        policy = codec.from_json(DeviceUsagePolicy, connection.execute(select(PolicyVersion.body)).scalar_one())
        first, *others = policy.templates
        watched = replace(policy, version=2, templates=(replace(first, tracked_attributes=("surname",)), *others))
        connection.execute(update(PolicyVersion).values(version=2, body=codec.to_json(watched)))
        connection.execute(update(Policy).values(current_version=2))
        own = Certificate.name == "Подпись"
        connection.execute(update(Certificate).where(own).values(attributes=[["surname", "Беляева"]]))


def test_two_at_once_the_second_is_told(admin: Visit, operator: Visit, portal: Portal, world: World) -> None:
    address = f"/admin/people/{world.belyaeva}"
    mine, theirs = fields(admin.page(f"{address}/edit").text), fields(operator.page(f"{address}/edit").text)
    assert operator.post(address, {**theirs, "title": "Директор"}).status_code == 303
    refused = admin.post(address, {**mine, "title": "Уборщик"})
    assert refused.status_code == 409
    assert "Это сделал operator" in refused.text
    assert 'value="Уборщик"' in refused.text
    assert person_of(portal, world.belyaeva).title == "Директор"
    assert (
        admin.post(address, {**mine, "title": "Уборщик", "version": fields(refused.text)["version"]}).status_code == 303
    )
    assert person_of(portal, world.belyaeva).title == "Уборщик"


def test_switching_off_says_what_happens_to_the_devices(admin: Visit, portal: Portal, world: World) -> None:
    address = f"/admin/people/{world.belyaeva}"
    _page, fragment = admin.both(f"{address}/deactivation")
    assert "1098447118" in fragment
    assert admin.post(f"{address}/deactivation").status_code == 303
    portal.monitor.review_due()
    device = admin.page(f"/admin/devices/{world.due}").text
    assert "Владелец отключён в каталоге" in device
    assert "updates/new" not in device
    assert admin.page(f"/admin/devices/{world.due}/updates/new").status_code == 409
    assert "Беляева" in admin.fragment("/admin/devices?reason=problem").text
    page = admin.page(address).text
    assert "отключён" in page
    assert admin.post(f"{address}/activation").status_code == 303
    assert person_of(portal, world.belyaeva).active


def test_nobody_with_devices_is_deleted(admin: Visit, portal: Portal, world: World) -> None:
    refused = admin.post(f"/admin/people/{world.stranger}/deletion")
    assert refused.status_code == 409
    assert "Владельца устройств удалить нельзя" in refused.text
    typed = {"surname": "Ли", "given_name": "Анна", "login": "a.lee", "unit": str(unit_of(portal, "Ключ"))}
    address = admin.post("/admin/people", typed).headers["Location"]
    _page, fragment = admin.both(f"{address}/deletion")
    assert "Удалить пользователя" in fragment
    assert admin.post(f"{address}/deletion").headers["Location"] == "/admin/people"
    assert admin.page(address).status_code == 404


def test_nobody_with_an_account_is_deleted(admin: Visit, portal: Portal, world: World) -> None:
    with portal.database.begin() as connection:
        connection.execute(update(Device).values(holder_id=None))
        connection.execute(update(Account).values(person_id=None))
        connection.execute(update(Account).where(Account.login == "auditor").values(person_id=world.stranger))
    refused = admin.post(f"/admin/people/{world.stranger}/deletion")
    assert refused.status_code == 409
    assert "учётная запись портала" in refused.text
    assert person_of(portal, world.stranger).login == "p.stranger"


def test_units_through_their_pages(admin: Visit, portal: Portal) -> None:
    _page, fragment = admin.both("/admin/people/units")
    assert "Отдел продаж" in fragment
    assert "2 человека" in fragment
    admin.both("/admin/people/units/new")
    root, sales = unit_of(portal, "Ключ"), unit_of(portal, "Отдел продаж")
    made = admin.post("/admin/people/units", {"name": "Закупки", "parent": str(root)})
    _page, fragment = admin.both(made.headers["Location"])
    assert "Удалить подразделение" in fragment
    again = admin.post("/admin/people/units", {"name": "закупки", "parent": str(root)})
    assert again.status_code == 422
    assert "Уже занято" in again.text
    seen = {"name": "Закупки", "parent": str(sales), "seen": "Ключ / Закупки"}
    assert admin.post(made.headers["Location"], seen).status_code == 303
    stale = admin.post(made.headers["Location"], seen)
    assert stale.status_code == 409
    assert "Это сделал administrator" in stale.text
    full = admin.post(f"/admin/people/units/{sales}/deletion")
    assert full.status_code == 409
    assert "подразделений: 1, пользователей: 2" in full.text
    assert admin.post(made.headers["Location"] + "/deletion").headers["Location"] == "/admin/people/units"
    assert admin.page("/admin/people/units/4711").status_code == 404


def test_a_moved_unit_comes_under_other_policies(admin: Visit, portal: Portal, world: World) -> None:
    assert "Ни одна политика не назначена" in admin.page(f"/admin/devices/{world.no_policy}").text
    outside, root = unit_of(portal, "Подрядчики"), unit_of(portal, "Ключ")
    moved = {"name": "Подрядчики", "parent": str(root), "seen": "Подрядчики"}
    assert admin.post(f"/admin/people/units/{outside}", moved).status_code == 303
    portal.monitor.review_marked()
    with portal.database.read() as connection:
        query = select(Device.problem, Device.effective_policy_id, Device.need > 0).where(Device.id == world.no_policy)
        assert connection.execute(query).one() == ("", 1, True)
    assert "Ключ / Подрядчики" in admin.page(f"/admin/people/{world.stranger}").text


def test_groups_through_their_pages(admin: Visit, portal: Portal, world: World) -> None:
    _page, fragment = admin.both("/admin/people/groups")
    assert "Пользователи VPN" in fragment
    made = admin.post("/admin/people/groups", {"name": "Право подписи"}).headers["Location"]
    assert admin.post("/admin/people/groups", {"name": "право подписи"}).status_code == 422
    assert admin.post(f"{made}/members", {"person": "m.belyaeva"}).status_code == 303
    assert "Таких" not in admin.post(f"{made}/members", {"person": "никто такой"}).text
    assert "Заполните" in admin.post(f"{made}/members", {"person": " "}).text
    page, fragment = admin.both(made)
    assert "Беляева" in fragment
    assert "1 человек" in page
    assert admin.post(made, {"name": "Подписанты", "seen": "Право подписи"}).status_code == 303
    assert admin.post(made, {"name": "Ещё", "seen": "Право подписи"}).status_code == 409
    assert admin.post(f"{made}/members/{world.belyaeva}/removal").status_code == 303
    assert "никого нет" in admin.page(made).text
    assert admin.post(f"{made}/deletion").headers["Location"] == "/admin/people/groups"
    with portal.database.read() as connection:
        assert connection.execute(select(Group.name)).scalars().all() == ["Пользователи VPN"]


def test_people_are_suggested_while_a_name_is_typed(admin: Visit) -> None:
    assert '<option value="m.belyaeva">' in admin.fragment("/admin/people/suggestions?manager=бел").text
    assert "<option" not in admin.fragment("/admin/people/suggestions?manager=").text


def test_an_auditor_changes_nobody(auditor: Visit, world: World) -> None:
    for address in ("/admin/people", f"/admin/people/{world.belyaeva}", "/admin/people/units", "/admin/people/groups"):
        page = auditor.page(address).text
        assert "/new" not in page
        assert "/edit" not in page
        assert 'method="post" action="/admin/people' not in page
    assert auditor.post("/admin/people", {"login": "x"}).status_code == 403


@pytest.mark.parametrize("number", ["0", "99999999999999999999"])
def test_numbers_nobody_has(admin: Visit, number: str) -> None:
    for address in (
        f"people/{number}/edit",
        f"people/units/{number}",
        f"people/groups/{number}",
        f"people?unit={number}",
    ):
        assert admin.page(f"/admin/{address}").status_code in {200, 404}, address
