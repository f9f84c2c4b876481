"""Faults of the token and of its people at every step that needs it, on SoftHSM2 behind the fault module.

The names of the faults are those of the reliability table: F01 and F02 the process dies inside a call, F03 the token
is pulled, F04 another one is put in, F05 and F06 PINs, F07 no room, F08 errors and a token that hangs.
"""

import signal
from pathlib import Path

import pytest

from jobs.lifeline import HANGS
from portal.domain.update_state import UpdateStatus
from portal.domain.update_steps import StepKind
from portal.services.boundaries import Boundary
from tests.crash import after, work
from tests.crash.conftest import NewPlace
from tests.crash.place import Place
from tests.crash.verdict import judge
from tests.crash.work import Blow, Fault
from tests.support.faults import SOURCE
from tests.support.native import Compiler
from tests.support.step_kinds import UPDATE_ON_TOKEN
from tests.support.tokens import PIN

pytestmark = pytest.mark.crash

#: The PKCS#11 call that is the effect of a step.
CALL = {
    StepKind.COMPARE_CONTENTS: "C_FindObjectsInit",
    StepKind.GENERATE_KEY: "C_GenerateKeyPair",
    StepKind.SIGN_REQUEST: "C_Sign",
    StepKind.WRITE_CERTIFICATE: "C_CreateObject",
    StepKind.WRITE_COMMON: "C_CreateObject",
    StepKind.VERIFY_CERTIFICATE: "C_Sign",
    StepKind.REMOVE_CERTIFICATE: "C_DestroyObject",
    StepKind.REMOVE_KEY: "C_DestroyObject",
    StepKind.VERIFY_TOKEN: "C_FindObjectsInit",
}
WRITES = [StepKind.GENERATE_KEY, StepKind.WRITE_CERTIFICATE, StepKind.WRITE_COMMON]
WHEN = {"before": "", "after": "effect "}
DEVICE_ERROR, DEVICE_MEMORY, DEVICE_REMOVED, TOKEN_NOT_PRESENT = "0x30", "0x31", "0x32", "0xE0"


@pytest.fixture
def place(new_place: NewPlace, compiler: Compiler) -> Place:
    module: Path = compiler.module(SOURCE, "p11-kit-1")
    return new_place("sqlite").behind(module)


def finish(place: Place, expected: UpdateStatus = UpdateStatus.COMPLETED) -> None:
    """The fault is over: carry on to the end and judge."""
    place.rules()
    judge(place, place.ask(after.resumed), expected)


def test_every_step_that_needs_the_token_is_broken() -> None:
    assert set(CALL) == UPDATE_ON_TOKEN


@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("kind", CALL)
def test_f01_killed_inside_the_call(place: Place, kind: StepKind, when: str) -> None:
    fault = Fault(kind, (f"{CALL[kind]} count=1 {WHEN[when]}die",))
    assert place.run(work.troubled, fault) == -signal.SIGKILL
    finish(place)


@pytest.mark.parametrize("code", [DEVICE_REMOVED, TOKEN_NOT_PRESENT])
@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("kind", CALL)
def test_f03_pulled_and_put_back(place: Place, kind: StepKind, when: str, code: str) -> None:
    fault = Fault(kind, (f"{CALL[kind]} {WHEN[when]}rv={code}",))
    status, trouble = place.ask(work.troubled, fault)
    assert (status, trouble) == (UpdateStatus.WAITING, "token_removed")
    finish(place)


@pytest.mark.parametrize("kind", CALL)
def test_f04_another_token_is_put_in(place: Place, kind: StepKind) -> None:
    status, _ = place.ask(work.troubled, Fault(kind, swap=True))
    other = place.folder / "tokens"
    before = {path: path.read_bytes() for path in other.rglob("*.object")}
    if status is UpdateStatus.WAITING:  # a library may finish what it holds in memory; it never starts on another token
        assert place.ask(work.tried, PIN)[0] is UpdateStatus.WAITING
    assert {path: path.read_bytes() for path in other.rglob("*.object")} == before
    place.swap_token(place.folder / "other")
    finish(place)


@pytest.mark.parametrize("kind", CALL)
def test_f05_a_wrong_pin_is_spent_once(place: Place, kind: StepKind) -> None:
    assert place.run(work.struck, Blow(kind, Boundary.AFTER_INTENT)) == -signal.SIGKILL
    assert place.ask(work.tried, "9999") == (UpdateStatus.WAITING, "pin_incorrect")
    assert place.wrong_pins_so_far() == 1
    finish(place)


@pytest.mark.parametrize(("wrong", "trouble"), [(4, "pin_last_try"), (5, "pin_locked")])
@pytest.mark.parametrize("kind", CALL)
def test_f06_the_last_try_is_never_spent(place: Place, kind: StepKind, wrong: int, trouble: str) -> None:
    assert place.run(work.struck, Blow(kind, Boundary.AFTER_INTENT)) == -signal.SIGKILL
    place.wrong_pins(wrong)
    assert place.ask(work.tried, PIN) == (UpdateStatus.WAITING, trouble)
    assert place.wrong_pins_so_far() == wrong
    place.wrong_pins(0)
    finish(place)


@pytest.mark.parametrize("kind", WRITES)
def test_f07_no_room_undoes_the_item(place: Place, kind: StepKind) -> None:
    status, trouble = place.ask(work.troubled, Fault(kind, (f"{CALL[kind]} count=1 rv={DEVICE_MEMORY}",)))
    assert (status, trouble) == (UpdateStatus.FAILED, "token_full")
    finish(place, UpdateStatus.FAILED)


@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("kind", CALL)
def test_f08_an_error_is_tried_again(place: Place, kind: StepKind, when: str) -> None:
    fault = Fault(kind, (f"{CALL[kind]} {WHEN[when]}rv={DEVICE_ERROR}",))
    status, trouble = place.ask(work.troubled, fault)
    assert (status, trouble) == (UpdateStatus.WAITING, "token_error")
    finish(place)


@pytest.mark.parametrize("kind", CALL)
def test_f08_a_token_that_hangs_loses_its_process(place: Place, kind: StepKind) -> None:
    fault = Fault(kind, (f"{CALL[kind]} delay=60000",))
    assert place.run(work.troubled, fault, 0.5) == HANGS
    finish(place)
