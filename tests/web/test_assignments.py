"""Assignments in the console: the list, what one would do, saving, two people at once, removing."""

import re

import pytest
from sqlalchemy import select

from portal.bootstrap import Portal
from portal.db.models import AuditEntry, Device, PolicyAssignment, Unit
from portal.domain.ids import PolicyId
from portal.domain.policy import DeviceUsagePolicy
from portal.services.policies import publish
from tests.support.clock import NOON
from tests.web.visits import Visit
from tests.web.world import SIGNATURE, World


@pytest.fixture
def stricter(portal: Portal) -> PolicyId:
    """A second policy with one template only."""
    draft = DeviceUsagePolicy(PolicyId(0), 0, "Только подпись", (SIGNATURE,))
    with portal.database.begin() as connection:
        return publish(connection, draft, actor="admin", now=NOON).id


def unit_of(portal: Portal, name: str) -> int:
    with portal.database.read() as connection:
        return int(connection.execute(select(Unit.id).where(Unit.name == name)).scalar_one())


def rows(portal: Portal) -> list[tuple[int, int, bool]]:
    own = PolicyAssignment
    with portal.database.read() as connection:
        found = connection.execute(select(own.policy_id, own.priority, own.removed_at).order_by(own.id))
        return [(row.policy_id, row.priority, row.removed_at is not None) for row in found]


def review(portal: Portal) -> None:
    portal.monitor.review_marked()
    portal.monitor.review_due()


def test_the_list_shows_the_strongest_first(admin: Visit) -> None:
    page, _ = admin.both("/admin/assignments")
    assert "Сотрудники офиса" in page
    assert "Назначить политику" in page


def test_an_auditor_reads_and_changes_nothing(auditor: Visit) -> None:
    assert "Назначить политику" not in auditor.page("/admin/assignments").text
    assert auditor.page("/admin/assignments/new").status_code == 403


def test_what_it_would_do_is_shown_before_anything_is_saved(
    admin: Visit, portal: Portal, stricter: PolicyId, world: World
) -> None:
    before = rows(portal)
    unit = unit_of(portal, "Отдел продаж")
    page, _ = admin.both(f"/admin/assignments/new?policy={stricter}&unit={unit}&priority=5")
    assert "Охватывает 2 человека" in page
    assert "Сильнее, чем" in page
    assert "Сотрудники офиса" in page
    assert rows(portal) == before


def test_saving_gives_the_policy_and_marks_devices(
    admin: Visit, portal: Portal, stricter: PolicyId, world: World
) -> None:
    form = {"policy": stricter, "unit": unit_of(portal, "Отдел продаж"), "priority": 5}
    assert admin.post("/admin/assignments", form).status_code == 303
    review(portal)
    with portal.database.read() as connection:
        acting = connection.execute(select(Device.effective_policy_id).where(Device.id == world.due)).scalar_one()
        told = connection.execute(select(AuditEntry.tag, AuditEntry.actor).order_by(AuditEntry.id.desc())).first()
    assert acting == stricter
    assert told is not None
    assert told.tag == "portal:assignment:added"


def test_what_cannot_be_is_said_beside_its_field(admin: Visit, portal: Portal, stricter: PolicyId) -> None:
    form = {"policy": stricter, "unit": 404, "groups": "Нет такой", "priority": 70000}
    answer = admin.post("/admin/assignments", form)
    assert answer.status_code == 422
    assert "Этого подразделения больше нет" in answer.text
    assert "Одной из групп больше нет" in answer.text
    assert 'value="70000"' in answer.text
    assert len(rows(portal)) == 1


def test_the_same_twice_is_refused(admin: Visit, portal: Portal, stricter: PolicyId) -> None:
    form = {"policy": stricter, "unit": 0, "priority": 5}
    assert admin.post("/admin/assignments", form).status_code == 303
    assert "уже назначена сюда" in admin.post("/admin/assignments", form).text


def test_of_two_who_change_it_the_second_learns_who_was_first(admin: Visit, portal: Portal, stricter: PolicyId) -> None:
    page = admin.page("/admin/assignments/1").text
    seen = re.search(r'name="version" value="(\d+)"', page)
    assert seen
    form = {"policy": stricter, "unit": 0, "priority": 7, "version": seen.group(1)}
    assert admin.post("/admin/assignments/1", form).status_code == 303
    second = admin.post("/admin/assignments/1", {**form, "priority": 8})
    assert second.status_code == 409
    assert "Назначение уже изменено" in second.text
    assert rows(portal) == [(stricter, 7, False)]


def test_removing_tells_first_who_is_left_without_a_policy(admin: Visit, portal: Portal, world: World) -> None:
    page, _ = admin.both("/admin/assignments/1/removal")
    assert "без политики" in page
    assert admin.post("/admin/assignments/1/removal", {"version": 1}).status_code == 303
    review(portal)
    assert rows(portal) == [], "nothing names it any more, so its row is gone"
    with portal.database.read() as connection:
        row = connection.execute(select(Device.problem, Device.need).where(Device.id == world.due)).one()
    assert (row.problem, row.need) == ("no_policy", 0)
    assert admin.page("/admin/assignments/1").status_code == 404
