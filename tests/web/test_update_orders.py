"""The first two steps of the dialog: the plan with its choices, the PIN that starts the update."""

import re

import pytest

from portal.bootstrap import Portal
from portal.domain.ids import DeviceId
from portal.domain.plan_items import Choices
from portal.ports.token import Pin
from tests.web.runs import PIN, Runner
from tests.web.visits import Visit
from tests.web.world import World

MAIL = "main|mail|encrypt"
HASH = re.compile(r'name="content_hash" value="([0-9a-f]+)"')


def content_hash(portal: Portal, device: DeviceId) -> str:
    return portal.updates.plan(device, Choices()).plan.content_hash


def test_the_plan_is_sentences(admin: Visit, world: World) -> None:
    page, fragment = admin.both(f"/admin/devices/{world.due}/updates/new")
    for sentence in (
        "Выпустить «Подпись» взамен истекающего 21 марта 2026",
        "Выпустить «VPN»",
        "Удалить «Старый портал»: шаблона нет в новой политике",
        "добавлен вне системы",
    ):
        assert sentence in fragment
    assert "<dialog" in fragment
    assert "data-modal" in fragment
    assert "<dialog" not in page
    assert "3 изменения" in fragment


def test_a_chosen_option_shows_the_plan_anew(admin: Visit, world: World) -> None:
    _page, fragment = admin.both(f"/admin/devices/{world.due}/updates/new?optional=&optional={MAIL}")
    assert "Выпустить «Шифрование почты»" in fragment
    assert f'value="{MAIL}" checked' in fragment
    assert "4 изменения" in fragment


def test_an_option_nobody_made_is_refused(admin: Visit, world: World) -> None:
    assert admin.page(f"/admin/devices/{world.due}/updates/new?optional=bogus").status_code == 422


def test_a_device_in_line_needs_no_update(admin: Visit, world: World) -> None:
    page, _fragment = admin.both(f"/admin/devices/{world.fine}/updates/new")
    assert "Можно записать или удалить необязательный сертификат" in page
    assert "Дальше" not in page


def test_without_a_policy_there_is_no_plan(admin: Visit, world: World) -> None:
    response = admin.page(f"/admin/devices/{world.no_policy}/updates/new")
    assert response.status_code == 409
    assert "не назначена ни одна политика" in response.text


def test_the_pin_step_carries_what_was_chosen(admin: Visit, portal: Portal, world: World) -> None:
    shown = content_hash(portal, world.due)
    page, _fragment = admin.both(
        f"/admin/devices/{world.due}/updates/pin?content_hash={shown}&optional=&optional={MAIL}"
    )
    assert f'name="optional" value="{MAIL}"' in page
    assert "PIN-код используется один раз и нигде не сохраняется" in page
    assert re.search(r'<input[^>]*autocomplete="off"[^>]*name="pin"', page)
    assert 'type="password"' in page


def test_a_plan_that_is_another_now_is_shown_again(admin: Visit, world: World) -> None:
    response = admin.page(f"/admin/devices/{world.due}/updates/pin?content_hash=old")
    assert response.headers["Location"] == f"/admin/devices/{world.due}/updates/new?changed=1"
    told = admin.page(response.headers["Location"]).text
    assert "Устройство изменилось с тех пор" in told
    assert "Ниже новый план: проверьте его и подтвердите ещё раз." in told


def test_who_comes_back_to_what_is_done_is_not_asked_to_confirm_nothing(admin: Visit, world: World) -> None:
    told = admin.page(f"/admin/devices/{world.fine}/updates/new?changed=1").text
    assert "Делать больше нечего: ниже видно, что на устройстве теперь." in told
    assert "подтвердите ещё раз" not in told


def test_the_order_starts_the_update(admin: Visit, portal: Portal, world: World) -> None:
    data = {"content_hash": content_hash(portal, world.due), "pin": PIN, "optional": ["", MAIL]}
    response = admin.post(f"/admin/devices/{world.due}/updates", data)
    assert response.status_code == 303
    page = admin.page(response.headers["Location"]).text
    assert "Обновление сейчас начнётся" in page
    assert "Создать ключ для «Шифрование почты»" in page
    kept = portal.tickets.take(1, world.due_serial)  # type: ignore[arg-type]
    assert kept is not None
    assert kept.reveal() == PIN


def test_htmx_follows_to_the_fragment_of_the_run(admin: Visit, portal: Portal, world: World) -> None:
    data = {"content_hash": content_hash(portal, world.due), "pin": PIN}
    response = admin.client.post(
        f"/admin/devices/{world.due}/updates",
        data={"csrf_token": admin.token(), **data},
        headers={"HX-Request": "true"},
        follow_redirects=False,
    )
    fragment = admin.fragment(response.headers["Location"]).text
    assert 'id="update-step"' in fragment
    assert 'data-sse-swap="progress"' in fragment


def test_a_stale_hash_leads_back_to_the_plan(admin: Visit, world: World) -> None:
    response = admin.post(
        f"/admin/devices/{world.due}/updates", {"content_hash": "old", "pin": PIN, "optional": ["", MAIL]}
    )
    assert response.headers["Location"].startswith(f"/admin/devices/{world.due}/updates/new?")
    assert "changed=1" in response.headers["Location"]
    assert "mail" in response.headers["Location"]


@pytest.mark.parametrize(("pin", "message"), [("", "Введите PIN-код"), ("9" * 65, "короче или длиннее")])
def test_a_pin_no_token_would_take_is_refused(
    admin: Visit, portal: Portal, world: World, pin: str, message: str
) -> None:
    data = {"content_hash": content_hash(portal, world.due), "pin": pin}
    response = admin.post(f"/admin/devices/{world.due}/updates", data)
    assert response.status_code == 422
    assert message in response.text
    assert "9999" not in response.text


def test_a_refused_pin_is_never_tried_again(admin: Visit, portal: Portal, world: World) -> None:
    portal.tickets.remember_refused(world.due_serial, Pin(PIN))
    data = {"content_hash": content_hash(portal, world.due), "pin": PIN}
    response = admin.post(f"/admin/devices/{world.due}/updates", data, htmx=True)
    assert response.status_code == 422
    assert "уже отклонил" in response.text
    assert PIN not in response.text
    assert 'aria-invalid="true"' in response.text


def test_the_second_administrator_sees_the_same_run(admin: Visit, portal: Portal, world: World) -> None:
    shown = content_hash(portal, world.due)
    run = Runner(portal, world).enter_pin()
    response = admin.post(f"/admin/devices/{world.due}/updates", {"content_hash": shown, "pin": PIN})
    assert response.headers["Location"] == f"/admin/updates/{run.update}"
    page = admin.page(response.headers["Location"]).text
    assert "Устройство уже обновляется" in page
    assert "operator" in page
    again = admin.page(f"/admin/devices/{world.due}/updates/new")
    assert again.headers["Location"] == f"/admin/updates/{run.update}"
