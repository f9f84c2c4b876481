"""A task changes hands: taken, put off, declined, lost and taken over; nothing is done twice and nothing forgotten."""

from datetime import timedelta

import pytest

from portal.domain.agent_tasks import AgentTaskState, TaskAnswer
from portal.domain.errors import Conflict, InvalidInput, NotFound, PolicyForbids
from portal.domain.ids import AgentId
from portal.domain.outcomes import WaitingFor
from portal.domain.policy import AgentRules, OtherPerson
from portal.domain.update_state import UpdateStatus
from portal.services.agent_desk import AFTER_DECLINES, NEXT_POLL, SPREAD
from portal.services.agent_task_rows import LEASE
from portal.services.agent_tasks import AgentTaskDraft
from portal.services.people import PersonDraft, add_people
from tests.fakes.sim_token import SimToken
from tests.support.agent_parts import Point, PowerCut
from tests.support.agents import RemoteOffice, Workstation
from tests.support.office import PIN, SERIAL, UNIT


class Cut:
    """The power fails at a point, the nth time it is reached, and only then."""

    def __init__(self, point: Point, nth: int = 0) -> None:
        self.point, self.left = point, nth

    def __call__(self, point: Point, _name: str) -> None:
        if point is self.point:
            self.left -= 1
            if self.left == -1:
                raise PowerCut


def lapse(office: RemoteOffice) -> None:
    """The holder is silent for longer than its lease."""
    office.clock.advance(seconds=LEASE.total_seconds() + 1)
    office.sweep()
    office.work()


def test_an_offer_says_who_wants_what_and_why(office: RemoteOffice, desk: Workstation) -> None:
    number = office.order_remote()
    assert desk.poll().offers == (), "the run has not come to the token yet"
    office.work()
    (offer,) = desk.poll().offers
    assert (offer.serial, offer.asked_by, offer.comment) == (SERIAL, "operator", "обновите")
    assert [finding.subject for finding in offer.findings] == ["Подпись"]
    assert offer.plan == office.tasks.plan(office.device, offer.plan.choices).plan
    assert office.task(number).state is AgentTaskState.OFFERED
    assert office.row(number).waiting_for is WaitingFor.AGENT


def test_workstations_that_came_together_do_not_ask_together(office: RemoteOffice) -> None:
    stations = [office.workstation(str(number)) for number in range(3)]
    pauses = {station.poll().next_poll for station in stations}
    assert len(pauses) == len(stations)
    assert all(NEXT_POLL - SPREAD < pause <= NEXT_POLL for pause in pauses)


def test_a_token_that_is_pulled_out_takes_its_offer_along(office: RemoteOffice, desk: Workstation) -> None:
    number = office.order_remote()
    office.work()
    desk.poll()
    office.token.plugged = False
    assert desk.poll().offers == ()
    assert office.task(number).state is AgentTaskState.WAITS_FOR_DEVICE


def test_who_sees_the_token_is_called(office: RemoteOffice, desk: Workstation) -> None:
    far = office.workstation("far", None, SimToken("other", PIN))
    for station in (desk, far):
        station.poll()
    office.order_remote()
    office.work()
    assert office.calls.woken == [desk.agent.uid]


@pytest.mark.parametrize("answer", [TaskAnswer.POSTPONED, TaskAnswer.DECLINED])
def test_who_puts_it_off_is_asked_again_later(office: RemoteOffice, desk: Workstation, answer: TaskAnswer) -> None:
    number = office.order_remote()
    office.work()
    (offer,) = desk.poll().offers
    later = office.now + timedelta(hours=1) if answer is TaskAnswer.POSTPONED else None
    assert desk.accept(offer.task, answer, later).offers == ()
    office.clock.advance(seconds=59)
    assert desk.poll().offers == ()
    office.clock.advance(hours=1)
    office.touch(desk.agent)
    assert desk.poll().offers == (offer,)
    assert office.task(number).declines == (answer is TaskAnswer.DECLINED)


def test_who_declines_again_is_left_alone_for_longer(office: RemoteOffice, desk: Workstation) -> None:
    number = office.order_remote()
    office.work()
    for pause in (*AFTER_DECLINES, AFTER_DECLINES[-1]):
        (offer,) = desk.poll().offers
        desk.accept(offer.task, TaskAnswer.DECLINED)
        assert office.task(number).postponed_until == office.now + pause
        office.clock.advance(seconds=pause.total_seconds())


