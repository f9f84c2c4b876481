"""Self-service: one's own devices, what each needs, and nobody else's."""

import pytest
from sqlalchemy import update

from portal.bootstrap import Portal
from portal.db.models import Device
from tests.web.runs import Runner
from tests.web.visits import Visit
from tests.web.world import PASSWORD, World


def test_an_employee_comes_to_his_devices(stranger: Visit) -> None:
    response = stranger.post("/sign-in", {"login": "belyaeva", "password": PASSWORD}, follow=True)
    assert response.request.path == "/my/"
    assert "Мои устройства" in response.text


def test_who_keeps_the_portal_comes_to_the_console(stranger: Visit) -> None:
    response = stranger.post("/sign-in", {"login": "operator", "password": PASSWORD}, follow=True)
    assert response.request.path == "/admin/"


def test_nobody_is_led_to_the_console_before_it_is_known_who_he_is(stranger: Visit) -> None:
    assert stranger.page("/").headers["Location"] == "/sign-in"


def test_the_first_page_says_what_to_do_and_one_press_begins(employee: Visit, world: World) -> None:
    page, _fragment = employee.both("/my/")
    assert "Обновите токен: «Подпись» истекает через 5 дней" in page
    assert "понадобятся токен и его PIN-код" in page
    assert f'href="/my/devices/{world.due}/updates/new"' in page
    assert world.due_serial in page
    assert "0947201553" not in page
    assert "/admin/" not in page


def test_one_device_has_a_page_with_the_card(employee: Visit, world: World) -> None:
    page, fragment = employee.both(f"/my/devices/{world.due}")
    assert "Сертификаты на устройстве" in fragment
    assert "Обновите токен" in page
    assert "/admin/" not in page


def test_a_row_opens_into_the_card(employee: Visit, world: World) -> None:
    assert "Сертификаты на устройстве" in employee.fragment(f"/my/devices/{world.due}/card").text
    assert employee.page(f"/my/devices/{world.due}/card").headers["Location"] == f"/my/devices/{world.due}"


def test_after_the_dialog_the_device_is_looked_at_again(employee: Visit, world: World) -> None:
    address = f"/my/devices/{world.due}/standing"
    assert "Обновите токен" in employee.fragment(address).text
    assert employee.page(address).headers["Location"] == f"/my/devices/{world.due}"


def test_without_a_policy_the_holder_is_told_whom_to_ask(other_employee: Visit, world: World) -> None:
    page, _fragment = other_employee.both("/my/")
    assert "Обновить токен пока нельзя" in page
    assert "Скажите об этом администратору" in page
    assert "updates/new" not in page
    refused = other_employee.page(f"/my/devices/{world.no_policy}/updates/new")
    assert refused.status_code == 409
    assert "Скажите об этом администратору" in refused.text


def test_an_update_that_waits_for_the_pin_is_continued(employee: Visit, portal: Portal, world: World) -> None:
    run = Runner(portal, world)
    page, _fragment = employee.both("/my/")
    assert "Обновление ждёт вас" in page
    assert f'href="/my/updates/{run.update}"' in page


def test_the_history_is_his_own(employee: Visit, other_employee: Visit, portal: Portal, world: World) -> None:
    run = Runner(portal, world).enter_pin().completes()
    page, _fragment = employee.both("/my/updates")
    assert f"/my/updates/{run.update}" in page
    page, _fragment = other_employee.both("/my/updates")
    assert "Обновлений ещё не было" in page


@pytest.mark.parametrize(
    "part", ["", "/card", "/state", "/standing", "/presence", "/updates/new", "/updates/pin", "/tracking"]
)
def test_a_device_of_somebody_else_does_not_exist(other_employee: Visit, world: World, part: str) -> None:
    for number in (world.due, world.fine, 9_999):
        answers = {other_employee.fragment(f"/my/devices/{one}{part}").text for one in (number, 99_999)}
        assert other_employee.fragment(f"/my/devices/{number}{part}").status_code == 404
        assert len(answers) == 1, "what is not his and what is not there look alike"


@pytest.mark.parametrize("part", ["/updates", "/tracking"])
def test_nothing_is_ordered_for_a_device_of_somebody_else(other_employee: Visit, world: World, part: str) -> None:
    form = {"pin": "12345678", "content_hash": "x"}
    assert other_employee.post(f"/my/devices/{world.due}{part}", form).status_code == 404


@pytest.mark.parametrize("part", ["", "/progress", "/events"])
def test_an_update_of_somebody_else_does_not_exist(
    other_employee: Visit, portal: Portal, world: World, part: str
) -> None:
    run = Runner(portal, world).enter_pin()
    assert other_employee.fragment(f"/my/updates/{run.update}{part}").status_code == 404


def test_the_stream_ends_when_the_device_changes_hands(employee: Visit, portal: Portal, world: World) -> None:
    run = Runner(portal, world).enter_pin()
    response = employee.client.get(f"/my/updates/{run.update}/events", buffered=False)
    events = (chunk.decode() for chunk in response.iter_encoded())
    assert next(events).startswith("retry:")
    assert f"/my/updates/{run.update}" in next(events)
    with portal.database.begin() as connection:
        connection.execute(update(Device).where(Device.id == world.due).values(holder_id=world.stranger))
    portal.feed.announce(run.update, 2)
    assert next(events).startswith("event: over\n")
    assert list(events) == []


@pytest.mark.parametrize("part", ["/pin", "/cancellation", "/tracking"])
def test_an_update_of_somebody_else_is_not_touched(
    other_employee: Visit, portal: Portal, world: World, part: str
) -> None:
    run = Runner(portal, world)
    assert other_employee.post(f"/my/updates/{run.update}{part}", {"pin": "12345678"}).status_code == 404
    assert not portal.tickets.alive(run.update)


@pytest.mark.parametrize(
    "address", ["/admin/", "/admin/devices", "/admin/search?q=x", "/admin/suggest?q=x", "/admin/people"]
)
def test_the_console_is_closed_to_employees(employee: Visit, address: str) -> None:
    assert employee.page(address).status_code == 403


def test_who_holds_no_device_of_his_own_has_no_self_service(operator: Visit, world: World) -> None:
    assert operator.page("/my/").status_code == 403
    assert operator.page(f"/my/devices/{world.due}").status_code == 403
