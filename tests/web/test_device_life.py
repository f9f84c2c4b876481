"""What an operator does with a device in the console: menus, dialogs, their way back."""

import re

import pytest
from sqlalchemy import select, update

from portal.db.models import Device, DeviceOperation, Update
from portal.domain.device import DeviceState
from portal.domain.device_life import Operation
from portal.domain.run_kind import RunKind
from tests.web.visits import Visit, checked
from tests.web.world import World

DIALOGS = (
    "cleaning",
    "replacement",
    "assignment",
    "unassignment",
    "suspension",
    "activation",
    "revocation",
    "withdrawal",
    "pin",
    "pin-reset",
    "editing",
)


def state(visit: Visit, device: int) -> DeviceState:
    with visit.portal.database.read() as connection:
        found: DeviceState = connection.execute(select(Device.state).where(Device.id == device)).scalar_one()
        return found


def operations(visit: Visit) -> list[Operation]:
    with visit.portal.database.read() as connection:
        return list(connection.execute(select(DeviceOperation.kind).order_by(DeviceOperation.id)).scalars())


@pytest.mark.parametrize("noun", DIALOGS)
def test_each_dialog_is_a_page_and_a_fragment(operator: Visit, world: World, noun: str) -> None:
    page, fragment = operator.both(f"/admin/devices/{world.fine}/{noun}")
    checked(page)
    assert "<dialog" in fragment
    assert 'name="version" value="0"' in fragment


def test_the_menu_offers_what_the_table_allows(operator: Visit, world: World) -> None:
    card = operator.fragment(f"/admin/devices/{world.fine}/card").text
    for noun in ("suspension", "revocation", "pin", "editing"):
        assert f'href="/admin/devices/{world.fine}/{noun}"' in card
    assert f"/devices/{world.fine}/activation" not in card
    assert f"/devices/{world.fine}/pin-reset" not in card, "the administrator PIN is not known"
    assert "Портал не знает PIN-код администратора" in card


def test_disabling_says_what_it_does_and_does_it(operator: Visit, world: World) -> None:
    dialog = operator.fragment(f"/admin/devices/{world.fine}/suspension").text
    assert "Подпись" in dialog
    done = operator.post(f"/admin/devices/{world.fine}/suspension", {"version": "0", "comment": "отпуск"}, follow=True)
    assert done.status_code == 200
    assert state(operator, world.fine) is DeviceState.DISABLED
    assert "отпуск" in done.text
    assert operator.page(f"/admin/devices/{world.fine}/activation").status_code == 200


def test_a_dialog_over_a_page_leads_back_to_it(operator: Visit, world: World) -> None:
    there = f"http://localhost/admin/people/{world.belyaeva}?device={world.due}"
    headers = {"HX-Request": "true", "HX-Current-URL": there}
    form = {"csrf_token": operator.token(), "version": "0"}
    answer = operator.client.post(f"/admin/devices/{world.due}/suspension", data=form, headers=headers)
    assert answer.headers["HX-Redirect"] == f"/admin/people/{world.belyaeva}?device={world.due}"


def test_a_revocation_needs_a_reason(operator: Visit, world: World) -> None:
    asked = operator.post(f"/admin/devices/{world.fine}/revocation", {"version": "0"}, htmx=True)
    assert asked.status_code == 422
    assert state(operator, world.fine) is DeviceState.ISSUED
    operator.post(f"/admin/devices/{world.fine}/revocation", {"version": "0", "reason": "lost"})
    assert state(operator, world.fine) is DeviceState.REVOKED


def test_the_second_learns_who_was_first(operator: Visit, admin: Visit, world: World) -> None:
    operator.post(f"/admin/devices/{world.fine}/suspension", {"version": "0"})
    late = admin.post(f"/admin/devices/{world.fine}/revocation", {"version": "0", "reason": "lost"})
    assert late.status_code == 409
    assert "operator" in late.text
    assert state(admin, world.fine) is DeviceState.DISABLED


def test_what_is_not_possible_says_why(operator: Visit, world: World) -> None:
    page = operator.page(f"/admin/devices/{world.fine}/withdrawal").text
    assert "Устройство используется" in page
    refused = operator.post(f"/admin/devices/{world.fine}/withdrawal", {"version": "0"})
    assert refused.status_code == 409


def test_changing_the_pin_becomes_a_run(operator: Visit, world: World) -> None:
    form = {"version": "0", "pin": "1234", "new_pin": "831056", "again": "831056"}
    answer = operator.post(f"/admin/devices/{world.fine}/pin", form)
    assert answer.status_code == 303
    with operator.portal.database.read() as connection:
        run = connection.execute(select(Update.id, Update.kind)).one()
    assert (answer.headers["Location"], run.kind) == (f"/admin/updates/{run.id}", RunKind.CHANGE_PIN)
    page = operator.page(answer.headers["Location"]).text
    assert "831056" not in page
    checked(page)


@pytest.mark.parametrize("new", [{"new_pin": "831056", "again": "831057"}, {"new_pin": "111111", "again": "111111"}])
def test_a_new_pin_that_will_not_do_comes_back_empty(operator: Visit, world: World, new: dict[str, str]) -> None:
    form = {"version": "0", "pin": "7412589", **new}
    answer = operator.post(f"/admin/devices/{world.fine}/pin", form)
    assert answer.status_code == 422
    assert "7412589" not in answer.text
    assert new["new_pin"] not in answer.text