def test_who_has_it_may_give_it_back(office: RemoteOffice, desk: Workstation) -> None:
    number = office.order_remote()
    office.work()
    (offer,) = desk.poll().offers
    (signed,) = desk.accept(offer.task).lists
    steps = desk.read(signed)
    assert steps is not None
    assert desk.accept(offer.task, TaskAnswer.POSTPONED).lists == ()
    task = office.task(number)
    assert (task.state, task.holder_agent_id, task.epoch) == (AgentTaskState.WAITS_FOR_DEVICE, None, steps.epoch + 1)
    office.clock.advance(minutes=11)
    assert office.carry(number, desk) is UpdateStatus.COMPLETED


def test_nobody_else_may_have_it(office: RemoteOffice, desk: Workstation) -> None:
    number = office.order_remote()
    office.work()
    (offer,) = desk.poll().offers
    other = office.workstation("other", None, SimToken("elsewhere", PIN))
    other.poll()
    with pytest.raises(NotFound):
        other.accept(offer.task)
    shared = office.workstation("shared", None, office.token)
    shared.poll()
    (signed,) = desk.accept(offer.task).lists
    assert shared.poll().lists == ()
    with pytest.raises(Conflict, match="task_taken"):
        shared.accept(offer.task)
    steps = desk.read(signed)
    assert steps is not None
    assert shared.read(signed) is None
    assert shared.refused == ["other_agent"]
    desk.execute(steps)
    shared.results = desk.results
    with pytest.raises(NotFound):
        office.counter.report(shared.agent, steps.id, desk.results[steps.id])
    assert office.task(number).holder_agent_id == desk.agent.id


def test_a_second_workstation_finishes_what_the_first_began(office: RemoteOffice, desk: Workstation) -> None:
    """The first did its order and lost its power before it could say so; it comes back when all is done."""
    number = office.order_remote()
    office.work()
    desk.at = Cut(Point.DONE, 1)  # the key pair is made
    desk.turn()
    assert len(office.token.keys) == 1
    lapse(office)
    second = office.workstation("second", None, office.token)
    assert office.carry(number, second) is UpdateStatus.COMPLETED
    assert office.token.made == 1, "no second pair"
    told = [tag for tag, _ in office.told()]
    assert "sweeper:agent_task:lease_lost" in told
    assert "agent:agent_task:handed_over" in told
    desk.turn()
    assert desk.refused == ["epoch_over"]
    assert office.row(number).status is UpdateStatus.COMPLETED


def test_a_late_report_is_taken_while_nobody_else_has_the_task(office: RemoteOffice, desk: Workstation) -> None:
    number = office.order_remote()
    office.work()
    desk.at = Cut(Point.DONE, 1)
    desk.turn()
    lapse(office)
    states = office.order_states(number)
    assert states[-1] == "open"
    (unsaid,) = [name for name in desk.results if name not in desk.reported]
    desk.report(unsaid)
    assert desk.refused == []
    assert office.order_states(number)[: len(states)] == ["done"] * len(states)
    assert office.carry(number, desk) is UpdateStatus.COMPLETED
    assert office.token.made == 1


def test_the_same_report_counts_once_and_another_one_not_at_all(office: RemoteOffice, desk: Workstation) -> None:
    number = office.order_remote()
    office.work()
    desk.at = Cut(Point.REPORTED, 1)
    desk.turn()
    name, report = list(desk.results.items())[-1]
    before = office.order_states(number)
    office.counter.report(desk.agent, name, report)
    assert office.order_states(number) == before
    other = type(report)(report.list, report.epoch, desk.results[next(iter(desk.results))].results)
    with pytest.raises(Conflict, match="report_differs"):
        office.counter.report(desk.agent, name, other)
    assert office.told()[-1][0] == "agent:agent_task:report_refused"
    assert office.carry(number, desk) is UpdateStatus.COMPLETED


