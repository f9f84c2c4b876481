"""Registers that did not answer are asked again by themselves, less and less often, while an update waits."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from portal.db.models import IdentityQuestion
from portal.domain.audit import AuditTag
from portal.domain.identity_check import CheckState, Verdict
from portal.domain.ids import UpdateId
from portal.domain.update_state import UpdateStatus
from portal.services.identity_checks import Wanted
from portal.services.identity_repeating import IdentityRepeating, patience_after
from tests.services.identity_bureau import BOTH, FORM, INN, SNILS, Bureau
from tests.services.test_identity_steps import bureau, order

__all__ = ["bureau"]

DAY = timedelta(days=1)


@pytest.fixture
def silent(bureau: Bureau) -> UpdateId:
    """An update whose registers have said nothing for a day."""
    number = order(bureau)
    bureau.checks.start(Wanted(bureau.person, BOTH, number), FORM, actor="operator")
    falls_silent(bureau)
    return number


def falls_silent(bureau: Bureau) -> None:
    bureau.ask()
    bureau.office.clock.advance(days=1)
    bureau.tell_silent()
    bureau.office.work()


def again(bureau: Bureau) -> int:
    return IdentityRepeating(bureau.office.database, bureau.office.clock, bureau.checks).ask_silent_again()


def test_patience_grows() -> None:
    assert [patience_after(messages) for messages in (0, 1, 2, 3, 4, 99)] == [
        DAY,
        DAY,
        2 * DAY,
        4 * DAY,
        7 * DAY,
        7 * DAY,
    ]


def test_who_is_silent_is_asked_again_less_and_less_often(bureau: Bureau, silent: UpdateId) -> None:
    assert again(bureau) == 0
    bureau.office.clock.advance(days=1)
    assert (again(bureau), again(bureau)) == (2, 0)
    assert bureau.verdict(1) is Verdict.PENDING
    falls_silent(bureau)
    bureau.office.clock.advance(days=1)
    assert again(bureau) == 0
    bureau.office.clock.advance(days=1)
    assert again(bureau) == 2
    assert (AuditTag.IDENTITY_REPEATED, "identity") in bureau.office.told()
    bureau.ask()
    bureau.registers_answer()
    bureau.take()
    bureau.office.enter_pin(silent)
    bureau.office.work()
    assert bureau.office.row(silent).status is UpdateStatus.COMPLETED
    assert len(bureau.office.ca.ledger) == 2


def test_an_answer_to_the_first_question_counts_after_the_second(bureau: Bureau, silent: UpdateId) -> None:
    first = dict(bureau.exchange.taken)
    bureau.office.clock.advance(days=1)
    again(bureau)
    bureau.ask()
    assert len(bureau.exchange.taken) == 4
    bureau.exchange.taken = first
    bureau.registers_answer()
    bureau.take()
    assert bureau.verdict(1) is Verdict.CONFIRMED


def test_nobody_is_asked_for_nobody(bureau: Bureau, silent: UpdateId) -> None:
    bureau.office.put(silent, status=UpdateStatus.CANCELLED)
    bureau.office.clock.advance(days=30)
    assert again(bureau) == 0


def test_what_cannot_be_written_is_not_tried_again(bureau: Bureau, silent: UpdateId) -> None:
    with bureau.office.database.begin() as connection:
        change = update(IdentityQuestion).where(IdentityQuestion.service == INN)
        connection.execute(change.values(trouble="unwritable:claim"))
    bureau.office.clock.advance(days=1)
    assert again(bureau) == 1
    states = {service: row.state for service, row in bureau.questions(1).items()}
    assert states == {SNILS: CheckState.QUEUED, INN: CheckState.NO_ANSWER}


def test_what_was_answered_meanwhile_is_left_alone(
    bureau: Bureau, silent: UpdateId, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.services.identity_repeating._due", lambda *_: [1, 999])
    bureau.registers_answer()
    bureau.take()
    bureau.checks.start(Wanted(bureau.person, BOTH, silent), FORM, actor="operator")
    assert again(bureau) == 0
