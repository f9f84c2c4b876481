"""A run that people stop, settle or give up, in every state it may be in."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import select

from portal.db.journal import SqlUpdateJournal
from portal.db.models import LeftoverObject
from portal.domain.audit import AuditTag
from portal.domain.errors import Conflict
from portal.domain.ids import UpdateId
from portal.domain.outcomes import Refused, WaitingFor
from portal.domain.troubles import Trouble, why
from portal.domain.update_state import UPDATE_TRANSITIONS, StepStatus, UpdateStatus
from portal.ports.token import TokenOrder, WriteCertificate
from tests.services.update_requests.runs_under_way import OVER
from tests.support.office import Office

SILENT = Refused(why(Trouble.TOKEN_ERROR), permanent=True)


def waits_for_token(office: Office, run: UpdateId) -> None:
    """The first key is made, then the token goes."""
    office.enter_pin(run)
    office.token.on_change = lambda _: setattr(office.token, "plugged", False)
    office.work()
    office.token.on_change = lambda _: None
    assert office.row(run).waiting_for is WaitingFor.TOKEN


def gets_stuck(office: Office, run: UpdateId) -> None:
    """The token takes the order and never says what became of it."""
    office.enter_pin(run)
    lost = Refused(why(Trouble.TOKEN_REMOVED), permanent=False)
    office.token.on_change = lambda _: office.nature.lost.update({"token.carry_out": [lost]})
    office.work()
    office.token.on_change = lambda _: None
    office.nature.troubles["token.effect_of"] = [SILENT]
    office.clock.advance(minutes=1)
    assert office.advance(run) is UpdateStatus.STUCK


def test_an_ordered_run_is_cancelled_before_anything_is_touched(office: Office, run: UpdateId) -> None:
    office.updates.cancel(run, actor="operator")
    assert office.row(run).status is UpdateStatus.ORDERED, "its worker writes down how it ended"
    office.work()
    assert office.row(run).status is UpdateStatus.CANCELLED
    assert {status for _, status in office.steps(run)} == {StepStatus.PENDING}
    assert not office.token.made
    assert office.order() != run


def test_cancelling_a_run_that_waits_for_its_token_undoes_what_it_began(office: Office, run: UpdateId) -> None:
    waits_for_token(office, run)
    office.updates.cancel(run, actor="operator")
    office.work()
    row = office.row(run)
    assert (row.status, row.waiting_for) == (UpdateStatus.WAITING, WaitingFor.TOKEN)
    assert row.unwinding is not None
    office.token.plugged = True
    office.enter_pin(run)
    office.work()
    assert office.row(run).status is UpdateStatus.CANCELLED
    assert not office.token.keys


def test_a_token_that_never_comes_back_is_given_up_and_what_is_on_it_remembered(office: Office, run: UpdateId) -> None:
    waits_for_token(office, run)
    with pytest.raises(Conflict) as early:
        office.updates.cancel(run, actor="operator", leave_behind=True)
    assert early.value.code == "update_not_going_back"
    office.updates.cancel(run, actor="operator")
    office.work()
    with pytest.raises(Conflict) as twice:
        office.updates.cancel(run, actor="operator")
    assert twice.value.code == "update_going_back"
    office.updates.cancel(run, actor="operator", leave_behind=True)
    office.work()
    assert office.row(run).status is UpdateStatus.CANCELLED
    (key,) = office.token.keys
    with office.database.read() as connection:
        assert connection.execute(select(LeftoverObject.key_id)).scalars().all() == [key]
    office.token.plugged = True
    following = office.order()
    office.enter_pin(following)
    office.work()
    assert office.row(following).status is UpdateStatus.COMPLETED
    assert key not in office.token.keys, "the next update cleans up"
    assert office.count(LeftoverObject) == 0


def test_a_run_given_up_waits_for_the_ca_without_coming_back_at_once(office: Office, run: UpdateId) -> None:
    def pull(order: TokenOrder) -> None:
        office.token.plugged = not isinstance(order, WriteCertificate)

    office.enter_pin(run)
    office.token.on_change = pull
    office.work()
    office.updates.cancel(run, actor="operator")
    office.work()
    office.updates.cancel(run, actor="operator", leave_behind=True)
    office.nature.troubles["ca.revoke"] = [Refused(why(Trouble.CA_UNAVAILABLE), permanent=False)]
    office.work()
    row = office.row(run)
    assert (row.waiting_for, row.cancel_requested) == (WaitingFor.RETRY, True)
    assert row.wake_at > office.now
    office.clock.set(row.wake_at)
    assert office.sweeper().sweep() == 1
    office.work()
    assert office.row(run).status is UpdateStatus.CANCELLED
    assert office.ca.revoked == {certificate.serial for _, certificate in office.ca.ledger}


def test_a_stuck_run_is_settled_first(office: Office, run: UpdateId) -> None:
    office.put(run, status=UpdateStatus.STUCK)
    with pytest.raises(Conflict) as stuck:
        office.updates.cancel(run, actor="operator")
    assert stuck.value.code == "update_stuck"
    assert not office.row(run).cancel_requested


@pytest.mark.parametrize("status", sorted(set(UpdateStatus) - {UpdateStatus.STUCK}))
def test_only_a_stuck_run_is_settled(office: Office, run: UpdateId, status: UpdateStatus) -> None:
    office.put(run, status=status)
    with pytest.raises(Conflict) as refused:
        office.updates.settle(run, happened=True, comment="", actor="operator")
    assert refused.value.code == ("update_over" if status in OVER else "not_stuck")
    assert office.row(run).status is status


@pytest.mark.parametrize("happened", [True, False])
def test_a_word_on_the_step_in_doubt_lets_the_run_go_on(office: Office, run: UpdateId, happened: bool) -> None:
    gets_stuck(office, run)
    office.updates.settle(run, happened=happened, comment="видел сам", actor="operator")
    row = office.row(run)
    assert row.status in UPDATE_TRANSITIONS[UpdateStatus.STUCK]
    assert (row.attempts, row.lease_owner, row.lease_until, row.why) == (0, None, office.now, None)
    assert office.told()[-1] == (AuditTag.UPDATE_SETTLED.value, "operator")
    office.nature.troubles.clear()
    office.enter_pin(run)
    office.work()
    assert office.row(run).status is UpdateStatus.COMPLETED


def test_a_stuck_run_with_nothing_in_doubt_just_goes_on(office: Office, run: UpdateId) -> None:
    office.put(run, status=UpdateStatus.STUCK, attempts=10)
    office.updates.settle(run, happened=False, comment="", actor="operator")
    office.enter_pin(run)
    office.work()
    assert office.row(run).status is UpdateStatus.COMPLETED


def test_a_stuck_run_that_nobody_can_tell_about_is_ended(office: Office, run: UpdateId) -> None:
    gets_stuck(office, run)
    office.updates.give_up(run, "другая версия", actor="operator")
    assert office.row(run).status in UPDATE_TRANSITIONS[UpdateStatus.STUCK]
    assert office.told()[-1] == (AuditTag.UPDATE_SETTLED.value, "operator")
    office.enter_pin(run)
    office.work()
    assert office.row(run).status is UpdateStatus.FAILED
    with pytest.raises(Conflict):
        office.updates.give_up(run, "", actor="operator")


def test_only_a_stuck_run_is_given_up(office: Office, run: UpdateId) -> None:
    with pytest.raises(Conflict) as refused:
        office.updates.give_up(run, "", actor="operator")
    assert refused.value.code == "not_stuck"


def test_of_two_who_settle_at_once_one_is_heard(office: Office, run: UpdateId) -> None:
    office.put(run, status=UpdateStatus.STUCK)
    together = Barrier(2)

    def settle(happened: bool) -> str:
        together.wait(120)
        try:
            office.updates.settle(run, happened=happened, comment="", actor="operator")
        except Conflict as conflict:
            return conflict.code
        return "heard"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(settle, [True, False])) == ["heard", "not_stuck"]


def test_people_and_the_worker_never_wait_for_each_other_for_ever(office: Office, run: UpdateId) -> None:
    """Each takes the run first and the audit log last."""
    claimed = office.journal.claim(run, owner="worker", now=office.now, lease=timedelta(hours=1))
    assert claimed is not None
    rounds = 15

    def people() -> None:
        for _ in range(rounds):
            office.enter_pin(run)

    def worker() -> None:
        journal = SqlUpdateJournal(office.database, office.feed)
        for _ in range(rounds):
            journal.unwind(claimed.claim, why(Trouble.CANCELLED), now=office.now)

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(people), pool.submit(worker)]:
            done.result(300)
    assert office.row(run).status is UpdateStatus.RUNNING
