"""What a run leaves to be undone after it: found when due, looked at by one, paid once."""

from datetime import timedelta

from portal.domain.audit import AuditTag
from portal.domain.facts import CertificateRevoked
from portal.domain.ids import UpdateId
from portal.domain.update_state import StepStatus, UpdateStatus
from portal.ports.debts import Debt
from tests.contracts.journal.subjects import ABSENT, Subject, begun
from tests.contracts.journal.test_facts import issued
from tests.support.clock import NOON

MINUTE = timedelta(minutes=1)


def owing(subject: Subject) -> tuple[UpdateId, Debt]:
    """An ended run that owes the undoing of its second step."""
    update, claim = begun(subject)
    subject.journal.intend(claim, 1, now=NOON)
    subject.journal.finish(claim, 1, reply={"a": "я"}, facts=(), then=2, now=NOON)
    subject.journal.unwind(claim, ABSENT, now=NOON)
    subject.journal.intend_undo(claim, 2, now=NOON)
    subject.journal.finish_undo(claim, 2, facts=(), now=NOON, owed=True)
    subject.journal.end(claim, UpdateStatus.FAILED, ABSENT, now=NOON)
    (debt,) = mine(subject, update)
    return update, debt


def mine(subject: Subject, update: UpdateId, later: timedelta = timedelta()) -> list[Debt]:
    return [debt for debt in subject.debts.due(NOON + later) if debt.update == update]


def test_what_is_undone_is_not_owed(subject: Subject) -> None:
    update, claim = begun(subject)
    subject.journal.intend(claim, 2, now=NOON)
    subject.journal.intend_undo(claim, 2, now=NOON)
    subject.journal.finish_undo(claim, 2, facts=(), now=NOON)
    assert mine(subject, update, 9 * MINUTE) == []


def test_what_is_owed_is_said_and_found(subject: Subject) -> None:
    update, debt = owing(subject)
    assert debt == Debt(update, 2, 0)
    assert subject.statuses(update) == [StepStatus.DONE, StepStatus.UNDONE, StepStatus.PENDING]
    assert subject.tags(update)[-2] == (AuditTag.STEP_OWED, 2)


def test_who_takes_it_sees_the_run_as_it_ended(subject: Subject) -> None:
    _, debt = owing(subject)
    records = subject.debts.take(debt, until=NOON + MINUTE)
    assert records is not None
    assert [record.status for record in records] == [StepStatus.DONE, StepStatus.UNDONE, StepStatus.PENDING]
    assert records[0].reply == {"a": "я"}


def test_one_looks_and_the_next_look_is_later(subject: Subject) -> None:
    update, debt = owing(subject)
    assert subject.debts.take(debt, until=NOON + MINUTE) is not None
    assert subject.debts.take(debt, until=NOON + MINUTE) is None
    assert mine(subject, update) == []
    assert mine(subject, update, MINUTE) == [Debt(update, 2, 1)]


def test_it_is_paid_once_with_what_became_true(subject: Subject) -> None:
    update, debt = owing(subject)
    before = subject.sequence(update)
    facts = (issued("f7"), CertificateRevoked("main", "5f7"))
    assert subject.debts.pay(debt, facts=facts, now=NOON)
    assert not subject.debts.pay(debt, facts=facts, now=NOON)
    assert subject.debts.take(debt, until=NOON + MINUTE) is None
    assert mine(subject, update, 9 * MINUTE) == []
    assert subject.known()["certificates"] == {"f7": "issued"}
    assert subject.known()["revoked"] == {"5f7"}
    assert subject.tags(update)[-1] == (AuditTag.STEP_UNDONE, 2)
    assert subject.sequence(update) == before + 1
    assert subject.status(update) is UpdateStatus.FAILED


def test_a_slow_look_may_pay_though_another_began(subject: Subject) -> None:
    update, debt = owing(subject)
    subject.debts.take(debt, until=NOON + MINUTE)
    (again,) = mine(subject, update, MINUTE)
    subject.debts.take(again, until=NOON + 2 * MINUTE)
    assert subject.debts.pay(debt, facts=(), now=NOON)
    assert not subject.debts.pay(again, facts=(), now=NOON)
