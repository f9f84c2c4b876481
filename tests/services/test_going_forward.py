"""Going forward: what waits is looked up, what is in doubt is asked about, and a person is asked last."""

from dataclasses import replace

from portal.domain.outcomes import Waiting, WaitingFor
from portal.domain.troubles import Trouble, why
from portal.domain.update_state import StepStatus, UpdateStatus
from portal.domain.update_steps import StepKind
from portal.services.patience import LONGEST_PAUSE, pause_after, wait_for
from tests.services.runs_in_trouble import DOWN, PULLED, SILENT
from tests.support.clock import NOON
from tests.support.engine import UPDATE, WHOLE_ISSUE, Engine, issue


def test_a_pulled_token_is_waited_for_and_the_world_is_asked() -> None:
    engine = Engine(issue(StepKind.GENERATE_KEY))
    engine.nature.lost["token.carry_out"] = [PULLED]
    assert engine.advance() is UpdateStatus.WAITING
    assert (engine.row.waiting_for, engine.row.wake_at) == (WaitingFor.TOKEN, None)
    assert engine.statuses() == [StepStatus.INTENDED]
    engine.wake()
    assert engine.advance() is UpdateStatus.COMPLETED
    assert engine.token.made == 1


def test_what_the_world_never_saw_is_done_again() -> None:
    engine = Engine(issue(StepKind.GENERATE_KEY))
    engine.nature.troubles["token.carry_out"] = [PULLED]
    engine.advance()
    engine.wake()
    assert engine.advance() is UpdateStatus.COMPLETED


def test_pauses_grow_while_something_is_down() -> None:
    engine = Engine(WHOLE_ISSUE)
    engine.nature.troubles["ca.request"] = [DOWN]
    engine.nature.troubles["ca.effect_of"] = [DOWN, DOWN]
    waits = []
    while engine.advance() is UpdateStatus.WAITING:
        assert engine.row.wake_at is not None
        waits.append((engine.row.wake_at - engine.clock.now()).total_seconds())
        engine.clock.set(engine.row.wake_at)
    assert waits == [2, 4, 8]
    assert engine.row.status is UpdateStatus.COMPLETED


def test_an_order_nobody_was_asked_for_is_in_no_doubt() -> None:
    engine = Engine(WHOLE_ISSUE)
    engine.nature.troubles["ca.request"] = [replace(DOWN, asked=False)] * 2
    engine.nature.troubles["ca.effect_of"] = [SILENT]  # whoever asks gets stuck
    waits = []
    while engine.advance() is UpdateStatus.WAITING:
        assert engine.statuses()[2] is StepStatus.PENDING
        assert engine.row.wake_at is not None
        waits.append((engine.row.wake_at - engine.clock.now()).total_seconds())
        engine.clock.set(engine.row.wake_at)
    assert waits == [2, 4]
    assert engine.row.status is UpdateStatus.COMPLETED


def test_an_authority_that_takes_its_time_is_looked_up() -> None:
    engine = Engine(WHOLE_ISSUE)
    engine.nature.oddities["ca.decides"] = ["decides", "decides"]
    assert engine.advance() is UpdateStatus.WAITING
    assert engine.statuses()[2] is StepStatus.WAITING
    engine.clock.advance(minutes=10)
    assert engine.advance() is UpdateStatus.WAITING
    engine.clock.advance(minutes=10)
    engine.enter_pin()
    assert engine.advance() is UpdateStatus.COMPLETED


def test_an_order_taken_before_a_crash_is_parked() -> None:
    engine = Engine(WHOLE_ISSUE)
    engine.nature.oddities["ca.decides"] = ["decides", "decides"]
    engine.nature.lost["ca.request"] = [DOWN]
    engine.advance()
    assert engine.statuses()[2] is StepStatus.INTENDED
    engine.clock.advance(seconds=2)
    assert engine.advance() is UpdateStatus.WAITING
    assert engine.statuses()[2] is StepStatus.WAITING


def test_nobody_can_tell_so_a_person_is_asked() -> None:
    engine = Engine(issue(StepKind.GENERATE_KEY))
    engine.nature.troubles["token.carry_out"] = [PULLED]
    engine.nature.troubles["token.effect_of"] = [SILENT]
    engine.advance()
    engine.wake()
    assert engine.advance() is UpdateStatus.STUCK
    engine.journal.settle(UPDATE, happened=False, now=NOON)
    engine.nature.troubles["token.effect_of"] = [SILENT]
    assert engine.advance() is UpdateStatus.COMPLETED
    assert engine.token.made == 1


def test_a_word_that_it_happened_is_believed() -> None:
    engine = Engine(issue(StepKind.GENERATE_KEY))
    engine.nature.lost["token.carry_out"] = [PULLED]
    engine.nature.troubles["token.effect_of"] = [SILENT, SILENT]
    engine.advance()
    engine.wake()
    engine.advance()
    engine.journal.settle(UPDATE, happened=True, now=NOON)
    assert engine.advance() is UpdateStatus.COMPLETED


def test_a_word_does_not_stand_for_a_certificate() -> None:
    engine = Engine(WHOLE_ISSUE)
    engine.nature.lost["ca.request"] = [DOWN]
    engine.nature.troubles["ca.effect_of"] = [SILENT, SILENT]
    engine.advance()
    engine.clock.advance(seconds=2)
    engine.advance()
    engine.journal.settle(UPDATE, happened=True, now=engine.clock.now())
    assert engine.advance() is UpdateStatus.FAILED
    assert len(engine.ca.revoked) == 1


def test_events_have_no_hour_and_pauses_have_an_end() -> None:
    assert wait_for(WaitingFor.PIN, why(Trouble.PIN_NEEDED), None, NOON).look_again_at is None
    assert pause_after(100) == LONGEST_PAUSE


def test_a_word_given_before_the_world_changed_is_not_believed_later() -> None:
    """A person said that no certificate was issued; the authority issued one since, and fell silent again."""
    engine = Engine(WHOLE_ISSUE)
    silent = replace(DOWN, permanent=True)
    engine.nature.oddities["ca.decides"] = ["decides", ""]
    engine.nature.troubles["ca.effect_of"] = [silent, None, silent]
    engine.nature.troubles["ca.revoke"] = [DOWN]
    engine.advance()
    engine.journal.cancel(UPDATE, NOON)
    assert engine.advance() is UpdateStatus.STUCK
    engine.journal.settle(UPDATE, happened=True, now=NOON)
    assert engine.advance() is UpdateStatus.WAITING
    assert len(engine.ca.ledger) == 1
    engine.clock.advance(minutes=1)
    assert engine.advance() is UpdateStatus.STUCK
    engine.journal.settle(UPDATE, happened=False, now=NOON)
    engine.enter_pin()
    assert engine.advance() is UpdateStatus.CANCELLED
    assert len(engine.ca.revoked) == 1


def test_an_authority_that_names_no_time_is_asked_again_all_the_same() -> None:
    engine = Engine(WHOLE_ISSUE)
    engine.nature.troubles["ca.request"] = [Waiting(WaitingFor.CA, why(Trouble.CA_DECIDES), ticket="7")]
    assert engine.advance() is UpdateStatus.WAITING
    assert engine.row.wake_at == NOON + LONGEST_PAUSE
