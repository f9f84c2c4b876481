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
