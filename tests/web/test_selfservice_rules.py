"""Self-service keeps to the policy's switches: what it forbids is neither offered nor done."""

import re
from dataclasses import replace

import pytest
from sqlalchemy import delete, select, update

from portal.bootstrap import Portal
from portal.db import snapshots
from portal.db.models import Certificate, Device, Update
from portal.domain.device import DeviceState
from portal.domain.outcomes import WaitingFor
from portal.domain.plan_items import Choices
from portal.domain.policy import SelfServiceRules
from portal.domain.troubles import Trouble, why
from portal.services.policies import publish
from tests.web.runs import PIN, Runner
from tests.web.visits import Visit
from tests.web.world import World

MAIL = "main|mail|encrypt"
NEW = "Kx-48213-w"


def rule(portal: Portal, **switches: bool) -> None:
    """Publish the policy once more with other switches."""
    with portal.database.begin() as connection:
        policy = next(iter(snapshots.assignments(connection))).policy
        changed = replace(policy, self_service=SelfServiceRules(**switches))
        publish(connection, changed, actor="admin", now=portal.clock.now())


def content_hash(portal: Portal, world: World, choices: Choices | None = None) -> str:
    return portal.updates.plan(world.due, choices or Choices()).plan.content_hash


def state(portal: Portal, world: World) -> DeviceState:
    with portal.database.read() as connection:
        found: DeviceState = connection.execute(select(Device.state).where(Device.id == world.due)).scalar_one()
    return found


def test_the_holder_updates_by_himself(employee: Visit, portal: Portal, world: World) -> None:
    page, _fragment = employee.both(f"/my/devices/{world.due}/updates/new")
    shown = re.search(r'name="content_hash" value="([0-9a-f]+)"', page)
    assert shown
    assert shown.group(1) == content_hash(portal, world)
    employee.both(f"/my/devices/{world.due}/updates/pin?content_hash={shown.group(1)}")
    response = employee.post(f"/my/devices/{world.due}/updates", {"content_hash": shown.group(1), "pin": PIN})
    assert response.headers["Location"].startswith("/my/updates/")
    page, _fragment = employee.both(response.headers["Location"])
    assert "Обновление сейчас начнётся" in page
    assert "/admin/" not in page


def test_a_plan_that_is_another_now_is_shown_again(employee: Visit, world: World) -> None:
    response = employee.post(f"/my/devices/{world.due}/updates", {"content_hash": "old", "pin": PIN})
    assert response.headers["Location"] == f"/my/devices/{world.due}/updates/new?changed=1"


def test_without_the_switch_there_is_no_update(employee: Visit, portal: Portal, world: World) -> None:
    shown = content_hash(portal, world)
    rule(portal, update=False)
    page, _fragment = employee.both("/my/")
    assert "updates/new" not in page
    assert "По вашей политике «Сотрудники офиса» токены обновляют администраторы" in page
    assert "Обратитесь к администратору" in page
    for response in (
        employee.page(f"/my/devices/{world.due}/updates/new"),
        employee.post(f"/my/devices/{world.due}/updates", {"content_hash": shown, "pin": PIN}),
    ):
        assert response.status_code == 409
        assert "Сотрудники офиса" in response.text
        assert "обновлять устройство" in response.text


def test_optional_certificates_are_not_offered_and_not_taken(employee: Visit, portal: Portal, world: World) -> None:
    page, _fragment = employee.both(f"/my/devices/{world.due}/updates/new")
    assert 'name="optional"' not in page
    assert "Можно записать или удалить" not in page
    chosen = {"content_hash": content_hash(portal, world), "pin": PIN, "optional": ["", MAIL]}
    response = employee.post(f"/my/devices/{world.due}/updates", chosen)
    assert response.status_code == 409
    assert "выбирать необязательные сертификаты" in response.text
    assert "Сотрудники офиса" in response.text
    assert employee.page(f"/my/devices/{world.due}/updates/new?optional={MAIL}").status_code == 409


