"""What every journal of updates promises: the one in memory, on SQLite, on PostgreSQL."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from uuid import uuid4

import pytest
from sqlalchemy import update as set_rows

from portal.db.models import UpdateStep
from portal.domain.audit import AuditTag
from portal.domain.certificate import KeyAlgorithm, Purpose, TemplateKey
from portal.domain.contents import TokenContents
from portal.domain.errors import Conflict
from portal.domain.facts import (
    CertificateIssued,
    CertificateRemoved,
    CertificateRetained,
    CertificateRevoked,
    CertificateWritten,
    CommonWritten,
    ContentsSeen,
    DeviceRegistered,
    DeviceWithdrawn,
    Fact,
    KeyGenerated,
    KeyRemoved,
    LeftBehind,
)
from portal.domain.ids import DeviceId, UpdateId
from portal.domain.outcomes import Waiting, WaitingFor
from portal.domain.policy import Register
from portal.domain.troubles import Trouble, why
from portal.domain.update_state import StepStatus, UpdateStatus
from portal.domain.update_steps import Step, StepKind
from portal.ports.journal import Claim, LeaseLost, Run, UpdateJournal
from tests.fakes.journal import MemoryJournal
from tests.support.clock import NOON
from tests.support.ledgers import LOGIN, SERIAL, Ledger, ledger
from tests.support.servers import Postgres

LEASE = timedelta(seconds=15)
LATER = NOON + timedelta(minutes=5)
KEY = TemplateKey("main", "user", Purpose.SIGN)
STEPS = (
    Step(StepKind.COMPARE_CONTENTS, content_hash="00"),
    Step(StepKind.GENERATE_KEY, item=0, template=KEY, algorithm=KeyAlgorithm.EC_P256, key_id="aa", label="Подпись"),
    Step(StepKind.REMOVE_KEY, item=0, key_id="bb"),
)
ABSENT = why(Trouble.TOKEN_ABSENT)


class Subject(Protocol):
    """A journal with one device."""

    @property
    def journal(self) -> UpdateJournal: ...
    @property
    def serial(self) -> str: ...
    def order(self) -> UpdateId: ...
    def wake(self, update: UpdateId) -> None: ...
    def cancel(self, update: UpdateId, *, leave_behind: bool = False) -> None: ...
    def settle(self, update: UpdateId, *, happened: bool) -> None: ...
    def status(self, update: UpdateId) -> UpdateStatus: ...
    def statuses(self, update: UpdateId) -> list[StepStatus]: ...
    def tags(self, update: UpdateId) -> list[tuple[AuditTag, int]]: ...
    def sequence(self, update: UpdateId) -> int: ...
    def applied(self, update: UpdateId) -> bool: ...
    def known(self) -> dict[str, Any]: ...


class InMemory:
    serial = SERIAL

    def __init__(self) -> None:
        self.journal = MemoryJournal()

    def order(self) -> UpdateId:
        return self.journal.order(DeviceId(1), SERIAL, LOGIN, STEPS)

    def wake(self, update: UpdateId) -> None:
        self.journal.wake(update, NOON)

    def cancel(self, update: UpdateId, *, leave_behind: bool = False) -> None:
        self.journal.cancel(update, NOON, leave_behind=leave_behind)

    def settle(self, update: UpdateId, *, happened: bool) -> None:
        self.journal.settle(update, happened=happened, now=NOON)

    def status(self, update: UpdateId) -> UpdateStatus:
        return self.journal.rows[update].status

    def statuses(self, update: UpdateId) -> list[StepStatus]:
        return [record.status for record in self.journal.rows[update].steps]

    def tags(self, update: UpdateId) -> list[tuple[AuditTag, int]]:
        return [(tag, seq) for tag, seq in self.journal.rows[update].audit if tag is not AuditTag.UPDATE_ORDERED]

    def sequence(self, update: UpdateId) -> int:
        return self.journal.rows[update].sequence

    def applied(self, update: UpdateId) -> bool:
        return self.journal.rows[update].applied

    def known(self) -> dict[str, Any]:
        records = self.journal.records[DeviceId(1)]
        return {
            "certificates": records.certificates,
            "history": records.history,
            "revoked": records.revoked,
            "registered": {register.value for register in records.registered},
            "leftovers": records.leftovers,
            "contents": records.contents.content_hash() if records.contents else None,
        }


class InDatabase:
    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.journal = ledger.journal
        self.serial = uuid4().hex
        self.device = ledger.device(self.serial)

    def order(self) -> UpdateId:
        return self.ledger.order(self.device, STEPS)

    def wake(self, update: UpdateId) -> None:
        self.ledger.wake(update, NOON)

    def cancel(self, update: UpdateId, *, leave_behind: bool = False) -> None:
        self.ledger.cancel(update, NOON, leave_behind=leave_behind)

    def settle(self, update: UpdateId, *, happened: bool) -> None:
        self.ledger.settle(update, happened=happened, now=NOON)

    def status(self, update: UpdateId) -> UpdateStatus:
        status: UpdateStatus = self.ledger.row(update).status
        return status

    def statuses(self, update: UpdateId) -> list[StepStatus]:
        return self.ledger.statuses(update)

    def tags(self, update: UpdateId) -> list[tuple[AuditTag, int]]:
        assert self.ledger.chain_holds()
        return self.ledger.tags(update)

    def sequence(self, update: UpdateId) -> int:
        sequence = int(self.ledger.row(update).sequence)
        assert not self.ledger.feed.told or self.ledger.feed.told[-1][1] <= sequence
        return sequence

    def applied(self, update: UpdateId) -> bool:
        device = self.ledger.device_row(self.device)
        return bool(device.applied_policy_version == self.ledger.row(update).policy_version)

    def known(self) -> dict[str, Any]:
        rows = self.ledger.certificates(self.device)
        return {
            "certificates": {row.fingerprint: row.status.value for row in rows},
            "history": {row.fingerprint for row in rows if row.history},
            "revoked": {row.serial for row in rows if row.revocation.value == "revoked"},
            "registered": self.ledger.registered(self.device),
            "leftovers": self.ledger.leftovers(self.device),
            "contents": self.ledger.device_row(self.device).contents_hash,
        }


@pytest.fixture(scope="module")
def sqlite_ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    with ledger(f"sqlite:///{tmp_path_factory.mktemp('journal')}/journal.db") as rows:
        yield rows


@pytest.fixture(scope="module")
def postgresql_ledger(postgres: Postgres) -> Iterator[Ledger]:
    with postgres.database() as url, ledger(url) as rows:
        yield rows


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def subject(request: pytest.FixtureRequest) -> Subject:
    if request.param == "memory":
        return InMemory()
    return InDatabase(request.getfixturevalue(f"{request.param}_ledger"))


def claimed(subject: Subject, update: UpdateId, now: datetime = NOON, owner: str = "one") -> Run:
    run = subject.journal.claim(update, owner=owner, now=now, lease=LEASE)
    assert run is not None
    return run


def begun(subject: Subject) -> tuple[UpdateId, Claim]:
    update = subject.order()
    return update, claimed(subject, update).claim


def test_an_ordered_update_is_claimed_as_it_was_stored(subject: Subject) -> None:
    update = subject.order()
    run = claimed(subject, update)
    assert (run.serial, run.login) == (subject.serial, LOGIN)
    assert tuple(record.step for record in run.steps) == STEPS
    assert [record.seq for record in run.steps] == [1, 2, 3]
    assert all(record.status is StepStatus.PENDING for record in run.steps)
    assert (run.attempts, run.unwinding, run.cancel_requested, run.known_step_versions) == (0, None, False, True)
    assert subject.status(update) is UpdateStatus.RUNNING


def test_one_holds_it_until_its_lease_ends(subject: Subject) -> None:
    update = subject.order()
    first = claimed(subject, update)
    assert subject.journal.claim(update, owner="two", now=NOON + LEASE / 2, lease=LEASE) is None
    second = claimed(subject, update, NOON + LEASE, "two")
    assert second.claim.fence > first.claim.fence
    assert second.attempts == 1


def test_nobody_claims_what_is_not_there(subject: Subject) -> None:
    assert subject.journal.claim(UpdateId(4711), owner="one", now=NOON, lease=LEASE) is None


def test_a_lease_is_prolonged(subject: Subject) -> None:
    update, claim = begun(subject)
    subject.journal.renew(claim, now=NOON + LEASE / 2, lease=LEASE)
    assert subject.journal.claim(update, owner="two", now=NOON + LEASE, lease=LEASE) is None


def test_who_lost_the_lease_writes_nothing(subject: Subject) -> None:
    update, old = begun(subject)
    claimed(subject, update, NOON + LEASE, "two")
    before = subject.tags(update), subject.sequence(update)
    journal, wait = subject.journal, Waiting(WaitingFor.TOKEN, ABSENT)
    calls: tuple[Callable[[], object], ...] = (
        lambda: journal.renew(old, now=NOON, lease=LEASE),
        lambda: journal.cancel_requested(old),
        lambda: journal.intend(old, 1, now=NOON),
        lambda: journal.finish(old, 1, reply={}, facts=(), then=0, now=NOON),
        lambda: journal.retry_step(old, 1, now=NOON),
        lambda: journal.park(old, 1, wait, accepted=False, now=NOON),
        lambda: journal.refuse(old, 1, ABSENT, now=NOON),
        lambda: journal.unwind(old, ABSENT, now=NOON),
        lambda: journal.intend_undo(old, 1, now=NOON),
        lambda: journal.finish_undo(old, 1, facts=(), now=NOON),
        lambda: journal.get_stuck(old, 1, ABSENT, now=NOON),
        lambda: journal.end(old, UpdateStatus.COMPLETED, None, now=NOON),
    )
    for call in calls:
        with pytest.raises(LeaseLost):
            call()
    assert (subject.tags(update), subject.sequence(update)) == before
    assert subject.statuses(update) == [StepStatus.PENDING] * 3


def test_a_step_goes_from_intent_to_outcome(subject: Subject) -> None:
    update, claim = begun(subject)
    subject.journal.intend(claim, 1, now=NOON)
    assert subject.statuses(update)[0] is StepStatus.INTENDED
    subject.journal.finish(claim, 1, reply={"a": "я"}, facts=(), then=0, now=NOON)
    again = claimed(subject, update, NOON + LEASE)
    assert again.steps[0].status is StepStatus.DONE
    assert again.steps[0].reply == {"a": "я"}
    assert subject.tags(update) == [
        (AuditTag.UPDATE_CLAIMED, 0),
        (AuditTag.STEP_INTENDED, 1),
        (AuditTag.STEP_DONE, 1),
        (AuditTag.UPDATE_CLAIMED, 0),
    ]


def test_the_next_intent_goes_in_with_the_outcome(subject: Subject) -> None:
    update, claim = begun(subject)
    subject.journal.intend(claim, 1, now=NOON)
    before = subject.sequence(update)
    assert subject.journal.finish(claim, 1, reply={}, facts=(), then=2, now=NOON)
    assert subject.statuses(update) == [StepStatus.DONE, StepStatus.INTENDED, StepStatus.PENDING]
    assert subject.tags(update)[-2:] == [(AuditTag.STEP_DONE, 1), (AuditTag.STEP_INTENDED, 2)]
    assert subject.sequence(update) == before + 2


def test_nothing_more_is_intended_once_a_person_wants_to_stop(subject: Subject) -> None:
    update, claim = begun(subject)
    subject.journal.intend(claim, 1, now=NOON)
    subject.cancel(update)
    before = subject.sequence(update)
    assert not subject.journal.finish(claim, 1, reply={}, facts=(), then=2, now=NOON)
    assert subject.statuses(update) == [StepStatus.DONE, StepStatus.PENDING, StepStatus.PENDING]
    assert subject.tags(update)[-1] == (AuditTag.STEP_DONE, 1)
    assert subject.sequence(update) == before + 1


@pytest.mark.parametrize("seq", [1, 2])
def test_no_step_skips_its_intent(subject: Subject, seq: int) -> None:
    update, claim = begun(subject)
    with pytest.raises(ValueError, match="may not become"):
        subject.journal.finish(claim, seq, reply={}, facts=(LeftBehind("aa"),), then=0, now=NOON)
    assert subject.statuses(update)[seq - 1] is StepStatus.PENDING
    assert subject.tags(update) == [(AuditTag.UPDATE_CLAIMED, 0)]
    assert subject.known()["leftovers"] == set()


def test_every_change_counts(subject: Subject) -> None:
    update, claim = begun(subject)
    numbers = [subject.sequence(update)]
    changes: tuple[Callable[[], object], ...] = (
        lambda: subject.journal.intend(claim, 1, now=NOON),
        lambda: subject.journal.retry_step(claim, 1, now=NOON),
        lambda: subject.journal.unwind(claim, ABSENT, now=NOON),
        lambda: subject.journal.end(claim, UpdateStatus.CANCELLED, ABSENT, now=NOON),
    )
    for change in changes:
        change()
        numbers.append(subject.sequence(update))
    assert numbers == list(range(numbers[0], numbers[0] + 5))


def test_an_absent_effect_may_be_tried_again(subject: Subject) -> None:
    update, claim = begun(subject)
    subject.journal.intend(claim, 1, now=NOON)
    subject.journal.retry_step(claim, 1, now=NOON)
    subject.journal.intend(claim, 1, now=NOON)
    assert subject.statuses(update)[0] is StepStatus.INTENDED


def test_attempts_count_claims_without_progress(subject: Subject) -> None:
    update = subject.order()
    subject.journal.intend(claimed(subject, update).claim, 1, now=NOON)
    assert claimed(subject, update, NOON + LEASE).attempts == 1
    run = claimed(subject, update, NOON + 2 * LEASE)
    assert run.attempts == 2
    subject.journal.finish(run.claim, 1, reply={}, facts=(), then=0, now=NOON)
    assert claimed(subject, update, NOON + 9 * LEASE).attempts == 0


def test_a_parked_run_waits_until_its_time(subject: Subject) -> None:
    update, claim = begun(subject)
    subject.journal.intend(claim, 1, now=NOON)
    waiting = Waiting(WaitingFor.CA, why(Trouble.CA_DECIDES), LATER, ticket="order-1")
    subject.journal.park(claim, 1, waiting, accepted=True, now=NOON)
    assert subject.status(update) is UpdateStatus.WAITING
    assert subject.journal.claim(update, owner="one", now=NOON, lease=LEASE) is None
    run = claimed(subject, update, LATER)
    record = run.steps[0]
    assert (record.status, record.ticket, record.why) == (StepStatus.WAITING, "order-1", why(Trouble.CA_DECIDES))
    assert run.attempts == 0
    with pytest.raises(LeaseLost):
        subject.journal.renew(claim, now=NOON, lease=LEASE)


def test_a_run_that_waits_for_somebody_is_woken(subject: Subject) -> None:
    update, claim = begun(subject)
    subject.journal.intend(claim, 1, now=NOON)
    subject.journal.park(claim, 1, Waiting(WaitingFor.TOKEN, ABSENT), accepted=False, now=NOON)
    assert subject.journal.claim(update, owner="one", now=LATER, lease=LEASE) is None
    subject.wake(update)
    record = claimed(subject, update, LATER).steps[0]
    assert (record.status, record.why) == (StepStatus.INTENDED, ABSENT)


def test_a_wish_to_stop_is_heard_once(subject: Subject) -> None:
    update, claim = begun(subject)
    assert not subject.journal.cancel_requested(claim)
    subject.cancel(update)
    assert subject.journal.cancel_requested(claim)
    subject.journal.unwind(claim, why(Trouble.CANCELLED), now=NOON)
    assert not subject.journal.cancel_requested(claim)
    assert claimed(subject, update, LATER).unwinding == why(Trouble.CANCELLED)


def test_a_wish_to_stop_wakes_a_waiting_run(subject: Subject) -> None:
    update, claim = begun(subject)
    subject.journal.park(claim, 1, Waiting(WaitingFor.TOKEN, ABSENT), accepted=False, now=NOON)
    subject.cancel(update)
    assert claimed(subject, update).cancel_requested


def test_a_wish_that_comes_while_the_run_parks_is_not_lost(subject: Subject) -> None:
    update, claim = begun(subject)
    subject.cancel(update)
    subject.journal.park(claim, 1, Waiting(WaitingFor.TOKEN, ABSENT), accepted=False, now=NOON)
    assert claimed(subject, update).cancel_requested


def test_giving_up_counts_only_where_the_token_is_awaited(subject: Subject) -> None:
    update, claim = begun(subject)
    subject.journal.unwind(claim, ABSENT, now=NOON)
    subject.cancel(update, leave_behind=True)
    subject.journal.park(claim, 1, Waiting(WaitingFor.RETRY, ABSENT, LATER), accepted=False, now=NOON)
    assert subject.journal.claim(update, owner="one", now=NOON, lease=LEASE) is None
    again = claimed(subject, update, LATER).claim
    subject.journal.park(again, 1, Waiting(WaitingFor.TOKEN, ABSENT), accepted=False, now=LATER)
    assert claimed(subject, update, LATER).cancel_requested


def test_forward_and_back_are_stopped_in_their_own_ways(subject: Subject) -> None:
    update, claim = begun(subject)
    with pytest.raises(Conflict):
        subject.cancel(update, leave_behind=True)
    subject.journal.unwind(claim, ABSENT, now=NOON)
    with pytest.raises(Conflict):
        subject.cancel(update)


def test_a_refused_step_turns_the_run_back(subject: Subject) -> None:
    update, claim = begun(subject)
    subject.cancel(update)
    subject.journal.intend(claim, 1, now=NOON)
    full = why(Trouble.TOKEN_FULL, "64 k", free="0")
    subject.journal.refuse(claim, 1, full, now=NOON)
    run = claimed(subject, update, NOON + LEASE)
    assert run.unwinding == full
    assert not run.cancel_requested
    assert (run.steps[0].status, run.steps[0].why) == (StepStatus.REFUSED, full)


@pytest.mark.parametrize("status", [StepStatus.DONE, StepStatus.REFUSED, StepStatus.INTENDED, StepStatus.WAITING])
def test_whatever_was_touched_is_undone(subject: Subject, status: StepStatus) -> None:
    update, claim = begun(subject)
    journal = subject.journal
    journal.intend(claim, 2, now=NOON)
    match status:
        case StepStatus.DONE:
            journal.finish(claim, 2, reply={"x": "1"}, facts=(KeyGenerated("aa", "Подпись"),), then=0, now=NOON)
        case StepStatus.REFUSED:
            journal.refuse(claim, 2, ABSENT, now=NOON)
        case StepStatus.WAITING:
            journal.park(claim, 2, Waiting(WaitingFor.CA, ABSENT, NOON, "t"), accepted=True, now=NOON)
            claim = claimed(subject, update).claim
        case _:
            pass
    journal.intend_undo(claim, 2, now=NOON)
    assert subject.statuses(update)[1] is StepStatus.UNDOING
    journal.finish_undo(claim, 2, facts=(KeyRemoved("aa"),), now=NOON)
    assert subject.statuses(update)[1] is StepStatus.UNDONE
    assert subject.tags(update)[-2:] == [(AuditTag.STEP_UNDOING, 2), (AuditTag.STEP_UNDONE, 2)]


def test_an_undone_step_keeps_its_reply(subject: Subject) -> None:
    update, claim = begun(subject)
    subject.journal.intend(claim, 2, now=NOON)
    subject.journal.finish(claim, 2, reply={"x": "1"}, facts=(), then=0, now=NOON)
    subject.journal.intend_undo(claim, 2, now=NOON)
    assert claimed(subject, update, NOON + LEASE).steps[1].reply == {"x": "1"}


def test_a_stuck_run_waits_for_a_word(subject: Subject) -> None:
    update, claim = begun(subject)
    subject.journal.intend(claim, 1, now=NOON)
    subject.journal.get_stuck(claim, 1, why(Trouble.IN_DOUBT), now=NOON)
    assert subject.status(update) is UpdateStatus.STUCK
    assert subject.journal.claim(update, owner="one", now=LATER, lease=LEASE) is None
    with pytest.raises(Conflict):
        subject.cancel(update)
    subject.settle(update, happened=True)
    run = claimed(subject, update)
    assert (run.steps[0].settled, run.attempts) == (True, 0)
    subject.journal.retry_step(run.claim, 1, now=NOON)
    assert claimed(subject, update, LATER).steps[0].settled is None


def test_a_word_is_over_once_the_run_waits_again(subject: Subject) -> None:
    update, claim = begun(subject)
    subject.journal.intend(claim, 1, now=NOON)
    subject.journal.get_stuck(claim, 1, why(Trouble.IN_DOUBT), now=NOON)
    subject.settle(update, happened=True)
    again = claimed(subject, update)
    subject.journal.park(again.claim, 1, Waiting(WaitingFor.RETRY, ABSENT, LATER), accepted=False, now=NOON)
    assert claimed(subject, update, LATER).steps[0].settled is None


def test_what_nobody_said_is_stuck_too(subject: Subject) -> None:
    update, claim = begun(subject)
    subject.journal.get_stuck(claim, 0, why(Trouble.TOO_MANY_ATTEMPTS), now=NOON)
    subject.settle(update, happened=False)
    assert [record.settled for record in claimed(subject, update).steps] == [None, None, None]


def test_only_a_stuck_run_is_settled(subject: Subject) -> None:
    update, _ = begun(subject)
    with pytest.raises(Conflict):
        subject.settle(update, happened=True)


@pytest.mark.parametrize("status", [UpdateStatus.COMPLETED, UpdateStatus.FAILED, UpdateStatus.CANCELLED])
def test_what_is_over_is_over(subject: Subject, status: UpdateStatus) -> None:
    update, claim = begun(subject)
    subject.journal.end(claim, status, None if status is UpdateStatus.COMPLETED else ABSENT, now=NOON)
    assert subject.status(update) is status
    assert subject.journal.claim(update, owner="one", now=LATER, lease=LEASE) is None
    assert subject.applied(update) is (status is UpdateStatus.COMPLETED)
    assert subject.tags(update)[-1] == (AuditTag(f"worker:update:{status.value}"), 0)
    with pytest.raises(Conflict):
        subject.cancel(update)
    assert subject.order() != update


def issued(fingerprint: str) -> CertificateIssued:
    return CertificateIssued(
        fingerprint=fingerprint,
        key_id="aa",
        template=KEY,
        template_name="Подпись",
        serial=f"5{fingerprint}",
        subject="CN=Иванова",
        issuer="CN=CA",
        not_before=NOON,
        not_after=datetime(2027, 1, 1, tzinfo=UTC),
        attributes=(("title", "юрист"),),
        escrow=False,
        revoke_on_removal=True,
        der=b"der",
    )


EMPTY: dict[str, Any] = {
    "certificates": {},
    "history": set(),
    "revoked": set(),
    "registered": set(),
    "leftovers": set(),
}
CONTENTS = TokenContents(SERIAL, (), complete=True)


@pytest.mark.parametrize(
    ("facts", "known"),
    [
        ((KeyGenerated("aa", "x"),), {}),
        ((issued("f1"),), {"certificates": {"f1": "issued"}}),
        ((issued("f1"), issued("f1")), {"certificates": {"f1": "issued"}}),
        ((issued("f1"), CertificateWritten("f1")), {"certificates": {"f1": "written"}}),
        ((issued("f1"), CertificateWritten("f1"), CertificateRemoved("f1")), {"certificates": {"f1": "removed"}}),
        (
            (issued("f1"), CertificateWritten("f1"), CertificateRetained("f1")),
            {"certificates": {"f1": "written"}, "history": {"f1"}},
        ),
        ((issued("f1"), CertificateRevoked("main", "5f1")), {"certificates": {"f1": "issued"}, "revoked": {"5f1"}}),
        ((CommonWritten("root", 2, "f2", "cc"),), {"certificates": {"f2": "written"}}),
        ((DeviceRegistered(Register.SECRET_NET),), {"registered": {"secret_net"}}),
        (
            (DeviceRegistered(Register.SECRET_NET), DeviceRegistered(Register.SECRET_NET)),
            {"registered": {"secret_net"}},
        ),
        ((DeviceRegistered(Register.SECRET_NET), DeviceWithdrawn(Register.SECRET_NET)), {}),
        ((ContentsSeen(CONTENTS),), {"contents": CONTENTS.content_hash()}),
        ((LeftBehind("aa"), LeftBehind("aa")), {"leftovers": {("aa", None)}}),
        ((LeftBehind("aa", "f1"), LeftBehind("aa", "f1")), {"leftovers": {("aa", "f1")}}),
        ((LeftBehind("aa"), LeftBehind("bb", "f1"), KeyRemoved("aa")), {"leftovers": {("bb", "f1")}}),
        ((LeftBehind("bb", "f1"), CertificateRemoved("f1"), LeftBehind("bb")), {"leftovers": {("bb", None)}}),
        ((issued("f1"), LeftBehind("aa"), CertificateWritten("f1")), {"certificates": {"f1": "written"}}),
        (
            (issued("f1"), CertificateWritten("f1"), LeftBehind("aa", "f1")),
            {"certificates": {"f1": "removed"}, "leftovers": {("aa", "f1")}},
        ),
    ],
)
def test_facts_become_records(subject: Subject, facts: tuple[Fact, ...], known: dict[str, Any]) -> None:
    _, claim = begun(subject)
    subject.journal.intend(claim, 1, now=NOON)
    subject.journal.finish(claim, 1, reply={}, facts=facts, then=0, now=NOON)
    told = subject.known()
    if "certificates" not in known or len(told["certificates"]) > len(known["certificates"]):  # no row, none
        told["certificates"] = {
            f: place for f, place in told["certificates"].items() if f in known.get("certificates", {})
        }
    assert told == {**EMPTY, "contents": None, **known}


def test_a_certificate_nobody_knows_of_is_not_invented(subject: Subject) -> None:
    _, claim = begun(subject)
    if isinstance(subject, InMemory):
        return  # its records keep no key id to miss
    subject.journal.intend(claim, 1, now=NOON)
    subject.journal.finish(claim, 1, reply={}, facts=(CertificateWritten("f9"),), then=0, now=NOON)
    assert subject.known()["certificates"] == {}


def test_a_stored_step_of_the_future_is_told(sqlite_ledger: Ledger) -> None:
    device = sqlite_ledger.device(uuid4().hex)
    update = sqlite_ledger.order(device, STEPS)
    with sqlite_ledger.database.begin() as connection:
        later = {"kind": "Step", "version": 99, "value": {}}
        connection.execute(set_rows(UpdateStep).where(UpdateStep.update_id == update).values(step=later))
    run = sqlite_ledger.journal.claim(update, owner="one", now=NOON, lease=LEASE)
    assert run is not None
    assert (run.steps, run.known_step_versions) == ((), False)


def test_a_second_active_update_of_a_device_is_refused(subject: Subject) -> None:
    subject.order()
    with pytest.raises(Exception, match=r"update_under_way|UNIQUE|unique"):
        subject.order()
