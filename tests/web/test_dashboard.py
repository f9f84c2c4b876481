"""Overview."""

from datetime import timedelta

from flask import Flask
from sqlalchemy import insert

from portal.bootstrap import Portal
from portal.db.models import DeviceReplacement
from portal.db.queries.beginnings import Beginnings
from portal.web.views_beginnings import beginning_lines
from tests.support.clock import FrozenClock
from tests.web.runs import Runner
from tests.web.visits import Visit
from tests.web.world import World


def test_it_counts_what_is_due(admin: Visit, world: World) -> None:
    page, fragment = admin.both("/admin/")
    assert "устройство требует обновления" in page
    assert "/admin/devices?reason=certificate_expiring" in fragment
    assert "Ни одна политика не назначена" in fragment


def test_every_number_is_a_link_that_shows_as_many(admin: Visit, world: World) -> None:
    shown = admin.fragment("/admin/devices?reason=certificate_expiring").text
    assert shown.partition("<tbody")[2].count("<tr>") == 1
    assert "1098447118" in shown


def test_expiry_is_drawn_with_a_table_behind(admin: Visit) -> None:
    page = admin.page("/admin/").text
    assert page.count('class="bar-mark"') == 13
    assert "Показать таблицей" in page


def test_a_replacement_whose_day_has_come_leads_to_the_device(
    admin: Visit, world: World, portal: Portal, clock: FrozenClock
) -> None:
    row = {"old_id": world.due, "new_id": world.fine, "until": clock.now() - timedelta(hours=1)}
    with portal.database.begin() as connection:
        connection.execute(insert(DeviceReplacement).values(**row, ordered_by="operator", ordered_at=clock.now()))
    _page, fragment = admin.both("/admin/")
    assert "Срок замены 1098447118 закончился" in fragment
    assert f'href="/admin/devices/{world.due}"' in fragment


def test_the_first_address_leads_here(admin: Visit) -> None:
    assert admin.page("/").headers["Location"] == "/admin/"


def test_who_opens_a_portal_at_rest_is_told_how_to_begin(admin: Visit, auditor: Visit, world: World) -> None:
    _page, fragment = admin.both("/admin/")
    for said in ("С чего начать", "Первое обновление", "/admin/devices?reason=any"):
        assert said in fragment
    assert "К политикам" not in fragment
    assert "С чего начать" not in auditor.page("/admin/").text


def test_nobody_is_told_how_to_begin_once_a_device_was_updated(admin: Visit, portal: Portal, world: World) -> None:
    run = Runner(portal, world)
    assert "С чего начать" not in admin.page("/admin/").text
    run.enter_pin().completes()
    assert "С чего начать" not in admin.page("/admin/").text


def test_what_is_not_there_yet_is_told_first(app: Flask) -> None:
    with app.test_request_context():
        told = beginning_lines(Beginnings(people=True, policies=False, assignments=False, devices=False))
    assert [line.done for line in told] == [True, False, False, False, False]
    assert {line.href for line in told} == {""}, "nobody is signed in"
