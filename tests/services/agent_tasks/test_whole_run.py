"""A whole update through a workstation, with the engine as it is."""

from portal.domain.agent_tasks import AgentTaskState
from portal.domain.update_state import StepStatus, UpdateStatus
from tests.support.agents import RemoteOffice, Workstation


def test_an_update_goes_through_a_workstation(office: RemoteOffice, desk: Workstation) -> None:
    number = office.order_remote()
    assert office.carry(number, desk) is UpdateStatus.COMPLETED
    assert {status for _, status in office.steps(number)} == {StepStatus.DONE}
    office.sweep()
    desk.turn()
    assert office.task(number).state is AgentTaskState.DONE
    assert set(office.order_states(number)) == {"done"}
    assert len(office.token.certificates) == 1
    assert office.tickets.kept == {}


def test_a_workstation_faster_than_the_worker_keeps_nobody_waiting(office: RemoteOffice, desk: Workstation) -> None:
    """It reports before the run has parked, and the worker that is called finds the run taken."""
    number = office.order_remote()
    office.work()
    office.calls.prompt = desk.turn
    desk.turn()
    assert office.row(number).status is UpdateStatus.COMPLETED, "no sweeper came, and no time went by"
    assert {status for _, status in office.steps(number)} == {StepStatus.DONE}
    assert office.row(number).fence < 2 * len(office.steps(number)), "nobody asks again and again"
