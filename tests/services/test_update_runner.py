"""The runner: forward, waiting, back, stuck; each test one story with one trouble."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Self

import pytest

from portal.domain.errors import OutsideUnavailable
from portal.domain.ids import UpdateId
from portal.domain.outcomes import Refused, Waiting, WaitingFor
from portal.domain.policy import Register
from portal.domain.troubles import Trouble, why
from portal.domain.update_state import StepStatus, UpdateStatus
from portal.domain.update_steps import Step, StepKind
from portal.ports.journal import Claim, LeaseLost, Run
from portal.ports.token import Pin
from portal.services.boundaries import Boundary
from portal.services.patience import LONGEST_PAUSE, pause_after, wait_for
from portal.services.pin_source import RunPins
from portal.services.steps import HANDLERS
from portal.services.update_runner import RunnerRules, UpdateRunner
from tests.fakes.authority import FakeAuthority
from tests.fakes.journal import MemoryJournal
from tests.fakes.sim_token import SimToken
from tests.fakes.tickets import FakeTickets
from tests.support.clock import NOON, FrozenClock
from tests.support.engine import CA, KEY, PIN, SERIAL, UPDATE, WHOLE_ISSUE, Engine, issue

DOWN = Refused(why(Trouble.CA_UNAVAILABLE), permanent=False)
PULLED = Refused(why(Trouble.TOKEN_REMOVED), permanent=False, whom=WaitingFor.TOKEN)
FULL = Refused(why(Trouble.TOKEN_FULL), permanent=True)
SILENT = Refused(why(Trouble.IN_DOUBT), permanent=True)
REMOVAL = (Step(StepKind.REMOVE_CERTIFICATE, item=0, key_id="bb", fingerprint="f1"),)
ANNOUNCED = Step(StepKind.REGISTER_DEVICE, item=0, register=Register.SECRET_NET, order_id="r-0")


def test_every_kind_of_step_has_a_handler() -> None:
    assert set(HANDLERS) == set(StepKind)


def test_a_plan_is_carried_to_its_end() -> None:
    engine = Engine(WHOLE_ISSUE)
    assert engine.advance() is UpdateStatus.COMPLETED
    assert engine.statuses() == [StepStatus.DONE] * 5
    assert engine.row.applied
    assert not engine.tickets.alive(UPDATE)
    assert len(engine.ca.ledger) == 1


def test_every_step_passes_its_four_boundaries() -> None:
    engine = Engine(issue(StepKind.GENERATE_KEY, StepKind.SIGN_REQUEST))
    engine.advance()
    for kind in (StepKind.GENERATE_KEY, StepKind.SIGN_REQUEST):
        mine = [(boundary, status) for boundary, seen, status in engine.seen if seen is kind]
        assert mine == [
            (Boundary.BEFORE_INTENT, StepStatus.PENDING),
            (Boundary.AFTER_INTENT, StepStatus.INTENDED),
            (Boundary.AFTER_EFFECT, StepStatus.INTENDED),
            (Boundary.AFTER_OUTCOME, StepStatus.DONE),
        ]


def test_a_token_is_compared_updated_and_compared_again() -> None:
    empty = SimToken(SERIAL, PIN).contents().content_hash()
    first, retained = Step(StepKind.COMPARE_CONTENTS, content_hash=empty), Step(StepKind.RETAIN_HISTORY, item=1)
    removed = Step(StepKind.REMOVE_KEY, item=2, key_id="bb")
    engine = Engine((first, *WHOLE_ISSUE, retained, removed, Step(StepKind.VERIFY_TOKEN)))
    engine.token.keys["bb"] = b"old"
    assert engine.advance() is UpdateStatus.COMPLETED
    assert set(engine.token.keys) == {"aa"}


def test_what_somebody_else_holds_is_left_alone() -> None:
    engine = Engine(WHOLE_ISSUE)
    engine.journal.claim(UPDATE, owner="other", now=NOON, lease=timedelta(seconds=15))
    assert engine.advance() is None


class Crowded(MemoryJournal):
    """A claim has to wait for its turn at the database."""

    def __init__(self, clock: FrozenClock) -> None:
        super().__init__()
        self.clock = clock
        self.renewed: list[datetime] = []

    def claim(self, update: UpdateId, *, owner: str, now: datetime, lease: timedelta) -> Run | None:
        run = super().claim(update, owner=owner, now=now, lease=lease)
        self.clock.advance(seconds=10)
        return run

    def renew(self, claim: Claim, *, now: datetime, lease: timedelta) -> None:
        self.renewed.append(now)
        super().renew(claim, now=now, lease=lease)


def test_a_claim_that_stood_in_line_counts_its_lease_from_its_turn() -> None:
    clock = FrozenClock()
    journal = Crowded(clock)
    assert Engine(WHOLE_ISSUE, clock=clock, journal=journal).advance() is UpdateStatus.COMPLETED
    assert journal.renewed == [NOON + timedelta(seconds=10)]


def test_who_lost_the_lease_stops_before_the_effect() -> None:
    engine = Engine(WHOLE_ISSUE)

    class Lost:
        def __init__(self, *_: object) -> None: ...
        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None: ...
        def __call__(self) -> None:
            raise LeaseLost

    runner = UpdateRunner(engine.journal, HANDLERS, engine.outside, RunnerRules("one"), engine.observe, Lost)
    assert runner.advance(UPDATE) is None
    assert engine.token.keys == {}
    assert engine.tickets.alive(UPDATE)


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


def test_what_is_refused_for_good_is_taken_back() -> None:
    engine = Engine(WHOLE_ISSUE)
    engine.nature.oddities["ca.refuses"] = ["refuses"]
    assert engine.advance() is UpdateStatus.FAILED
    assert engine.token.keys == {}
    assert engine.statuses() == [StepStatus.UNDONE, StepStatus.DONE, StepStatus.UNDONE, *[StepStatus.PENDING] * 2]
    assert engine.row.why == why(Trouble.CA_REFUSED)


@pytest.mark.parametrize("odd", ["key", "subject", "early", "late"])
def test_a_certificate_that_is_not_what_was_ordered_is_revoked(odd: str) -> None:
    engine = Engine(WHOLE_ISSUE)
    engine.nature.oddities["ca.issue"] = [odd]
    assert engine.advance() is UpdateStatus.FAILED
    assert [certificate.serial for _, certificate in engine.ca.ledger] == list(engine.ca.revoked)
    assert engine.row.why is not None
    assert engine.row.why.trouble is Trouble.CA_MISMATCH


def test_an_answer_lost_and_not_what_was_ordered_is_revoked_too() -> None:
    engine = Engine(WHOLE_ISSUE)
    engine.nature.oddities["ca.issue"] = ["key"]
    engine.nature.lost["ca.request"] = [DOWN]
    engine.advance()
    engine.clock.advance(seconds=2)
    assert engine.advance() is UpdateStatus.FAILED
    assert engine.ca.revoked


def test_what_was_proved_stays_when_a_later_step_is_refused() -> None:
    engine = Engine((*WHOLE_ISSUE, Step(StepKind.COMPARE_CONTENTS, item=0, content_hash="other")))
    assert engine.advance() is UpdateStatus.FAILED
    assert "aa" in engine.token.keys
    assert engine.statuses()[-1] is StepStatus.REFUSED


OLD_PAIR_GOES = (
    Step(StepKind.REMOVE_CERTIFICATE, item=0, key_id="bb", fingerprint="f1"),
    *issue(StepKind.SIGN_REQUEST),  # with a key that is not there: refused after the old certificate has left
    Step(StepKind.REVOKE_CERTIFICATE, item=0, template=KEY, serial="5e", order_id="order-0-r"),
)


def broken_after_the_removal() -> Engine:
    return Engine((OLD_PAIR_GOES[0], replace(OLD_PAIR_GOES[1], item=1), OLD_PAIR_GOES[2]))


def test_what_left_the_token_is_revoked_though_the_run_goes_back() -> None:
    engine = broken_after_the_removal()
    assert engine.advance() is UpdateStatus.FAILED
    assert engine.ca.revoked == {"5e"}
    assert engine.statuses()[-1] is StepStatus.DONE
    assert engine.row.why == why(Trouble.OBJECT_MISSING)


def test_a_revocation_that_is_owed_waits_for_its_authority() -> None:
    engine = broken_after_the_removal()
    engine.nature.troubles["ca.revoke"] = [DOWN]
    assert engine.advance() is UpdateStatus.WAITING
    engine.clock.advance(minutes=1)
    assert engine.advance() is UpdateStatus.FAILED
    assert engine.ca.revoked == {"5e"}


def test_a_revocation_refused_for_good_is_not_why_the_run_failed() -> None:
    engine = broken_after_the_removal()
    engine.nature.troubles["ca.revoke"] = [replace(DOWN, permanent=True)]
    assert engine.advance() is UpdateStatus.FAILED
    assert engine.row.why == why(Trouble.OBJECT_MISSING)
    assert engine.statuses()[-1] is StepStatus.REFUSED


def test_what_is_still_on_the_token_is_not_revoked() -> None:
    engine = Engine((replace(OLD_PAIR_GOES[1], item=1), OLD_PAIR_GOES[0], OLD_PAIR_GOES[2]))
    assert engine.advance() is UpdateStatus.FAILED
    assert engine.ca.revoked == set()


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


def test_doubt_that_turns_out_refused_is_written_down(monkeypatch: pytest.MonkeyPatch) -> None:
    from portal.services.steps.remove_object import RemoveCertificate

    engine = in_doubt_and_cancelled()
    monkeypatch.setattr(RemoveCertificate, "effect_of", lambda *_: FULL)
    assert engine.advance() is UpdateStatus.FAILED
    assert engine.statuses() == [StepStatus.REFUSED]


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


def test_an_undo_that_is_refused_asks_a_person() -> None:
    engine = Engine(issue(StepKind.GENERATE_KEY, StepKind.SIGN_REQUEST))
    engine.nature.troubles["token.carry_out"] = [None, FULL, FULL, FULL]
    assert engine.advance() is UpdateStatus.STUCK
    engine.journal.settle(UPDATE, happened=False, now=NOON)
    assert engine.advance() is UpdateStatus.STUCK
    del engine.token.keys["aa"]
    engine.nature.troubles["token.effect_of"] = [SILENT]
    engine.journal.settle(UPDATE, happened=True, now=NOON)
    assert engine.advance() is UpdateStatus.FAILED
    assert engine.statuses()[0] is StepStatus.UNDONE


def test_too_many_lost_claims_ask_a_person() -> None:
    engine = Engine(WHOLE_ISSUE)
    for _ in range(3):
        engine.journal.claim(UPDATE, owner="dies", now=engine.clock.now(), lease=timedelta(seconds=15))
        engine.clock.advance(seconds=16)
    assert engine.advance(attempts=3) is UpdateStatus.STUCK
    assert engine.row.why is not None
    assert engine.row.why.trouble is Trouble.TOO_MANY_ATTEMPTS


def test_a_finished_plan_is_not_stuck_at_any_step() -> None:
    engine = Engine(())
    engine.journal.claim(UPDATE, owner="dies", now=NOON, lease=timedelta(seconds=15))
    engine.clock.advance(seconds=16)
    assert engine.advance(attempts=1) is UpdateStatus.STUCK


class Newer(MemoryJournal):
    """Holds a step that could not be read."""

    def claim(self, update: UpdateId, *, owner: str, now: datetime, lease: timedelta) -> Run | None:
        run = super().claim(update, owner=owner, now=now, lease=lease)
        return replace(run, known_step_versions=False) if run else None


@pytest.mark.parametrize(("version", "journal"), [(2, MemoryJournal()), (1, Newer())])
def test_a_step_this_code_does_not_know_stops_the_run(version: int, journal: MemoryJournal) -> None:
    engine = Engine(tuple(replace(step, version=version) for step in WHOLE_ISSUE), journal=journal)
    assert engine.advance() is UpdateStatus.STUCK
    assert engine.row.why == why(Trouble.UNKNOWN_STEP)


def test_a_cancelled_registration_is_withdrawn() -> None:
    engine = Engine((ANNOUNCED, replace(ANNOUNCED, kind=StepKind.RETAIN_HISTORY)))

    def stop(boundary: Boundary, record: object) -> None:
        if boundary is Boundary.AFTER_EFFECT and not engine.row.cancel_requested and not engine.row.unwinding:
            engine.journal.cancel(UPDATE, NOON)

    runner = UpdateRunner(engine.journal, HANDLERS, engine.outside, RunnerRules("one"), stop)
    assert runner.advance(UPDATE) is UpdateStatus.CANCELLED
    assert engine.register.devices == set()
    assert engine.statuses() == [StepStatus.UNDONE, StepStatus.PENDING]


# ── PINs ──


def test_a_wrong_pin_is_tried_once_and_never_again() -> None:
    engine = Engine(WHOLE_ISSUE)
    engine.enter_pin("9999")
    assert engine.advance() is UpdateStatus.WAITING
    assert (engine.row.waiting_for, engine.token.wrong_tries) == (WaitingFor.PIN, 1)
    assert not engine.tickets.alive(UPDATE)
    engine.enter_pin("9999")
    engine.wake()
    engine.advance()
    assert engine.token.wrong_tries == 1
    assert engine.row.why == why(Trouble.PIN_REPEATED)
    engine.enter_pin()
    engine.wake()
    assert engine.advance() is UpdateStatus.COMPLETED


def test_without_a_ticket_it_waits_for_the_pin() -> None:
    engine = Engine(WHOLE_ISSUE)
    engine.tickets.destroy(UPDATE)
    engine.advance()
    assert engine.row.why == why(Trouble.PIN_NEEDED)


class Unreachable(FakeTickets):
    """Redis is away."""

    def keep(self, update: UpdateId, serial: str, pin: Pin) -> None:
        raise OutsideUnavailable("redis_unavailable")

    def take(self, update: UpdateId, serial: str) -> Pin | None:
        raise OutsideUnavailable("redis_unavailable")

    def destroy(self, update: UpdateId) -> None:
        raise OutsideUnavailable("redis_unavailable")


def test_unreachable_tickets_are_no_pin() -> None:
    pins = RunPins(Unreachable(FrozenClock()), UPDATE, SERIAL)
    assert pins.pin() is None
    pins.accepted()
    pins.refused()
    pins.end()


def test_an_accepted_pin_survives_tickets_that_went_away() -> None:
    tickets = FakeTickets(FrozenClock())
    tickets.keep(UPDATE, SERIAL, Pin(PIN))
    pins = RunPins(tickets, UPDATE, SERIAL)
    assert pins.pin() is not None
    pins._tickets = Unreachable(FrozenClock())
    pins.accepted()
    pins.wipe()
    pins.wipe()


def test_events_have_no_hour_and_pauses_have_an_end() -> None:
    assert wait_for(WaitingFor.PIN, why(Trouble.PIN_NEEDED), None, NOON).look_again_at is None
    assert pause_after(100) == LONGEST_PAUSE


def test_a_claim_is_trusted_where_nobody_watches() -> None:
    from portal.services.lease import trusting

    with trusting(Engine(()).journal, Claim(UPDATE, "one", 1), timedelta(seconds=1)) as check:
        check()


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
    claim = engine.journal.claim(UPDATE, owner="dies", now=engine.clock.now(), lease=timedelta(seconds=15))
    assert claim is not None
    engine.clock.advance(minutes=1)
    assert engine.advance() is UpdateStatus.FAILED
    assert engine.token.keys != {}
    assert engine.journal.records[engine.row.device].leftovers == {("aa", None)}


def test_an_authority_that_names_no_time_is_asked_again_all_the_same() -> None:
    engine = Engine(WHOLE_ISSUE)
    engine.nature.troubles["ca.request"] = [Waiting(WaitingFor.CA, why(Trouble.CA_DECIDES), ticket="7")]
    assert engine.advance() is UpdateStatus.WAITING
    assert engine.row.wake_at == NOON + LONGEST_PAUSE