def test_with_the_switch_optional_certificates_are_chosen(employee: Visit, portal: Portal, world: World) -> None:
    rule(portal, choose_optional=True)
    page, _fragment = employee.both(f"/my/devices/{world.due}/updates/new?optional=&optional={MAIL}")
    assert f'value="{MAIL}" checked' in page


def test_an_old_key_is_not_his_to_give_up(employee: Visit, portal: Portal, world: World) -> None:
    address = f"/my/devices/{world.due}/updates"
    assert employee.page(f"{address}/new?drop_history=ab").status_code == 403
    data = {"content_hash": content_hash(portal, world), "pin": PIN, "drop_history": ["", "ab"]}
    response = employee.post(address, data)
    assert response.status_code == 403
    assert "старых ключей" in response.text


def test_tracking_is_chosen_only_with_the_switch(employee: Visit, portal: Portal, world: World) -> None:
    page, _fragment = employee.both(f"/my/devices/{world.due}/updates/new")
    assert "Отслеживание" not in page
    foreign = {"shown": "f0" * 32, "tracked": "f0" * 32}
    assert employee.post(f"/my/devices/{world.due}/tracking", foreign).status_code == 409
    rule(portal, choose_tracked=True)
    page, _fragment = employee.both(f"/my/devices/{world.due}/updates/new")
    assert "Отслеживание" in page
    assert employee.post(f"/my/devices/{world.due}/tracking", foreign).status_code == 303
    scripted = employee.post(f"/my/devices/{world.due}/tracking", foreign, htmx=True)
    assert scripted.headers["HX-Redirect"] == f"/my/devices/{world.due}", "the dialog is over: no step follows"


def test_a_run_an_administrator_began_is_continued_by_the_holder(employee: Visit, portal: Portal, world: World) -> None:
    run = Runner(portal, world)
    page, _fragment = employee.both(f"/my/updates/{run.update}")
    assert f'action="/my/updates/{run.update}/pin"' in page
    response = employee.post(f"/my/updates/{run.update}/pin", {"pin": PIN})
    assert response.headers["Location"] == f"/my/updates/{run.update}"
    assert portal.tickets.alive(run.update)


def test_he_stops_it(employee: Visit, portal: Portal, world: World) -> None:
    run = Runner(portal, world).enter_pin()
    assert employee.post(f"/my/updates/{run.update}/cancellation").status_code == 303
    with portal.database.read() as connection:
        assert connection.execute(select(Update.cancel_requested)).scalar_one()


def test_what_cannot_be_undone_is_not_his_to_leave_behind(employee: Visit, portal: Portal, world: World) -> None:
    run = Runner(portal, world).cannot_go_back(WaitingFor.TOKEN, why(Trouble.TOKEN_ABSENT))
    assert "leave_behind" not in employee.page(f"/my/updates/{run.update}").text
    response = employee.post(f"/my/updates/{run.update}/cancellation", {"leave_behind": "yes"})
    assert response.status_code == 409
    with portal.database.read() as connection:
        assert not connection.execute(select(Update.cancel_requested)).scalar_one()


def test_he_switches_the_token_off_and_on(employee: Visit, portal: Portal, world: World) -> None:
    page, _fragment = employee.both(f"/my/devices/{world.due}")
    assert f"/my/devices/{world.due}/suspension" in page
    assert "не сможет никто" in employee.page(f"/my/devices/{world.due}/suspension").text
    response = employee.post(f"/my/devices/{world.due}/suspension", follow=True)
    assert "Токен выключен" in response.text
    assert state(portal, world) is DeviceState.DISABLED
    page, _fragment = employee.both("/my/")
    assert page.count(f'href="/my/devices/{world.due}/suspension"') == 1
    assert "снова станут действительны" in employee.page(f"/my/devices/{world.due}/suspension").text
    employee.post(f"/my/devices/{world.due}/resumption")
    assert state(portal, world) is DeviceState.ISSUED


