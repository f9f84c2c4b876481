"""Going back because a person wants to stop: requests are taken back, doubts settled, tokens waited for."""

from dataclasses import dataclass, replace
from typing import Any

import pytest

from portal.domain.outcomes import Waiting, WaitingFor
from portal.domain.policy import Register
from portal.domain.troubles import Trouble, why
from portal.domain.update_state import StepStatus, UpdateStatus
from portal.domain.update_steps import Step, StepKind
from portal.services.boundaries import Boundary
from portal.services.steps import HANDLERS
from portal.services.update_runner import RunnerRules, UpdateRunner
from tests.fakes.authority import FakeAuthority
from tests.services.runs_in_trouble import DOWN, FULL, PULLED
from tests.support.clock import NOON
from tests.support.engine import CA, UPDATE, WHOLE_ISSUE, Engine, issue

REMOVAL = (Step(StepKind.REMOVE_CERTIFICATE, item=0, key_id="bb", fingerprint="f1"),)
ANNOUNCED = Step(StepKind.REGISTER_DEVICE, item=0, register=Register.SECRET_NET, order_id="r-0")


def test_a_person_stops_it_before_it_began() -> None:
    engine = Engine(WHOLE_ISSUE)
    engine.journal.cancel(UPDATE, NOON)
    assert engine.advance() is UpdateStatus.CANCELLED
    assert engine.statuses() == [StepStatus.PENDING] * 5


def test_a_person_stops_it_while_it_waits_and_the_request_is_taken_back() -> None:
    engine = Engine(WHOLE_ISSUE)
    engine.nature.oddities["ca.decides"] = ["decides", "decides"]
    engine.advance()
    engine.journal.cancel(UPDATE, NOON)
    engine.enter_pin()
    assert engine.advance() is UpdateStatus.CANCELLED
    assert engine.token.keys == {}
    assert engine.ca.open_orders == {}
    assert engine.ca.ledger == []


def test_a_request_that_was_granted_while_it_was_taken_back_is_revoked() -> None:
    engine = Engine(WHOLE_ISSUE)
    engine.nature.oddities["ca.decides"] = ["decides", "decides"]
    engine.nature.troubles["ca.withdraw"] = [DOWN]
    engine.advance()
    engine.journal.cancel(UPDATE, NOON)
    assert engine.advance() is UpdateStatus.WAITING
    engine.clock.advance(minutes=1)
    engine.enter_pin()
    assert engine.advance() is UpdateStatus.CANCELLED
    assert len(engine.ca.revoked) == 1


@dataclass
class Stubborn:
    """An authority that keeps what it was asked for."""

    ca: FakeAuthority

    def __getattr__(self, name: str) -> Any:
        if name == "withdraw":
            raise AttributeError(name)
        return getattr(self.ca, name)


def test_an_authority_that_takes_nothing_back_is_waited_for() -> None:
    engine = Engine(WHOLE_ISSUE)
    engine.authorities.by_name[CA] = Stubborn(engine.ca)
    engine.nature.oddities["ca.decides"] = ["decides", "decides"]
    engine.advance()
    engine.journal.cancel(UPDATE, NOON)
    assert engine.advance() is UpdateStatus.WAITING  # what it issues has to be revoked
    engine.clock.advance(minutes=10)
    engine.enter_pin()
    assert engine.advance() is UpdateStatus.CANCELLED
    assert engine.token.keys == {}
    assert len(engine.ca.revoked) == 1


def cancelled_with_a_key_in_doubt() -> Engine:
    engine = Engine(issue(StepKind.GENERATE_KEY))
    engine.nature.lost["token.carry_out"] = [PULLED]
    engine.advance()
    engine.token.plugged = False
    engine.journal.cancel(UPDATE, NOON)
    assert engine.advance() is UpdateStatus.WAITING
    assert engine.statuses() == [StepStatus.UNDOING]
    return engine


def test_going_back_waits_for_the_token() -> None:
    engine = cancelled_with_a_key_in_doubt()
    engine.token.plugged = True
    engine.wake()
    assert engine.advance() is UpdateStatus.CANCELLED
    assert engine.token.keys == {}


def test_what_is_given_up_is_remembered() -> None:
    engine = cancelled_with_a_key_in_doubt()
    engine.journal.cancel(UPDATE, NOON, leave_behind=True)
    assert engine.advance() is UpdateStatus.CANCELLED
    assert engine.journal.records[engine.row.device].leftovers == {("aa", None)}


def test_giving_up_does_not_give_up_the_authority() -> None:
    engine = Engine(WHOLE_ISSUE)
    engine.nature.troubles["token.carry_out"] = [None, None, PULLED]
    engine.nature.troubles["ca.revoke"] = [DOWN]
    engine.advance()
    engine.token.plugged = False
    engine.journal.cancel(UPDATE, NOON)
    engine.advance()
    engine.journal.cancel(UPDATE, NOON, leave_behind=True)
    assert engine.advance() is UpdateStatus.WAITING
    assert engine.row.waiting_for is WaitingFor.RETRY
    engine.clock.advance(seconds=2)
    assert engine.advance() is UpdateStatus.CANCELLED
    assert len(engine.ca.revoked) == 1


