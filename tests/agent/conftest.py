"""A portal and a workstation that was let in."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.client import Address
from agent.enrolling import Asked, enrol
from agent.state import State
from portal.domain.agent_tasks import AgentState
from tests.agent.portal_double import PortalDouble, portal_double


@pytest.fixture
def double(tmp_path: Path) -> Iterator[PortalDouble]:
    with portal_double(tmp_path) as portal:
        yield portal


@pytest.fixture
def state(tmp_path: Path) -> State:
    """A folder of a workstation nobody let in yet."""
    return State(tmp_path / "state")


@pytest.fixture
def member(double: PortalDouble, state: State) -> State:
    """A workstation that was let in at the portal."""
    code = double.authority.code()
    double.codes.add(code.text)
    assert enrol(state, Asked(Address(double.url), code.text)) is AgentState.ACCEPTED
    return state
