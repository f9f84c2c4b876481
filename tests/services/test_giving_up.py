"""A stuck run that a person ends: what this code knows is undone, the rest is left and remembered."""

from dataclasses import replace
from datetime import timedelta

import pytest

from portal.domain.troubles import Trouble, why
from portal.domain.update_state import StepStatus, UpdateStatus
from portal.domain.update_steps import StepKind
from portal.ports.journal import StepRecord
from portal.services.boundaries import Boundary
from tests.services.runs_in_trouble import DOWN, FULL, SILENT
from tests.support.engine import UPDATE, WHOLE_ISSUE, Engine


class Died(Exception):  # noqa: N818  it is what happened
    """The process is gone."""


class Mortal(Engine):
    """Dies where a test says."""

    dies: tuple[Boundary, StepKind] | None = None

    def observe(self, boundary: Boundary, record: StepRecord) -> None:
        super().observe(boundary, record)
        if (boundary, record.step.kind) == self.dies:
            raise Died

    def dies_at(self, boundary: Boundary, kind: StepKind) -> None:
        self.dies = boundary, kind
        with pytest.raises(Died):
            self.advance()
        self.dies = None
        self.clock.advance(minutes=1)
        self.enter_pin()


def strange_in_the_middle() -> Engine:
    """A run that another version began: the key is made, and this code does not know how it went on."""
    engine = Engine(WHOLE_ISSUE)
    engine.nature.troubles["ca.request"] = [DOWN]
    engine.advance()
    strange = engine.row.steps[3]
    engine.row.steps[3] = replace(strange, step=replace(strange.step, version=99))
    engine.clock.advance(minutes=1)
    assert engine.advance() is UpdateStatus.STUCK
    return engine


def somebody_dies_with(engine: Engine) -> None:
    claim = engine.journal.claim(UPDATE, owner="dies", now=engine.clock.now(), lease=timedelta(seconds=15))
    assert claim is not None
    engine.clock.advance(minutes=1)


def test_a_run_with_an_unknown_step_is_ended_by_a_person_and_what_it_made_is_undone() -> None:
    engine = strange_in_the_middle()
    engine.journal.settle(UPDATE, happened=False, now=engine.clock.now())
    assert engine.advance() is UpdateStatus.STUCK  # a word on the step does not help
    engine.journal.give_up(UPDATE, engine.clock.now())
    engine.enter_pin()
    assert engine.advance() is UpdateStatus.FAILED
    assert engine.row.why == why(Trouble.GIVEN_UP)
    assert engine.token.keys == {}
    assert engine.statuses()[3] is StepStatus.PENDING


def test_what_a_given_up_run_cannot_reach_is_left_behind_at_once() -> None:
    engine = strange_in_the_middle()
    engine.token.plugged = False
    engine.journal.give_up(UPDATE, engine.clock.now())
    assert engine.advance() is UpdateStatus.FAILED
    assert engine.journal.records[engine.row.device].leftovers == {("aa", None)}


def test_what_the_token_refuses_to_a_given_up_run_is_left_behind() -> None:
    engine = strange_in_the_middle()
    engine.nature.troubles["token.carry_out"] = [FULL]
    engine.journal.give_up(UPDATE, engine.clock.now())
    assert engine.advance() is UpdateStatus.FAILED
    assert engine.token.keys != {}
    assert engine.journal.records[engine.row.device].leftovers == {("aa", None)}


def test_a_given_up_run_asks_nobody_again() -> None:
    engine = Engine(WHOLE_ISSUE)
    silent = replace(DOWN, permanent=True)
    engine.nature.lost["ca.request"] = [DOWN]
    engine.nature.troubles["ca.effect_of"] = [silent, silent]
    engine.advance()
    engine.clock.advance(minutes=1)
    assert engine.advance() is UpdateStatus.STUCK
    engine.journal.give_up(UPDATE, engine.clock.now())
    engine.enter_pin()
    assert engine.advance() is UpdateStatus.FAILED
    assert engine.statuses() == [StepStatus.UNDONE, StepStatus.DONE, StepStatus.UNDONE, *[StepStatus.PENDING] * 2]
    assert engine.token.keys == {}


def test_a_given_up_run_that_dies_on_its_way_back_touches_nothing_more() -> None:
    engine = strange_in_the_middle()
    engine.journal.give_up(UPDATE, engine.clock.now())
    somebody_dies_with(engine)
    assert engine.advance() is UpdateStatus.FAILED
    assert engine.token.keys != {}
    assert engine.journal.records[engine.row.device].leftovers == {("aa", None)}


def test_a_certificate_left_behind_is_remembered_though_its_key_can_go_after_all() -> None:
    engine = Mortal(WHOLE_ISSUE)
    engine.dies_at(Boundary.AFTER_EFFECT, StepKind.WRITE_CERTIFICATE)
    engine.nature.troubles["token.effect_of"] = [SILENT]
    assert engine.advance() is UpdateStatus.STUCK
    ((_, fingerprint),) = engine.token.certificates
    engine.journal.give_up(UPDATE, engine.clock.now())
    somebody_dies_with(engine)
    engine.dies_at(Boundary.AFTER_OUTCOME, StepKind.REQUEST_CERTIFICATE)  # that both stay is written down by now
    assert engine.token.keys != {}
    assert engine.advance() is UpdateStatus.FAILED
    assert engine.token.keys == {}
    assert list(engine.token.certificates) == [("aa", fingerprint)]
    assert engine.journal.records[engine.row.device].leftovers == {("aa", fingerprint)}
