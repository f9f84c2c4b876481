"""What must hold once an update is over."""

from portal.domain.audit import AuditTag
from portal.domain.update_plan import Action
from portal.domain.update_state import StepStatus, UpdateStatus
from portal.domain.update_steps import StepKind
from portal.ports.journal import StepRecord
from tests.chaos.scenery import DEVICE, READER
from tests.chaos.watch import Violation, Watch
from tests.fakes.journal import Row
from tests.fakes.register import FakeRegister
from tests.fakes.tickets import FakeTickets

OVER = frozenset({UpdateStatus.COMPLETED, UpdateStatus.FAILED, UpdateStatus.CANCELLED})


def judge(watch: Watch, tickets: FakeTickets, register: FakeRegister) -> None:
    """Every invariant that shows only at the end."""
    row = watch.journal.rows[watch.update]
    if row.status not in OVER:
        raise Violation(f"I6: it never ended: {row.status}, {row.why}")
    if tickets.kept:
        raise Violation("I4: the PIN ticket outlived its update")
    _audit_tells(row)
    _nothing_unexplained(watch)
    _foreign_untouched(watch)
    _debts_paid(row)
    if row.status is UpdateStatus.COMPLETED:
        _as_planned(watch, register)
    if row.status in {UpdateStatus.FAILED, UpdateStatus.CANCELLED} and row.unwinding is None:
        raise Violation("I6: it ended without a reason")


def _audit_tells(row: Row) -> None:
    if len(row.audit) != row.sequence:
        raise Violation("I8: a change without a line or a number")
    told: dict[int, list[AuditTag]] = {record.seq: [] for record in row.steps}
    for tag, seq in row.audit:
        if seq:
            told[seq].append(tag)
    for record in row.steps:
        tags = told[record.seq]
        if record.status is StepStatus.DONE and not _in_order(tags, AuditTag.STEP_INTENDED, AuditTag.STEP_DONE):
            raise Violation("I8: done without an intent before")
        if record.status is StepStatus.UNDONE and not _in_order(tags, AuditTag.STEP_UNDOING, AuditTag.STEP_UNDONE):
            raise Violation("I8: undone without an intent before")


def _in_order(tags: list[AuditTag], first: AuditTag, then: AuditTag) -> bool:
    return first in tags and then in tags and tags.index(first) < len(tags) - 1 - tags[::-1].index(then)


def _nothing_unexplained(watch: Watch) -> None:
    """I2: what is on the token and at the CA is what our records say."""
    records, token = watch.journal.records[DEVICE], watch.scene.token
    doubt = {r.step.key_id for r in watch.journal.rows[watch.update].steps if r.status is StepStatus.INTENDED}
    written = {f for f, place in records.certificates.items() if place == "written"}
    left_keys = {left[0] for left in records.leftovers}
    left = {left[1] for left in records.leftovers}
    there = {fingerprint for _, fingerprint in token.certificates}
    foreign = {READER.certificate(der).fingerprint for der in watch.scene.foreign.values()}
    if unknown := there - written - left - foreign:
        raise Violation(f"I2: certificates nobody knows: {unknown}")
    with_certificate = {key_id for key_id, fingerprint in token.certificates if fingerprint in written}
    if unknown := set(token.keys) - with_certificate - left_keys - set(watch.scene.foreign) - doubt:
        raise Violation(f"I2: keys nobody knows: {unknown}")
    lost = {f for f in written - there if not any(f == r.step.fingerprint for r in _doubtful(watch))}
    if lost:
        raise Violation(f"I2: records say written, the token says no: {lost}")
    _ledger_known(watch, written)


def _debts_paid(row: Row) -> None:
    """I2: a certificate that left the token to be revoked is revoked, however the run ended; nothing is owed."""
    if row.owed:
        raise Violation(f"I2: still owed: {row.owed}")
    gone = {
        r.step.item for r in row.steps if r.step.kind is StepKind.REMOVE_CERTIFICATE and r.status is StepStatus.DONE
    }
    for record in row.steps:
        owed = record.step.kind is StepKind.REVOKE_CERTIFICATE and record.step.item in gone
        if owed and record.status not in {StepStatus.DONE, StepStatus.REFUSED}:
            raise Violation(f"I2: step {record.seq} was to revoke what is gone and never did: {record.status}")


def _doubtful(watch: Watch) -> list[StepRecord]:
    return [r for r in watch.journal.rows[watch.update].steps if r.status is StepStatus.INTENDED]


def _ledger_known(watch: Watch, written: set[str]) -> None:
    records = watch.journal.records[DEVICE]
    for order_id, certificate in watch.ca.ledger:
        fingerprint = READER.certificate(certificate.der()).fingerprint
        if fingerprint not in records.certificates and order_id not in _told(watch):
            raise Violation(f"I2: the CA issued {order_id} and nobody knows")
        if fingerprint not in written and certificate.serial not in watch.ca.revoked:
            raise Violation(f"I2: {order_id} is neither on the token nor revoked")
        revoked = certificate.serial in watch.ca.revoked
        if revoked and certificate.serial not in records.revoked and order_id not in _told(watch):
            raise Violation(f"I2: {order_id} was revoked and nobody knows")


def _told(watch: Watch) -> set[str]:
    """Orders whose end only a person could tell."""
    return {r.step.order_id for r in watch.journal.rows[watch.update].steps if r.seq in watch.journal.told}


def given_up(watch: Watch) -> bool:
    """Whether a person ended a run that was stuck."""
    return watch.update in watch.journal.given_up


def _foreign_untouched(watch: Watch) -> None:
    token = watch.scene.token
    for key_id, der in watch.scene.foreign.items():
        place = (key_id, READER.certificate(der).fingerprint)
        if token.certificates.get(place) != der or key_id not in token.keys:
            raise Violation("a foreign object is gone")


def _as_planned(watch: Watch, register: FakeRegister) -> None:
    """A completed update left exactly what its plan promised."""
    scene, records = watch.scene, watch.journal.records[DEVICE]
    there = {fingerprint for _, fingerprint in scene.token.certificates}
    issuing = sum(1 for item in scene.plan.items if item.action in {Action.ISSUE, Action.RENEW, Action.RENEW_SAME_KEY})
    if len(watch.ca.ledger) != issuing:
        raise Violation("I3: not one certificate for each item")
    for item in scene.plan.items:
        if item.removes and item.fingerprint in there and item.fingerprint not in _written_now(watch):
            raise Violation(f"{item.action} left the old certificate")
        if item.action in {Action.KEEP, Action.RETAIN} and item.fingerprint and item.fingerprint not in there:
            raise Violation(f"{item.action} lost its certificate")
        if item.action is Action.RETAIN and item.because and item.fingerprint not in records.history:
            raise Violation("a retained certificate is not known as history")
        if item.revokes and not _revoked(watch, item.fingerprint):
            raise Violation("an old certificate was not revoked")
    if {k for k in scene.token.keys if not any(p[0] == k for p in scene.token.certificates)} - {""}:
        raise Violation("a key without a certificate is left")
    wanted = bool(scene.policy.registers)
    if wanted is not bool(register.devices) or wanted is not bool(records.registered):
        raise Violation("the register and our records disagree")


def _written_now(watch: Watch) -> set[str]:
    return {r.step.fingerprint for r in watch.journal.rows[watch.update].steps if r.step.common}


def _revoked(watch: Watch, fingerprint: str) -> bool:
    serial = next(c.serial for c in watch.scene.device.managed if c.fingerprint == fingerprint)
    return serial in watch.ca.revoked and serial in watch.journal.records[DEVICE].revoked