def in_doubt_and_cancelled() -> Engine:
    engine = Engine(REMOVAL)
    engine.nature.lost["token.carry_out"] = [PULLED]
    engine.advance()
    engine.journal.cancel(UPDATE, NOON)
    return engine


def test_what_cannot_be_undone_is_at_least_known() -> None:
    engine = in_doubt_and_cancelled()
    assert engine.advance() is UpdateStatus.CANCELLED
    assert engine.statuses() == [StepStatus.DONE]


def test_what_was_not_done_is_not_done_any_more() -> None:
    engine = in_doubt_and_cancelled()
    engine.token.certificates["bb", "f1"] = b"x|1|2026-01-01T00:00:00+00:00|2027-01-01T00:00:00+00:00|k"
    assert engine.advance() is UpdateStatus.CANCELLED
    assert engine.statuses() == [StepStatus.PENDING]


def test_doubt_waits_for_the_token_unless_it_is_given_up() -> None:
    engine = in_doubt_and_cancelled()
    engine.token.plugged = False
    assert engine.advance() is UpdateStatus.WAITING
    engine.journal.cancel(UPDATE, NOON, leave_behind=True)
    assert engine.advance() is UpdateStatus.CANCELLED
    assert engine.statuses() == [StepStatus.INTENDED]


def test_doubt_about_an_order_that_is_still_open_is_parked(monkeypatch: pytest.MonkeyPatch) -> None:
    from portal.domain.outcomes import Accepted
    from portal.services.steps.remove_object import RemoveCertificate

    engine = in_doubt_and_cancelled()
    waiting = Waiting(WaitingFor.AGENT, why(Trouble.TOKEN_ABSENT), ticket="t-1")
    monkeypatch.setattr(RemoveCertificate, "effect_of", lambda *_: Accepted(waiting))
    assert engine.advance() is UpdateStatus.WAITING
    assert engine.statuses() == [StepStatus.WAITING]


@pytest.mark.parametrize("leave_behind", [False, True])
def test_a_removal_a_workstation_has_is_waited_for_unless_that_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
    leave_behind: bool,
) -> None:
    from portal.domain.outcomes import Accepted, Happened
    from portal.services.step_context import StepResult
    from portal.services.steps.remove_object import RemoveCertificate

    engine = Engine((Step(StepKind.REMOVE_CERTIFICATE, item=0, key_id="aa", fingerprint="f1"),))
    waiting = Waiting(WaitingFor.AGENT, why(Trouble.AGENT_WORKS), ticket="t-1")
    for name in ("carry_out", "look_up"):
        monkeypatch.setattr(RemoveCertificate, name, lambda *_: waiting)
    assert engine.advance() is UpdateStatus.WAITING
    engine.journal.cancel(UPDATE, NOON)
    monkeypatch.setattr(RemoveCertificate, "effect_of", lambda *_: Accepted(waiting))
    assert engine.advance() is UpdateStatus.WAITING
    if leave_behind:
        engine.journal.cancel(UPDATE, NOON, leave_behind=True)
    else:
        monkeypatch.setattr(RemoveCertificate, "effect_of", lambda *_: Happened(StepResult({})))
        engine.wake()
    assert engine.advance() is UpdateStatus.CANCELLED
    assert engine.statuses() == [StepStatus.WAITING if leave_behind else StepStatus.DONE]


def test_doubt_that_turns_out_refused_is_written_down(monkeypatch: pytest.MonkeyPatch) -> None:
    from portal.services.steps.remove_object import RemoveCertificate

    engine = in_doubt_and_cancelled()
    monkeypatch.setattr(RemoveCertificate, "effect_of", lambda *_: FULL)
    assert engine.advance() is UpdateStatus.CANCELLED
    assert engine.statuses() == [StepStatus.REFUSED]


def test_a_cancelled_registration_is_withdrawn() -> None:
    engine = Engine((ANNOUNCED, replace(ANNOUNCED, kind=StepKind.RETAIN_HISTORY)))

    def stop(boundary: Boundary, record: object) -> None:
        if boundary is Boundary.AFTER_EFFECT and not engine.row.cancel_requested and not engine.row.unwinding:
            engine.journal.cancel(UPDATE, NOON)

    runner = UpdateRunner(engine.journal, HANDLERS, engine.outside, RunnerRules("one"), stop)
    assert runner.advance(UPDATE) is UpdateStatus.CANCELLED
    assert engine.register.devices == set()
    assert engine.statuses() == [StepStatus.UNDONE, StepStatus.PENDING]
