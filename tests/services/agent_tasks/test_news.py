"""Whoever looks at an update sees at once what becomes of its task, also when no step of the update moves."""

import pytest

from portal.domain.agent_tasks import TaskAnswer
from portal.domain.ids import UpdateId
from portal.ports.agent_protocol import PollRequest
from tests.support.agents import RemoteOffice, Workstation


@pytest.fixture
def number(office: RemoteOffice) -> UpdateId:
    ordered = office.order_remote()
    office.work()
    return ordered


def announced(office: RemoteOffice, number: UpdateId) -> int:
    """How often the update was announced since last asked; the last time with what its page shows."""
    told = [sequence for update, sequence in office.feed.told if update == number]
    office.feed.told.clear()
    assert not told or told[-1] == office.row(number).sequence
    return len(told)


def test_a_workstation_that_sees_the_token_is_announced(
    office: RemoteOffice, desk: Workstation, number: UpdateId
) -> None:
    announced(office, number)
    office.counter.presence.note(desk.agent, desk.sightings())
    assert announced(office, number) == 1
    office.counter.presence.note(desk.agent, desk.sightings())
    assert announced(office, number) == 0, "nothing is new"
    office.counter.presence.note(desk.agent, ())
    assert announced(office, number) == 1


def test_an_offer_is_announced_once(office: RemoteOffice, desk: Workstation, number: UpdateId) -> None:
    office.counter.presence.note(desk.agent, desk.sightings())
    announced(office, number)
    office.counter.poll(desk.agent, PollRequest("1", "ivanova", "ru", ""))
    assert announced(office, number) == 1
    office.counter.poll(desk.agent, PollRequest("1", "ivanova", "ru", ""))
    assert announced(office, number) == 0


@pytest.mark.parametrize("answer", list(TaskAnswer))
def test_what_the_person_says_is_announced(
    office: RemoteOffice, desk: Workstation, number: UpdateId, answer: TaskAnswer
) -> None:
    (offer,) = desk.poll().offers
    announced(office, number)
    desk.accept(offer.task, answer)
    assert announced(office, number) == 1


def test_a_lost_lease_is_announced(office: RemoteOffice, desk: Workstation, number: UpdateId) -> None:
    (offer,) = desk.poll().offers
    desk.accept(offer.task)
    office.work()
    announced(office, number)
    office.clock.advance(seconds=91)
    office.care.look()
    assert announced(office, number) == 1