@pytest.mark.parametrize("rule", OtherPerson)
def test_the_policy_says_what_becomes_of_somebody_elses_token(office: RemoteOffice, rule: OtherPerson) -> None:
    office.publish(*office.policy.templates, agents=AgentRules(other_person=rule))
    office.updates.review(office.device)
    number = office.order_remote()
    office.work()
    with office.database.begin() as connection:
        attributes = {"login": "gost", "surname": "Гостев", "given_name": "Глеб", "cn": "Гостев Глеб"}
        (guest,) = add_people(connection, [PersonDraft(UNIT, attributes)], office.now)
    his = office.workstation("guest", guest, office.token)
    work = his.poll()
    assert len(work.offers) == (rule is not OtherPerson.REFUSE)
    assert len(work.notices) == (rule is not OtherPerson.ALLOW)
    his.poll()
    told = [tag for tag, _ in office.told()].count("agent:device:wrong_person")
    assert told == (rule is not OtherPerson.ALLOW), "once a day at most"
    if rule is OtherPerson.REFUSE:
        with pytest.raises(PolicyForbids):
            his.accept(office.task(number).uid)


def test_a_task_nobody_took_expires_with_its_update(office: RemoteOffice, desk: Workstation) -> None:
    number = office.order_remote()
    office.work()
    desk.poll()
    office.clock.advance(days=8)
    assert desk.poll().offers == ()
    assert office.carry(number) is UpdateStatus.CANCELLED
    office.clock.advance(minutes=1)
    office.sweep()
    assert office.task(number).state is AgentTaskState.EXPIRED
    assert set(office.order_states(number)) == {"withdrawn"}


def test_a_task_at_work_that_expires_goes_back_through_the_workstation(office: RemoteOffice, desk: Workstation) -> None:
    number = office.order_remote()
    office.work()
    desk.at = Cut(Point.REPORTED, 3)
    desk.turn()
    assert len(office.token.keys) == 1
    office.clock.advance(days=8)
    office.sweep()
    assert office.carry(number, desk) is UpdateStatus.CANCELLED
    assert office.token.keys == {}
    office.clock.advance(minutes=1)
    office.sweep()
    assert office.task(number).state is AgentTaskState.EXPIRED


def test_what_a_workstation_may_not_do_is_not_ordered(office: RemoteOffice) -> None:
    office.publish(*office.policy.templates, agents=AgentRules(updates=False))
    with pytest.raises(PolicyForbids, match="agent_updates_off"):
        office.order_remote()


def test_a_task_is_checked_before_it_is_stored(office: RemoteOffice) -> None:
    far = office.now + timedelta(days=400)
    for draft, fields in (
        (AgentTaskDraft("x" * 1001), {"comment"}),
        (AgentTaskDraft(expires_at=office.now), {"expires_at"}),
        (AgentTaskDraft(expires_at=far), {"expires_at"}),
        (AgentTaskDraft(agent=AgentId(404)), {"agent"}),
    ):
        with pytest.raises(InvalidInput) as refused:
            office.order_remote(draft=draft)
        assert set(refused.value.fields) == fields
    assert office.order_remote()


def test_a_bound_task_is_for_its_workstation_alone(office: RemoteOffice, desk: Workstation) -> None:
    bound = office.workstation("bound", None, office.token)
    office.order_remote(draft=AgentTaskDraft(agent=bound.agent.id))
    office.work()
    assert desk.poll().offers == ()
    assert len(bound.poll().offers) == 1


def test_a_wrong_pin_there_is_told_here_and_tried_again_there(office: RemoteOffice, desk: Workstation) -> None:
    number = office.order_remote()
    office.work()
    desk.pin = "wrong"
    desk.turn()
    office.work()
    run = office.row(number)
    assert (run.waiting_for, run.why["value"]["trouble"]) == (WaitingFor.AGENT, "pin_incorrect")
    assert office.token.wrong_tries == 1
    desk.pin = PIN
    office.clock.advance(seconds=3)
    assert office.carry(number, desk) is UpdateStatus.COMPLETED


def test_a_task_nobody_is_at_ends_at_once_with_its_update(office: RemoteOffice, desk: Workstation) -> None:
    number = office.order_remote()
    office.work()
    assert desk.poll().offers
    office.care.look()  # all tasks are looked at now, and then for a while only those something happens to
    office.updates.cancel(number, actor="operator")
    office.clock.advance(seconds=1)
    office.work()
    assert office.row(number).status is UpdateStatus.CANCELLED
    office.care.look()
    assert office.task(number).state is AgentTaskState.CANCELLED
