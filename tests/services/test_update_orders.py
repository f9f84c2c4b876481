"""Ordering: what was shown is what is stored, and of many who order at once one does."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest
from sqlalchemy import delete, select, update

from portal.db.models import AuditEntry, Device, Person, PolicyAssignment, Update, UpdateStep
from portal.domain import codec
from portal.domain.audit import AuditTag
from portal.domain.device import DeviceState
from portal.domain.effective_policy import NoPolicy
from portal.domain.errors import Conflict, NotFound, PolicyForbids
from portal.domain.ids import DeviceId, UpdateId
from portal.domain.plan_items import Choices, UpdatePlan
from portal.domain.plan_steps import steps_of
from portal.domain.policy import SubjectRecipe
from portal.domain.update_state import StepStatus, UpdateStatus
from portal.domain.update_steps import Step
from portal.services import update_orders
from portal.services.reviews import HOLDER_INACTIVE
from tests.support.office import SERIAL, Office, foreign, template

THREADS = 8


def test_an_order_stores_the_whole_plan_before_anything_is_touched(office: Office) -> None:
    shown = office.updates.plan(office.device, Choices())
    number = office.updates.order(office.device, Choices(), shown.plan.content_hash, actor="operator")
    row = office.row(number)
    assert (row.status, row.ordered_by, row.ordered_at) == (UpdateStatus.ORDERED, "operator", office.now)
    assert (row.policy_id, row.policy_version, row.sequence) == (office.policy.id, 1, 1)
    assert codec.from_json(UpdatePlan, row.plan) == shown.plan
    with office.database.read() as connection:
        stored = connection.execute(select(UpdateStep.step).order_by(UpdateStep.seq)).scalars().all()
    expected = steps_of(shown.plan, shown.device, shown.policy.policy, row.uuid)
    assert [codec.from_json(Step, step) for step in stored] == list(expected)
    assert {status for _, status in office.steps(number)} == {StepStatus.PENDING}
    assert office.told() == [(AuditTag.UPDATE_ORDERED.value, "operator")]
    assert not office.ca.ledger
    assert not office.token.keys
    assert office.bells() == 0, "nobody is called before the PIN is there"


def test_of_eight_who_order_at_once_one_does(office: Office) -> None:
    shown = office.updates.plan(office.device, Choices()).plan.content_hash
    together = Barrier(THREADS)

    def order(number: int) -> UpdateId | Conflict:
        together.wait(120)
        try:
            return office.updates.order(office.device, Choices(), shown, actor=f"operator-{number}")
        except Conflict as conflict:
            return conflict

    with ThreadPoolExecutor(THREADS) as pool:
        answers = list(pool.map(order, range(THREADS)))
    lost = [answer for answer in answers if isinstance(answer, Conflict)]
    assert len(lost) == THREADS - 1
    assert {conflict.code for conflict in lost} == {"update_running"}
    assert office.count(Update) == 1
    assert office.count(AuditEntry) == 1, "who lost has done nothing that would have to be told"


def test_who_comes_second_hears_who_was_first(office: Office) -> None:
    number = office.order()
    with pytest.raises(Conflict) as second:
        office.order()
    assert (second.value.code, second.value.data) == ("update_running", {"update": str(number), "by": "operator"})


def test_a_device_is_free_again_once_its_update_is_over(office: Office) -> None:
    number = office.order()
    office.put(number, status=UpdateStatus.CANCELLED)
    assert office.order() != number


def test_a_plan_that_is_no_longer_the_one_shown_is_not_ordered(office: Office) -> None:
    with pytest.raises(Conflict) as changed:
        office.updates.order(office.device, Choices(), "another", actor="operator")
    assert changed.value.code == "contents_changed"
    assert office.count(Update) == 0


def test_what_cannot_be_issued_is_not_ordered(office: Office) -> None:
    nameless = SubjectRecipe((("CN", "{nickname}"),))
    office.publish(replace(template("Подпись", "signature"), recipe=nameless))
    with pytest.raises(Conflict) as problem:
        office.order()
    assert problem.value.code == "plan_problem"
    assert problem.value.data["name"] == "Подпись"
    assert problem.value.data["field"] == "CN"


def test_a_device_in_line_with_its_policy_has_nothing_to_order(office: Office) -> None:
    number = office.order()
    office.enter_pin(number)
    office.work()
    assert office.row(number).status is UpdateStatus.COMPLETED
    with pytest.raises(Conflict) as nothing:
        office.order()
    assert nothing.value.code == "nothing_to_do"


def test_a_device_that_is_not_there_is_not_found(office: Office) -> None:
    with pytest.raises(NotFound):
        office.updates.plan(DeviceId(4711), Choices())


@pytest.mark.parametrize("state", [DeviceState.DISABLED, DeviceState.REVOKED, DeviceState.CLEAN])
def test_a_device_switched_off_is_not_updated(office: Office, state: DeviceState) -> None:
    with office.database.begin() as connection:
        connection.execute(update(Device).values(state=state))
    with pytest.raises(PolicyForbids) as refused:
        office.updates.plan(office.device, Choices())
    assert refused.value.data == {"state": state.value, "serial": SERIAL}


def test_the_device_of_somebody_who_left_is_not_updated(office: Office) -> None:
    with office.database.begin() as connection:
        connection.execute(update(Person).values(active=False))
    with pytest.raises(PolicyForbids) as refused:
        office.updates.plan(office.device, Choices())
    assert (refused.value.code, refused.value.data) == (HOLDER_INACTIVE, {"serial": SERIAL})


def test_a_device_of_nobody_is_assigned_first(office: Office) -> None:
    with office.database.begin() as connection:
        connection.execute(update(Device).values(holder_id=None))
    with pytest.raises(PolicyForbids) as refused:
        office.updates.plan(office.device, Choices())
    assert refused.value.code == "life_not_held"


def test_a_holder_whom_no_policy_reaches_is_told_so(office: Office) -> None:
    with office.database.begin() as connection:
        connection.execute(delete(PolicyAssignment))
    with pytest.raises(NoPolicy):
        office.order()


def test_the_plan_is_made_of_what_is_on_the_token_now(office: Office) -> None:
    before = office.updates.plan(office.device, Choices())
    assert before.device.contents is not None, "the token lies on the desk"
    office.watch.tokens = []
    assert office.updates.plan(office.device, Choices()).device.contents is None
    office.watch.tokens = [office.token]
    office.token.keys["0b"] = b"key"
    office.token.certificates["0b", "ff"] = foreign(office)
    after = office.updates.plan(office.device, Choices())
    assert after.plan.content_hash != before.plan.content_hash
    assert len(after.device.foreign()) == 1


def test_a_look_from_before_the_last_update_ended_is_not_believed(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = office.watch.seen(SERIAL)
    assert seen is not None
    office.put(office.order(), status=UpdateStatus.COMPLETED, finished_at=office.clock.now())
    for read_at, believed in ((office.clock.now(), False), (office.clock.advance(seconds=1), True)):
        monkeypatch.setattr(type(office.watch), "seen", lambda _watch, _serial, at=read_at: replace(seen, read_at=at))
        contents = office.updates.plan(office.device, Choices()).device.contents
        assert (contents is not None) is believed


def test_memory_that_a_token_does_not_tell_stays_as_it_was_known(office: Office) -> None:
    with office.database.begin() as connection:
        connection.execute(update(Device).values(free_memory=4096))
    assert office.updates.plan(office.device, Choices()).device.free_memory == 4096


def test_two_devices_are_updated_side_by_side(office: Office) -> None:
    other = office.add_device("00ff")
    assert office.order() != office.order(other)


def test_who_is_overtaken_between_look_and_write_is_told_too(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database has the last word: at most one active update of a device."""
    office.order()
    monkeypatch.setattr(update_orders, "refuse_if_running", lambda *_: None)
    with pytest.raises(Conflict) as overtaken:
        office.order()
    assert overtaken.value.code == "update_running"
    assert office.count(Update) == 1
