"""What must hold after a blow and a resumed update: read from the token, the CA's ledger and the database."""

from portal.domain.audit import AuditTag
from portal.domain.contents import TokenContents
from portal.domain.ids import DeviceId, UpdateId
from portal.domain.policy import Register
from portal.domain.update_state import StepStatus, UpdateStatus
from tests.crash.after import Found
from tests.crash.before import ENCRYPTION, FOREIGN, SIGNATURE
from tests.crash.place import Place

KEPT = {template.name for template in (SIGNATURE, ENCRYPTION)}


def judge(place: Place, found: Found, expected: UpdateStatus) -> None:
    """Every invariant."""
    assert found.status is expected
    usable_all_the_time(found)
    nothing_unexplained(place, found)
    each_order_fulfilled_once(place, found)
    audit_tells(place)
    if expected is UpdateStatus.COMPLETED:
        as_planned(place, found)


def usable(contents: TokenContents) -> set[str]:
    return {c.label for c in contents.certificates if c.has_key}


def usable_all_the_time(found: Found) -> None:
    """I1: for every template that stays there is a certificate with its key, at the blow and at the end."""
    assert usable(found.at_the_blow) >= KEPT
    assert usable(found.at_the_end) >= KEPT


def nothing_unexplained(place: Place, found: Found) -> None:
    """I2: certificates and keys on the token are those of our records, and the foreign pair is untouched."""
    ledger = place.ledger()
    written = {row.fingerprint for row in ledger.certificates(DeviceId(place.device)) if row.status.value == "written"}
    there = {c.fingerprint for c in found.at_the_end.certificates if c.key_id != FOREIGN}
    assert there == written
    assert ledger.leftovers(DeviceId(place.device)) == set()
    keys = {key.key_id for key in found.at_the_end.keys}
    assert keys == {c.key_id for c in found.at_the_end.certificates}
    assert all(key.private and key.public for key in found.at_the_end.keys)
    assert [c for c in found.at_the_blow.certificates if c.key_id == FOREIGN] == [
        c for c in found.at_the_end.certificates if c.key_id == FOREIGN
    ]
    assert len([key for key in found.at_the_end.keys if key.key_id == FOREIGN]) == 1


def each_order_fulfilled_once(place: Place, found: Found) -> None:
    """I3, and I2 at the CA: one certificate for each order, on the token or revoked, and known to us."""
    rows = {row.serial: row for row in place.ledger().certificates(DeviceId(place.device)) if row.serial}
    ours = found.orders
    assert len(set(ours.values())) == len(ours)
    assert len(ours) <= len(KEPT)
    there = {c.serial for c in found.at_the_end.certificates}
    for serial in ours.values():
        assert serial in rows
        assert (serial in there) is (serial not in found.revoked)
        assert (rows[serial].revocation.value == "revoked") is (serial in found.revoked)


def audit_tells(place: Place) -> None:
    """I8: intent before outcome for every step, a number for every line, and the chain holds."""
    ledger, update = place.ledger(), UpdateId(place.update)
    assert ledger.chain_holds()
    tags = ledger.tags(update)
    assert len(tags) + 1 == ledger.row(update).sequence
    for row in ledger.steps(update):
        mine = [tag for tag, seq in tags if seq == row.seq]
        if row.status is StepStatus.DONE:
            assert mine.index(AuditTag.STEP_INTENDED) < mine.index(AuditTag.STEP_DONE)
        if row.status is StepStatus.UNDONE:
            assert mine.index(AuditTag.STEP_UNDOING) < mine.index(AuditTag.STEP_UNDONE)


def as_planned(place: Place, found: Found) -> None:
    """I6: the same end as without a blow."""
    ledger = place.ledger()
    rows = ledger.certificates(DeviceId(place.device))
    assert set(place.ledger().statuses(UpdateId(place.update))) == {StepStatus.DONE}
    assert len(found.orders) == len(KEPT)
    labels = sorted(c.label for c in found.at_the_end.certificates if c.key_id != FOREIGN)
    assert labels == sorted([SIGNATURE.name, ENCRYPTION.name, ENCRYPTION.name, "Корневой"])
    assert [row.name for row in rows if row.history] == [ENCRYPTION.name]
    revoked = [row.serial for row in rows if row.revocation.value == "revoked"]
    assert set(revoked) == found.revoked
    assert len(revoked) == 1
    assert found.registers == {Register.ACCESS_MANAGER}
    assert ledger.registered(DeviceId(place.device)) == {"access_manager"}
    assert ledger.device_row(DeviceId(place.device)).applied_policy_version == 1
