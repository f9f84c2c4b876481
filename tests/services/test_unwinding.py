"""Going back because a step was refused: what it made goes, what was proved stays, what is owed is revoked."""

from dataclasses import replace

import pytest

from portal.domain.troubles import Trouble, why
from portal.domain.update_state import StepStatus, UpdateStatus
from portal.domain.update_steps import Step, StepKind
from tests.services.runs_in_trouble import DOWN, FULL, SILENT
from tests.support.clock import NOON
from tests.support.engine import KEY, UPDATE, WHOLE_ISSUE, Engine, issue


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
