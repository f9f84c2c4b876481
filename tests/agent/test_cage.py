"""A library that hangs, crashes or answers rubbish at any call costs one step; other tokens go on."""

from pathlib import Path

import pytest

from agent.cage import Cage, Limits
from agent.lock import HeldFile
from portal.domain.certificate import KeyAlgorithm
from portal.domain.outcomes import Done, Refused, Unknown
from portal.domain.troubles import Trouble
from portal.ports.token import GenerateKeyPair, ObjectOrder, Pin, ReadContents, RemoveKeyPair
from tests.support.faults import FaultModule, fault_module
from tests.support.native import Compiler
from tests.support.tokens import PIN, SoftHsm

KEY, OLD, NEW = ("0a" * 20, "0b" * 20, "0c" * 20)
MAKE = GenerateKeyPair(KEY, "ключ", KeyAlgorithm.EC_P256)
#: What the library is asked before a session is open, and later; with an order that asks it.
AT_START = ("C_Initialize", "C_GetSlotList", "C_GetTokenInfo", "C_OpenSession", "C_Login")
LATER: dict[str, ObjectOrder] = {
    "C_FindObjectsInit": ReadContents(),
    "C_FindObjects": ReadContents(),
    "C_GetAttributeValue": ReadContents(),
    "C_GenerateKeyPair": GenerateKeyPair(NEW, "ещё", KeyAlgorithm.EC_P256),
    "C_DestroyObject": RemoveKeyPair(OLD),
}
PATIENT = Limits(60.0, 60.0)
#: A call that is slow and one that hangs are told alike, and only that is asked of it.
SOON = Limits(1.5, 1.5)


@pytest.fixture
def faults(compiler: Compiler, hsm: SoftHsm, monkeypatch: pytest.MonkeyPatch) -> FaultModule:
    return fault_module(compiler, hsm, monkeypatch)


def opened(module: str, serial: str, folder: Path) -> Cage:
    pin = Pin(PIN)
    cage = Cage(module, serial, folder, PATIENT)
    cage.use(lambda: pin)
    return cage


def test_every_call_that_is_made_is_broken_below(faults: FaultModule, hsm: SoftHsm, tmp_path: Path) -> None:
    cage = opened(str(faults.module), hsm.init_token("one"), tmp_path)
    try:
        for order in (MAKE, ReadContents(), RemoveKeyPair(KEY)):
            assert isinstance(cage.carry_out(order), Done)
    finally:
        cage.close()
    harmless = {"C_FindObjectsFinal", "C_GetSlotInfo", "C_GetSessionInfo", "C_CloseSession", "C_Logout"}
    harmless |= {"C_GetMechanismList", "C_GetMechanismInfo"}
    assert set(faults.calls()) - harmless <= {*AT_START, *LATER}


@pytest.mark.parametrize("fault", ["hang", "crash", "garbage"])
def test_a_broken_call_costs_one_step(fault: str, faults: FaultModule, hsm: SoftHsm, tmp_path: Path) -> None:
    broken = opened(str(faults.module), hsm.init_token("one"), tmp_path)
    sound = opened(str(hsm.module), hsm.init_token("two"), tmp_path)
    try:
        for made in (MAKE, GenerateKeyPair(OLD, "был", KeyAlgorithm.EC_P256)):
            assert isinstance(broken.carry_out(made), Done)
        for call, order in {**dict.fromkeys(AT_START, ReadContents()), **LATER}.items():
            _survives(broken, faults, call, fault, order)
            assert isinstance(sound.carry_out(ReadContents()), Done), call
        broken.close()
        assert isinstance(broken.carry_out(ReadContents()), Done), "a PIN the token took is given to the next process"
    finally:
        broken.close()
        sound.close()


def _survives(broken: Cage, faults: FaultModule, call: str, fault: str, order: ObjectOrder) -> None:
    if call in AT_START:
        broken.close()
    broken._limits = SOON if fault == "hang" else PATIENT
    faults.rules(f"{call} {fault}")
    outcome = broken.carry_out(order)
    faults.rules()
    broken._limits = PATIENT
    assert isinstance(outcome, Done | Refused), call
    if fault != "garbage":
        assert isinstance(outcome, Refused), call
        assert outcome.why.trouble is {"hang": Trouble.TOKEN_HANGS, "crash": Trouble.TOKEN_ERROR}[fault], call
        assert not outcome.permanent, call


def test_what_became_of_an_order_is_not_guessed(faults: FaultModule, hsm: SoftHsm, tmp_path: Path) -> None:
    cage = opened(str(faults.module), hsm.init_token("one"), tmp_path)
    try:
        faults.rules("C_FindObjectsInit crash")
        assert isinstance(cage.effect_of(MAKE), Unknown)
    finally:
        cage.close()


def test_a_pin_whose_try_was_lost_is_not_tried_again(faults: FaultModule, hsm: SoftHsm, tmp_path: Path) -> None:
    broken = opened(str(faults.module), hsm.init_token("one"), tmp_path)
    pin = Pin("9999")
    broken.use(lambda: pin)
    try:
        faults.rules("C_Login effect die")
        assert isinstance(broken.carry_out(ReadContents()), Refused)
        faults.rules()
        before = len(faults.calls("C_Login"))
        assert isinstance(broken.carry_out(ReadContents()), Refused)
    finally:
        broken.close()
    assert len(faults.calls("C_Login")) == before
    assert faults.wrong_pins_so_far() <= 1


def test_the_last_try_is_spent_when_a_person_says_so_and_only_then(
    faults: FaultModule, hsm: SoftHsm, tmp_path: Path
) -> None:
    cage = Cage(str(faults.module), hsm.init_token("one"), tmp_path, PATIENT)
    faults.wrong_pins(2)
    pin = Pin(PIN)
    try:
        cage.use(lambda: pin)
        refused = cage.carry_out(ReadContents())
        assert isinstance(refused, Refused)
        assert refused.why.trouble is Trouble.PIN_LAST_TRY
        assert faults.calls("C_Login") == []
        cage.use(lambda: pin, last_try=True)
        assert isinstance(cage.carry_out(ReadContents()), Done)
        assert faults.wrong_pins_so_far() == 0
    finally:
        cage.close()


def test_a_process_that_still_works_is_waited_for(hsm: SoftHsm, tmp_path: Path) -> None:
    cage = opened(str(hsm.module), hsm.init_token("one"), tmp_path)
    other = HeldFile(cage._hold)
    assert other.take()
    cage._limits = Limits(0.5, 0.5)
    refused = cage.carry_out(ReadContents())
    assert isinstance(refused, Refused)
    other.release()
    cage._limits = PATIENT
    try:
        assert isinstance(cage.carry_out(ReadContents()), Done)
    finally:
        cage.close()
