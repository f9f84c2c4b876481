"""What people ask of a run under way: its PIN, and to look again."""

from datetime import timedelta

import pytest

from portal.domain.audit import AuditTag
from portal.domain.errors import Conflict, InvalidInput, NotFound, OutsideUnavailable
from portal.domain.ids import UpdateId
from portal.domain.outcomes import WaitingFor
from portal.domain.update_state import UpdateStatus
from portal.ports.token import Pin
from portal.services.update_requests import LONGEST_PIN
from tests.services.update_requests.runs_under_way import OVER
from tests.support.office import PIN, SERIAL, Office

NOBODY = UpdateId(4711)


def test_a_pin_is_kept_sealed_for_the_run_and_a_worker_is_called(office: Office, run: UpdateId) -> None:
    office.enter_pin(run)
    assert office.tickets.alive(run)
    assert office.line.calls == [(run, 1)]
    assert office.bells() == 0
    assert office.told()[-1] == (AuditTag.UPDATE_RESUMED.value, "operator")


@pytest.mark.parametrize("pin", ["", "1" * (LONGEST_PIN + 1)])
def test_a_pin_no_token_would_take_is_refused_beside_its_field(office: Office, run: UpdateId, pin: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        office.enter_pin(run, pin)
    assert refused.value.fields == {"pin": "pin_length"}
    assert not office.tickets.alive(run)
    assert not office.line.calls


@pytest.mark.parametrize("pin", ["1", "я" * LONGEST_PIN])
def test_every_length_a_token_may_take_is_kept(office: Office, run: UpdateId, pin: str) -> None:
    office.enter_pin(run, pin)
    kept = office.tickets.take(run, SERIAL)
    assert kept is not None
    assert kept.reveal() == pin


def test_a_pin_this_token_refused_is_not_sent_to_it_again(office: Office, run: UpdateId) -> None:
    office.enter_pin(run, "00000000")
    office.work()
    assert office.row(run).waiting_for is WaitingFor.PIN
    with pytest.raises(InvalidInput) as repeated:
        office.enter_pin(run, "00000000")
    assert repeated.value.fields == {"pin": "pin_repeated"}
    assert office.token.wrong_tries == 1
    office.enter_pin(run)
    office.work()
    assert office.row(run).status is UpdateStatus.COMPLETED


@pytest.mark.parametrize("status", OVER)
def test_a_run_that_is_over_takes_no_pin(office: Office, run: UpdateId, status: UpdateStatus) -> None:
    office.put(run, status=status)
    with pytest.raises(Conflict) as over:
        office.enter_pin(run)
    assert (over.value.code, over.value.data["status"]) == ("update_over", status.value)
    assert not office.tickets.kept


def test_a_run_that_ends_while_its_pin_is_handed_over_keeps_none(
    office: Office, run: UpdateId, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = office.tickets.keep

    def keep_and_end(update: UpdateId, serial: str, pin: Pin) -> None:
        keep(update, serial, pin)
        office.put(run, status=UpdateStatus.CANCELLED)

    monkeypatch.setattr(office.tickets, "keep", keep_and_end)
    with pytest.raises(Conflict):
        office.enter_pin(run)
    assert not office.tickets.kept


def test_without_redis_the_pin_is_refused_in_words_and_nothing_is_lost(office: Office, run: UpdateId) -> None:
    told = office.told()
    with office.away(), pytest.raises(OutsideUnavailable) as away:
        office.enter_pin(run)
    assert away.value.code == "redis_unavailable"
    assert (office.row(run).status, office.told(), office.bells()) == (UpdateStatus.ORDERED, told, 0)
    office.enter_pin(run)
    office.work()
    assert office.row(run).status is UpdateStatus.COMPLETED


def test_a_pin_entered_while_a_worker_is_at_work_does_not_disturb_it(office: Office, run: UpdateId) -> None:
    held = office.journal.claim(run, owner="first", now=office.now, lease=timedelta(seconds=15))
    assert held is not None
    office.enter_pin(run)
    assert office.advance(run) is None
    office.journal.renew(held.claim, now=office.now, lease=timedelta(seconds=15))


def test_nobody_asks_for_an_update_that_is_not_there(office: Office) -> None:
    updates = office.updates
    with pytest.raises(NotFound):
        updates.enter_pin(NOBODY, Pin(PIN), actor="x")
    with pytest.raises(NotFound):
        updates.resume(NOBODY)
    with pytest.raises(NotFound):
        updates.cancel(NOBODY, actor="x")
    with pytest.raises(NotFound):
        updates.settle(NOBODY, happened=True, comment="", actor="x")


def test_a_waiting_run_looks_again_at_once(office: Office, run: UpdateId) -> None:
    office.put(run, status=UpdateStatus.WAITING, waiting_for="ca", wake_at=office.now + timedelta(hours=1))
    office.updates.resume(run)
    assert office.row(run).wake_at == office.now
    assert office.line.calls == [(run, 1)]


@pytest.mark.parametrize("status", OVER)
def test_what_is_over_neither_resumes_nor_stops(office: Office, run: UpdateId, status: UpdateStatus) -> None:
    office.put(run, status=status)
    for ask in (office.updates.resume, lambda number: office.updates.cancel(number, actor="x")):
        with pytest.raises(Conflict) as over:
            ask(run)
        assert over.value.code == "update_over"
    assert office.row(run).status is status
    assert not office.line.calls