def test_he_reports_a_lost_token(employee: Visit, portal: Portal, world: World) -> None:
    address = f"/my/devices/{world.due}/revocation"
    assert "Это нельзя отменить" in employee.page(address).text
    assert employee.post(address, {}).status_code == 422
    assert employee.post(address, {"reason": "holder_left"}).status_code == 422
    assert state(portal, world) is DeviceState.ISSUED
    response = employee.post(address, {"reason": "lost", "comment": "в поезде"}, follow=True)
    assert "Токен отозван" in response.text
    assert "сдайте его администратору" in response.text
    assert state(portal, world) is DeviceState.REVOKED


def test_he_changes_the_pin_through_a_run(employee: Visit, portal: Portal, world: World) -> None:
    address = f"/my/devices/{world.due}/pin"
    assert "От 6 до 16 знаков" in employee.page(address).text
    form = {"pin": PIN, "new_pin": NEW, "again": NEW}
    for wrong, message in (
        ({"again": "another-1"}, "не совпадают"),
        ({"new_pin": "123", "again": "123"}, "короче, чем разрешает политика"),
        ({"pin": ""}, "Введите PIN-код"),
    ):
        response = employee.post(address, {**form, **wrong})
        assert response.status_code == 422
        assert message in response.text
        assert NEW not in response.text
    response = employee.post(address, form)
    assert response.headers["Location"].startswith("/my/updates/")
    assert employee.page(response.headers["Location"]).status_code == 200


@pytest.mark.parametrize(
    ("switch", "page", "post", "words"),
    [
        ("suspend", "suspension", "suspension", "выключать и включать устройство"),
        ("suspend", "suspension", "resumption", "выключать и включать устройство"),
        ("revoke", "revocation", "revocation", "отзывать устройство"),
        ("change_pin", "pin", "pin", "менять PIN-код"),
    ],
)
def test_what_the_policy_keeps_from_him_is_not_done(
    employee: Visit, portal: Portal, world: World, switch: str, page: str, post: str, words: str
) -> None:
    rule(portal, **{switch: False})
    assert f"/my/devices/{world.due}/{page}" not in employee.page("/my/").text
    form = {"reason": "lost", "pin": PIN, "new_pin": NEW, "again": NEW}
    for response in (
        employee.page(f"/my/devices/{world.due}/{page}"),
        employee.post(f"/my/devices/{world.due}/{post}", form),
    ):
        assert response.status_code == 409
        assert words in response.text
        assert "Сотрудники офиса" in response.text
    assert state(portal, world) is DeviceState.ISSUED


@pytest.mark.parametrize("page", ["suspension", "resumption", "revocation", "pin"])
def test_a_token_of_somebody_else_is_not_touched(
    other_employee: Visit, portal: Portal, world: World, page: str
) -> None:
    form = {"reason": "lost", "pin": PIN, "new_pin": NEW, "again": NEW}
    assert other_employee.post(f"/my/devices/{world.due}/{page}", form).status_code == 404
    assert state(portal, world) is DeviceState.ISSUED


def test_only_foreign_certificates_are_a_choice_of_his_or_nothing(
    employee: Visit, portal: Portal, world: World
) -> None:
    Runner(portal, world).enter_pin().completes()
    with portal.database.begin() as connection:
        found = next(iter(snapshots.assignments(connection))).policy
        nothing = replace(found, templates=())
        publish(connection, nothing, actor="admin", now=portal.clock.now())
        connection.execute(delete(Certificate).where(Certificate.device_id == world.due))
        values = {"applied_policy_version": found.version + 1}
        connection.execute(update(Device).where(Device.id == world.due).values(**values))
    portal.updates.review(world.due)
    page, _fragment = employee.both("/my/")
    assert "С вашим токеном всё в порядке" in page
    assert "Обновить токен" not in page
    rule(portal, choose_tracked=True)
    page, _fragment = employee.both("/my/")
    assert "На вашем токене есть сторонние сертификаты" in page
    assert f'href="/my/devices/{world.due}/tracking"' in page