def test_the_administrator_pin_is_kept_and_opens_the_reset(operator: Visit, world: World) -> None:
    form = {"version": "0", "label": "запасной", "tags": "Филиал, VIP", "comment": "", "so_pin": "87654321"}
    assert operator.post(f"/admin/devices/{world.fine}/editing", form).status_code == 303
    card = operator.fragment(f"/admin/devices/{world.fine}/card").text
    assert "запасной" in card
    assert "филиал" in card
    assert "87654321" not in card
    assert f"/devices/{world.fine}/pin-reset" in card
    again = {"version": str(_version(operator)), "new_pin": "831056", "again": "831056"}
    assert operator.post(f"/admin/devices/{world.fine}/pin-reset", again).status_code == 303


def _version(visit: Visit) -> int:
    with visit.portal.database.read() as connection:
        return int(
            connection.execute(select(DeviceOperation.id).order_by(DeviceOperation.id.desc())).scalars().first() or 0
        )


def test_assigning_finds_people_and_takes_one(operator: Visit, world: World) -> None:
    portal = operator.portal
    with portal.database.begin() as connection:
        connection.execute(update(Device).where(Device.id == world.fine).values(state=DeviceState.REVOKED))
    portal.device_life.withdraw(world.fine, actor="operator")
    found = operator.page(f"/admin/devices/{world.fine}/assignment?q=Беляева").text
    assert f'value="{world.belyaeva}"' in found
    shown = operator.post(f"/admin/devices/{world.fine}/assignment", {"q": "Беляева"})
    assert (shown.status_code, f'value="{world.belyaeva}"' in shown.text) == (200, True)
    taken = {"person": str(world.belyaeva), "version": str(_version(operator))}
    operator.post(f"/admin/devices/{world.fine}/assignment", taken)
    assert state(operator, world.fine) is DeviceState.ASSIGNED
    said = operator.fragment(f"/admin/devices/{world.fine}/state").text
    assert "Всё в порядке" not in said, "what it needs under the policy of its holder is told at once"
    card = operator.fragment(f"/admin/devices/{world.fine}/card").text
    assert "Беляева" in card


def test_a_device_is_added_and_found_by_its_tag(operator: Visit) -> None:
    operator.both("/admin/devices/new")
    form = {"serial": "77aa01", "kind": "Рутокен", "model": "Рутокен ЭЦП 3.0", "label": "склад", "tags": "Резерв"}
    shown = operator.post("/admin/devices", form, follow=True)
    assert "77aa01" in shown.text
    assert "Пустое" in shown.text
    page, _fragment = operator.both("/admin/devices?tag=Резерв")
    assert "77aa01" in page
    assert "1098447118" not in page
    again = operator.post("/admin/devices", form)
    assert again.status_code == 409


def test_a_device_without_a_serial_number_is_asked_for_it(operator: Visit) -> None:
    answer = operator.post("/admin/devices", {"serial": " ", "label": "склад"})
    assert answer.status_code == 422
    assert "склад" in answer.text


def test_a_device_of_which_only_the_number_is_known_is_called_by_it(operator: Visit) -> None:
    added = operator.post("/admin/devices", {"serial": "A3-0001"}, follow=True).text
    assert "<h1>A3-0001</h1>" in added
    assert "Модель" not in added


def test_a_replacement_until_a_day_is_not_taken_for_one_for_good(operator: Visit, world: World) -> None:
    form = {"version": "0", "serial": "nothing", "lasting": "until", "until": ""}
    refused = operator.post(f"/admin/devices/{world.fine}/replacement", form)
    assert refused.status_code == 422
    assert "Выберите день" in refused.text
    assert "Not a valid" not in refused.text


def test_a_device_is_replaced_and_both_cards_say_so(operator: Visit, world: World) -> None:
    operator.post("/admin/devices", {"serial": "77aa02", "model": "Рутокен Lite"})
    wrong = operator.post(
        f"/admin/devices/{world.fine}/replacement", {"version": "0", "serial": "nothing", "lasting": "good"}
    )
    assert wrong.status_code == 422
    form = {"version": "0", "serial": "77aa02", "lasting": "until", "until": "2099-01-01"}
    done = operator.post(f"/admin/devices/{world.fine}/replacement", form, follow=True)
    assert "0947201553" in done.text
    old = operator.fragment(f"/admin/devices/{world.fine}/card").text
    assert "77aa02" in old
    assert state(operator, world.fine) is DeviceState.DISABLED
    end = re.search(rf"/admin/devices/{world.fine}/replacements/\d+/end", old)
    assert end
    operator.post(end.group())
    assert state(operator, world.fine) is DeviceState.ISSUED


def test_cleaning_becomes_a_run_bound_to_what_was_shown(operator: Visit, world: World) -> None:
    page = operator.page(f"/admin/devices/{world.fine}/cleaning").text
    shown = re.search(r'name="content_hash"[^>]*value="([0-9a-f]+)"', page)
    assert shown
    form = {"version": "0", "content_hash": "00", "pin": "1234"}
    assert operator.post(f"/admin/devices/{world.fine}/cleaning", form).status_code == 409
    answer = operator.post(f"/admin/devices/{world.fine}/cleaning", form | {"content_hash": shown.group(1)})
    assert answer.status_code == 303
    checked(operator.page(answer.headers["Location"]).text)


def test_giving_up_keys_needs_its_permission(operator: Visit, world: World) -> None:
    form = {"version": "0", "content_hash": "00", "pin": "1234", "give_up_keys": "y"}
    assert operator.post(f"/admin/devices/{world.fine}/cleaning", form).status_code == 403
