"""Steps that set a PIN, one by one: without what they need they refuse, and they never take one PIN for another."""

import pytest

from portal.domain.facts import TokenInitialized
from portal.domain.outcomes import Absent, Done, Happened, Refused, Unknown, Waiting, WaitingFor
from portal.domain.troubles import Trouble, why
from portal.domain.update_steps import Step, StepKind
from portal.ports.token import Pin
from portal.services.step_context import StepResult
from portal.services.steps import HANDLERS
from tests.support.engine import PIN, SERIAL, UPDATE, Engine

NEW = "831056"
CHANGE = Step(StepKind.CHANGE_PIN)
RESET = Step(StepKind.RESET_PIN)
INIT = Step(StepKind.INIT_TOKEN, label="Ключ")
LOST = Refused(why(Trouble.NEW_PIN_LOST), permanent=True)
ABSENT = why(Trouble.TOKEN_ABSENT)
AGENT = Waiting(WaitingFor.AGENT, why(Trouble.TOKEN_HANGS))


def with_new_pin() -> Engine:
    engine = Engine(())
    engine.tickets.keep_new(UPDATE, SERIAL, Pin(NEW))
    return engine


def test_without_the_new_pin_the_token_is_not_touched() -> None:
    engine = Engine(())
    assert HANDLERS[CHANGE.kind].carry_out(CHANGE, engine.context()) == LOST
    assert engine.token.pin == PIN
    assert engine.tickets.alive(UPDATE), "the old PIN was not even taken"


def test_a_new_pin_the_token_refused_before_is_no_longer_held_against_it() -> None:
    engine = with_new_pin()
    engine.tickets.remember_refused(SERIAL, Pin(NEW))
    assert HANDLERS[CHANGE.kind].carry_out(CHANGE, engine.context()) == Done(StepResult({}))
    assert engine.token.pin == NEW
    assert not engine.tickets.was_refused(SERIAL, Pin(NEW))


def test_a_change_that_was_refused_changes_nothing() -> None:
    engine = with_new_pin()
    engine.token.plugged = False
    refused = Refused(ABSENT, permanent=False, whom=WaitingFor.TOKEN)
    assert HANDLERS[CHANGE.kind].carry_out(CHANGE, engine.context()) == refused
    assert engine.token.pin == PIN


@pytest.mark.parametrize(("in_force", "verdict"), [(PIN, Absent()), (NEW, Happened(StepResult({})))])
def test_the_pin_that_opens_the_token_tells_whether_it_was_changed(in_force: str, verdict: object) -> None:
    engine = with_new_pin()
    engine.token.pin = in_force
    engine.enter_pin(in_force)
    assert HANDLERS[CHANGE.kind].effect_of(CHANGE, engine.context()) == verdict


def test_when_the_new_pin_is_gone_a_token_that_opens_ends_the_change() -> None:
    assert HANDLERS[CHANGE.kind].effect_of(CHANGE, Engine(()).context()) == LOST


@pytest.mark.parametrize(
    ("answer", "whom"),
    [
        (Refused(ABSENT, permanent=False, whom=WaitingFor.TOKEN), WaitingFor.TOKEN),
        (Refused(ABSENT, permanent=True), None),
        (AGENT, WaitingFor.AGENT),
    ],
)
def test_when_the_new_pin_is_gone_a_silent_token_leaves_the_change_in_doubt(
    answer: Refused | Waiting, whom: WaitingFor | None
) -> None:
    engine = Engine(())
    engine.nature.troubles["token.carry_out"] = [answer]
    assert HANDLERS[CHANGE.kind].effect_of(CHANGE, engine.context()) == Unknown(answer.why, whom)


@pytest.mark.parametrize("step", [CHANGE, RESET])
def test_a_persons_word_that_a_pin_was_set_has_no_facts(step: Step) -> None:
    assert HANDLERS[step.kind].told(step, Engine(()).context()) == Happened(StepResult({}))


def test_a_persons_word_that_a_token_was_initialised_has_the_same_fact() -> None:
    told = HANDLERS[INIT.kind].told(INIT, Engine(()).context())
    assert told == Happened(StepResult({}, (TokenInitialized(),)))


@pytest.mark.parametrize("step", [RESET, INIT])
def test_without_an_administrator_pin_nothing_is_sent(step: Step) -> None:
    engine = Engine(())
    outcome = HANDLERS[step.kind].carry_out(step, engine.context())
    assert outcome == Refused(why(Trouble.SO_PIN_MISSING), permanent=True)
    assert (engine.token.so_tries, engine.so_pins.coming) == (0, {})


@pytest.mark.parametrize("step", [RESET, INIT])
def test_what_cannot_be_seen_on_the_token_is_done_again(step: Step) -> None:
    engine = Engine(())
    engine.so_pins.kept[SERIAL] = engine.token.so_pin
    handler = HANDLERS[step.kind]
    assert isinstance(handler.carry_out(step, engine.context()), Done)
    assert handler.effect_of(step, engine.context()) == Absent()
    engine.enter_pin()
    assert isinstance(handler.carry_out(step, engine.context()), Done)
    assert engine.token.so_tries == 0
