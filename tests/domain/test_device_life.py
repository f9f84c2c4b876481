"""The whole table of a device's life, cell by cell, and what every cell promises."""

from itertools import product

import pytest

from portal.domain.device import DeviceState
from portal.domain.device_life import (
    CRL_REASONS,
    Allowed,
    Denial,
    Operation,
    RevocationReason,
    Standing,
    decide,
    operations,
)

CLEAN, ASSIGNED, PENDING, ISSUED, DISABLED, REVOKED = DeviceState
#: A device nothing stands in the way of.
FREE = {"held": False, "running": False, "owed": False, "ours": True, "so_pin": True}
#: What a device of each state can become, and by what.
BECOMES = {
    (None, Operation.ADD): CLEAN,
    (CLEAN, Operation.ASSIGN): ASSIGNED,
    (ASSIGNED, Operation.UNASSIGN): CLEAN,
    (ASSIGNED, Operation.WITHDRAW): CLEAN,
    (ASSIGNED, Operation.ISSUE): ISSUED,
    (ASSIGNED, Operation.REVOKE): REVOKED,
    (ASSIGNED, Operation.CLEAN): ASSIGNED,
    (PENDING, Operation.REVOKE): REVOKED,
    (ISSUED, Operation.DISABLE): DISABLED,
    (ISSUED, Operation.REVOKE): REVOKED,
    (ISSUED, Operation.CLEAN): ASSIGNED,
    (DISABLED, Operation.ENABLE): ISSUED,
    (DISABLED, Operation.REVOKE): REVOKED,
    (REVOKED, Operation.CLEAN): ASSIGNED,
    (REVOKED, Operation.WITHDRAW): CLEAN,
}
STAYS = {
    *((state, Operation.EDIT) for state in DeviceState),
    *((state, Operation.TELL_REGISTERS) for state in DeviceState),
    *((state, pin) for state in (ASSIGNED, PENDING, ISSUED) for pin in (Operation.CHANGE_PIN, Operation.RESET_PIN)),
    *((state, Operation.REPLACE) for state in (ISSUED, DISABLED, REVOKED)),
}
EVERYWHERE = list(product((None, *DeviceState), Operation))


def answers(state: DeviceState | None, operation: Operation) -> set[Allowed | Denial]:
    """What may be answered for a device in this state, whatever else is true of it."""
    told = product((True, False), repeat=len(FREE))
    return {decide(operation, Standing(state, **dict(zip(FREE, facts, strict=True)))) for facts in told}


@pytest.mark.parametrize(("state", "operation"), EVERYWHERE)
def test_each_cell_of_the_table(state: DeviceState | None, operation: Operation) -> None:
    allowed = {answer for answer in answers(state, operation) if isinstance(answer, Allowed)}
    if (state, operation) in BECOMES:
        assert {answer.to for answer in allowed} == {BECOMES[state, operation]}
    elif (state, operation) in STAYS:
        assert {answer.to for answer in allowed} == {None}
    else:
        assert allowed == set()


@pytest.mark.parametrize(
    ("state", "operation", "facts", "why"),
    [
        (CLEAN, Operation.ASSIGN, {"held": True}, Denial.HELD),
        (ASSIGNED, Operation.UNASSIGN, {"ours": True}, Denial.NOT_EMPTY),
        (ASSIGNED, Operation.ISSUE, {"running": True}, Denial.RUNNING),
        (ASSIGNED, Operation.REVOKE, {"ours": False}, Denial.EMPTY),
        (ISSUED, Operation.DISABLE, {"running": True}, Denial.RUNNING),
        (ISSUED, Operation.CLEAN, {"ours": False}, Denial.EMPTY),
        (ISSUED, Operation.CLEAN, {"running": True}, Denial.RUNNING),
        (ISSUED, Operation.RESET_PIN, {"so_pin": False}, Denial.NO_SO_PIN),
        (ISSUED, Operation.CHANGE_PIN, {"running": True}, Denial.RUNNING),
        (ISSUED, Operation.REPLACE, {"running": True}, Denial.RUNNING),
        (REVOKED, Operation.WITHDRAW, {"owed": True}, Denial.OWED),
        (DISABLED, Operation.CHANGE_PIN, {}, Denial.DISABLED),
        (REVOKED, Operation.ENABLE, {}, Denial.REVOKED),
        (CLEAN, Operation.ISSUE, {}, Denial.NOT_HELD),
        (None, Operation.REVOKE, {}, Denial.UNKNOWN),
        (ISSUED, Operation.ADD, {}, Denial.KNOWN),
    ],
)
def test_what_stands_in_the_way_is_named(
    state: DeviceState | None, operation: Operation, facts: dict[str, bool], why: Denial
) -> None:
    assert decide(operation, Standing(state, **{**FREE, **facts})) is why


@pytest.mark.parametrize("state", [PENDING, ISSUED, DISABLED])
def test_a_device_with_certificates_can_always_be_revoked(state: DeviceState) -> None:
    """Whatever is under way or owed: a lost token does not wait."""
    assert answers(state, Operation.REVOKE) == {Allowed(REVOKED)}


def test_every_operation_has_an_answer_and_an_order() -> None:
    assert list(operations(Standing(ISSUED))) == list(Operation)


def test_every_reason_has_its_word_for_the_authority() -> None:
    assert set(CRL_REASONS) == set(RevocationReason)
    assert "certificateHold" not in CRL_REASONS.values()
