"""Journals under contract, each with one device: the one in memory, and the one in a database."""

from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import uuid4

from portal.domain.audit import AuditTag
from portal.domain.certificate import KeyAlgorithm, Purpose, TemplateKey
from portal.domain.ids import DeviceId, UpdateId
from portal.domain.troubles import Trouble, why
from portal.domain.update_state import StepStatus, UpdateStatus
from portal.domain.update_steps import Step, StepKind
from portal.ports.debts import DebtBook
from portal.ports.journal import Claim, Run, UpdateJournal
from tests.fakes.debts import MemoryDebtBook
from tests.fakes.journal import MemoryJournal
from tests.support.clock import NOON
from tests.support.ledgers import LOGIN, SERIAL, Ledger

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
    def debts(self) -> DebtBook: ...
    @property
    def serial(self) -> str: ...
    def order(self) -> UpdateId: ...
    def wake(self, update: UpdateId) -> None: ...
    def ring(self, update: UpdateId) -> None: ...
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
        self.debts = MemoryDebtBook(self.journal)

    def order(self) -> UpdateId:
        return self.journal.order(DeviceId(1), SERIAL, LOGIN, STEPS)

    def wake(self, update: UpdateId) -> None:
        self.journal.wake(update, NOON)

    def ring(self, update: UpdateId) -> None:
        self.journal.ring(update)

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
        self.debts = ledger.debts
        self.serial = uuid4().hex
        self.device = ledger.device(self.serial)

    def order(self) -> UpdateId:
        return self.ledger.order(self.device, STEPS)

    def wake(self, update: UpdateId) -> None:
        self.ledger.wake(update, NOON)

    def ring(self, update: UpdateId) -> None:
        self.ledger.ring(update, NOON)

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


def claimed(subject: Subject, update: UpdateId, now: datetime = NOON, owner: str = "one") -> Run:
    run = subject.journal.claim(update, owner=owner, now=now, lease=LEASE)
    assert run is not None
    return run


def begun(subject: Subject) -> tuple[UpdateId, Claim]:
    update = subject.order()
    return update, claimed(subject, update).claim
