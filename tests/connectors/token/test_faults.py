"""A token that breaks at any call of any order: nothing is lost, nothing doubled, no try wasted."""

import logging
import os
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from portal.connectors.token import guard
from portal.connectors.token.child import ChildError, run_in_child
from portal.connectors.token.desk import Pkcs11Desk
from portal.connectors.token.guard import ForbiddenHereError
from portal.connectors.token.scan import scan
from portal.connectors.x509 import X509Reader
from portal.domain.certificate import KeyAlgorithm
from portal.domain.contents import TokenContents
from portal.domain.outcomes import Absent, Done, Happened, Refused, Unknown, WaitingFor
from portal.domain.troubles import Trouble
from portal.ports.token import (
    ChangePin,
    GenerateKeyPair,
    ImportKeyPair,
    Pin,
    ProveCertificate,
    ReadContents,
    RemoveCertificate,
    RemoveKeyPair,
    SignRequest,
    TokenGateway,
    TokenOrder,
    WriteCertificate,
)
from tests.support.faults import FaultModule, fault_module
from tests.support.issuing import certificate_for, pkcs8_of, ready_key, spki_of
from tests.support.native import Compiler
from tests.support.pins import Pins
from tests.support.tokens import PIN, SoftHsm

SUBJECT = (("CN", "Иванов Иван"),)
REMOVED = "0x32"


@dataclass(frozen=True)
class Broken:
    """A token behind the fault module."""

    faults: FaultModule
    serial: str

    @contextmanager
    def open(self, pins: Pins | None = None) -> Iterator[TokenGateway]:
        desk = Pkcs11Desk([self.faults.module], X509Reader())
        with desk.gateway(self.serial, pins or Pins(PIN)) as gateway:
            yield gateway

    def contents(self) -> TokenContents:
        with self.open() as gateway:
            read = gateway.carry_out(ReadContents())
        assert isinstance(read, Done), read
        assert read.reply.contents
        return read.reply.contents

    def clear(self) -> None:
        contents = self.contents()
        with self.open() as gateway:
            for certificate in contents.certificates:
                gateway.carry_out(RemoveCertificate(certificate.key_id, certificate.fingerprint))
            for key in contents.keys:
                gateway.carry_out(RemoveKeyPair(key.key_id))


@pytest.fixture
def broken(compiler: Compiler, hsm: SoftHsm, monkeypatch: pytest.MonkeyPatch) -> Broken:
    return Broken(fault_module(compiler, hsm, monkeypatch), hsm.init_token("one"))


def common(key_id: str) -> ImportKeyPair:
    key = ready_key("p256")
    return ImportKeyPair(key_id, "Общий", certificate_for(spki_of(key)), pkcs8_of(key))


ONE, TWO, THREE = ("0a" * 20, "0b" * 20, "0c" * 20)
IMPORTED = common(TWO)
PRINT = X509Reader().certificate(IMPORTED.certificate).fingerprint


@dataclass(frozen=True)
class Case:
    """An order, what must be on the token before it, and the places of keys and certificates after it."""

    order: TokenOrder
    prepare: tuple[TokenOrder, ...]
    keys: tuple[str, ...]
    certificates: tuple[str, ...]


CASES = {
    "generate": Case(GenerateKeyPair(ONE, "к", KeyAlgorithm.EC_P256), (IMPORTED,), (ONE, TWO), (TWO,)),
    "write": Case(WriteCertificate(THREE, "с", IMPORTED.certificate), (IMPORTED,), (TWO,), (TWO, THREE)),
    "import": Case(IMPORTED, (), (TWO,), (TWO,)),
    "remove certificate": Case(RemoveCertificate(TWO, PRINT), (IMPORTED,), (TWO,), ()),
    "remove pair": Case(RemoveKeyPair(TWO), (IMPORTED,), (), (TWO,)),
    "prove": Case(ProveCertificate(TWO, PRINT), (IMPORTED,), (TWO,), (TWO,)),
    "sign": Case(SignRequest(TWO, SUBJECT, ()), (IMPORTED,), (TWO,), (TWO,)),
    "read": Case(ReadContents(), (IMPORTED,), (TWO,), (TWO,)),
}


def prepared(broken: Broken, case: Case) -> None:
    broken.clear()
    with broken.open() as gateway:
        for order in case.prepare:
            assert isinstance(gateway.carry_out(order), Done)


def calls_of(broken: Broken, case: Case) -> list[str]:
    """The PKCS#11 calls the order makes, the sign-in before it included."""
    prepared(broken, case)
    broken.faults.forget_calls()
    with broken.open() as gateway:
        assert isinstance(gateway.carry_out(case.order), Done)
        return broken.faults.calls()


def brought_to_its_end(broken: Broken, case: Case) -> None:
    """What the engine does after a trouble: look, and give the order again unless it took effect."""
    with broken.open() as gateway:
        effect = gateway.effect_of(case.order)
        assert isinstance(effect, Happened | Absent), effect
        if isinstance(effect, Absent):
            again = gateway.carry_out(case.order)
            assert isinstance(again, Done), again
    contents = broken.contents()
    assert [(key.key_id, key.public, key.private) for key in contents.keys] == [
        (key_id, True, True) for key_id in case.keys
    ]
    assert [one.key_id for one in contents.certificates] == list(case.certificates)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("lost", [False, True], ids=["before", "after"])
def test_a_token_pulled_at_any_call_loses_nothing(broken: Broken, name: str, lost: bool) -> None:
    """The token goes away before, or right after, every single call the order makes."""
    case = CASES[name]
    for place, function in enumerate(calls_of(broken, case)):
        prepared(broken, case)
        if lost and function == "C_Initialize":
            continue  # no token is touched by it, so none can be pulled after it
        gone = f"* after={place} rv={REMOVED}"
        answer_lost = f"* after={place} count=1 rv={REMOVED} effect"
        broken.faults.rules(*([answer_lost, gone] if lost else [gone]))
        with broken.open() as gateway:
            outcome = gateway.carry_out(case.order)
        broken.faults.rules()
        if isinstance(outcome, Refused):
            assert outcome.why.trouble in {Trouble.TOKEN_REMOVED, Trouble.TOKEN_ABSENT, Trouble.MODULE_MISSING}
            assert not outcome.permanent, (function, outcome)
        brought_to_its_end(broken, case)
    assert broken.faults.wrong_pins_so_far() == 0


@pytest.mark.parametrize(
    ("code", "trouble", "permanent"),
    [
        ("0x31", Trouble.TOKEN_FULL, True),
        ("0x32", Trouble.TOKEN_REMOVED, False),
        ("0xE0", Trouble.TOKEN_REMOVED, False),
        ("0xB3", Trouble.TOKEN_REMOVED, False),
        ("0xE2", Trouble.TOKEN_READ_ONLY, True),
        ("0x70", Trouble.TOKEN_UNSUITABLE, True),
        ("0x68", Trouble.TOKEN_UNSUITABLE, True),
        ("0x30", Trouble.TOKEN_ERROR, False),
        ("0x05", Trouble.TOKEN_ERROR, False),
        ("0x101", Trouble.TOKEN_ERROR, False),
        ("0x80000123", Trouble.TOKEN_ERROR, False),
    ],
)
def test_what_a_token_says_is_told_in_our_words(broken: Broken, code: str, trouble: Trouble, permanent: bool) -> None:
    broken.faults.rules(f"C_GenerateKeyPair count=1 rv={code}")
    with broken.open() as gateway:
        answer = gateway.carry_out(CASES["generate"].order)
        assert isinstance(answer, Refused)
        assert (answer.why.trouble, answer.permanent) == (trouble, permanent)
        assert isinstance(gateway.carry_out(CASES["generate"].order), Done)


@pytest.mark.parametrize(
    ("code", "trouble", "whom"),
    [
        ("0x30", Trouble.TOKEN_ERROR, WaitingFor.RETRY),
        ("0x32", Trouble.TOKEN_REMOVED, WaitingFor.TOKEN),
        ("0x70", Trouble.TOKEN_UNSUITABLE, None),
    ],
)
def test_a_token_that_cannot_be_asked_leaves_the_effect_unknown(
    broken: Broken, code: str, trouble: Trouble, whom: WaitingFor | None
) -> None:
    with broken.open() as gateway:
        gateway.carry_out(ReadContents())
        broken.faults.rules(f"C_FindObjectsInit rv={code}")
        found = gateway.effect_of(RemoveKeyPair(ONE))
    assert isinstance(found, Unknown)
    assert (found.why.trouble, found.whom) == (trouble, whom)


def test_an_object_of_ours_that_cannot_be_read_is_not_said_to_be_absent(broken: Broken) -> None:
    prepared(broken, CASES["remove pair"])
    with broken.open() as gateway:
        gateway.carry_out(ReadContents())
        broken.faults.rules("C_GetAttributeValue rv=0x13")
        for order in (RemoveKeyPair(TWO), RemoveCertificate(TWO, PRINT), IMPORTED):
            assert isinstance(gateway.effect_of(order), Unknown)


@pytest.mark.parametrize("written", [0, 1, 2])
def test_an_import_that_does_not_fit_leaves_nothing(broken: Broken, written: int) -> None:
    broken.faults.rules(f"C_CreateObject after={written} rv=0x31")
    with broken.open() as gateway:
        answer = gateway.carry_out(IMPORTED)
        assert isinstance(answer, Refused)
        assert (answer.why.trouble, answer.permanent) == (Trouble.TOKEN_FULL, True)
    assert broken.contents() == TokenContents(broken.serial, (), (), complete=True)


def test_one_unreadable_object_hides_no_other(broken: Broken) -> None:
    prepared(broken, CASES["read"])
    with broken.open() as gateway:
        gateway.carry_out(WriteCertificate(THREE, "с", IMPORTED.certificate))
        broken.faults.rules("C_GetAttributeValue count=23 rv=0x13")  # the first object, however often it is asked
        answer = gateway.carry_out(ReadContents())
    assert isinstance(answer, Done)
    assert answer.reply.contents
    assert answer.reply.contents.certificates


def test_a_slow_token_is_waited_for(broken: Broken) -> None:
    broken.faults.rules("C_GenerateKeyPair delay=300")
    with broken.open() as gateway:
        assert isinstance(gateway.carry_out(CASES["generate"].order), Done)


def generate_in(module: Path, serial: str) -> bool:
    with Pkcs11Desk([module], X509Reader()).gateway(serial, Pins(PIN)) as gateway:
        return isinstance(gateway.carry_out(CASES["generate"].order), Done)


@pytest.mark.parametrize("effect", ["", "effect"])
def test_a_process_that_dies_in_the_call_leaves_a_question_with_an_answer(
    broken: Broken, tmp_path: Path, effect: str
) -> None:
    broken.faults.rules(f"C_GenerateKeyPair die {effect} once={tmp_path / 'died'}")
    with pytest.raises(ChildError, match="died"):
        run_in_child(generate_in, 60, broken.faults.module, broken.serial)
    with broken.open() as gateway:
        found = gateway.effect_of(CASES["generate"].order)
    assert isinstance(found, Happened if effect else Absent)
    assert run_in_child(generate_in, 60, broken.faults.module, broken.serial)
    assert len(broken.contents().keys) == 1


def test_half_a_pair_is_taken_away(broken: Broken) -> None:
    order = CASES["generate"].order
    with broken.open() as gateway:
        gateway.carry_out(order)
        broken.faults.rules(f"C_DestroyObject after=1 rv={REMOVED}")
        assert isinstance(gateway.carry_out(RemoveKeyPair(ONE)), Refused)
    broken.faults.rules()
    assert [(key.private, key.public) for key in broken.contents().keys] == [(False, True)]
    with broken.open() as gateway:
        assert gateway.effect_of(RemoveKeyPair(ONE)) == Absent()
        assert gateway.effect_of(order) == Absent()
    assert broken.contents().keys == ()


# ── the PIN ───────────────────────────────────────────────────────────────────


def test_a_wrong_pin_spends_exactly_one_try_and_the_last_one_stays(broken: Broken) -> None:
    for wrong in (1, 2):
        with broken.open(Pins("9999")) as gateway:
            for _ in range(3):
                gateway.carry_out(ReadContents())
        assert broken.faults.wrong_pins_so_far() == wrong
        assert len(broken.faults.calls("C_Login")) == wrong
    for pins in (Pins("9999"), Pins(PIN)):
        with broken.open(pins) as gateway:
            answer = gateway.carry_out(ReadContents())
        assert isinstance(answer, Refused)
        assert answer.why.trouble is Trouble.PIN_LAST_TRY
    assert len(broken.faults.calls("C_Login")) == 2


def test_the_right_pin_restores_the_tries(broken: Broken) -> None:
    broken.faults.wrong_pins(1)
    broken.contents()
    assert broken.faults.wrong_pins_so_far() == 0


@pytest.mark.parametrize(
    ("code", "trouble", "spent"),
    [
        ("0xA0", Trouble.PIN_INCORRECT, 1),
        ("0xA1", Trouble.PIN_MALFORMED, 1),
        ("0xA2", Trouble.PIN_MALFORMED, 1),
        ("0xA4", Trouble.PIN_LOCKED, 1),
        ("0x32", Trouble.TOKEN_REMOVED, 0),
        ("0x30", Trouble.TOKEN_ERROR, 0),
    ],
)
def test_only_a_refused_pin_is_forgotten(broken: Broken, code: str, trouble: Trouble, spent: int) -> None:
    pins = Pins(PIN)
    broken.faults.rules(f"C_Login count=1 rv={code}")
    with broken.open(pins) as gateway:
        answer = gateway.carry_out(ReadContents())
        assert isinstance(answer, Refused)
        assert (answer.why.trouble, answer.permanent, pins.refusals) == (trouble, False, spent)
        gateway.carry_out(ReadContents())
    assert len(broken.faults.calls("C_Login")) == (1 if spent else 2)


def test_a_failed_sign_in_leaves_no_session_behind(broken: Broken) -> None:
    with broken.open(Pins("9999")) as gateway:
        gateway.carry_out(ReadContents())
    broken.contents()


def test_a_new_pin_the_token_will_not_have_is_refused_for_good(broken: Broken) -> None:
    broken.faults.rules("C_SetPIN rv=0xA2")
    with broken.open() as gateway:
        answer = gateway.carry_out(ChangePin(Pin("1")))
        assert isinstance(answer, Refused)
        assert (answer.why.trouble, answer.permanent) == (Trouble.PIN_MALFORMED, True)
        assert isinstance(gateway.carry_out(ReadContents()), Done)


def test_a_pin_that_stopped_being_right_is_not_tried_again(broken: Broken) -> None:
    pins = Pins(PIN)
    broken.faults.rules("C_SetPIN rv=0xA0")
    with broken.open(pins) as gateway:
        for order in (ChangePin(Pin("55555")), ReadContents()):
            answer = gateway.carry_out(order)
            assert isinstance(answer, Refused)
            assert answer.why.trouble is Trouble.PIN_INCORRECT
    assert pins.refusals == 1


def test_after_a_lost_answer_to_a_pin_change_a_person_says_which_pin_it_is(broken: Broken) -> None:
    order = ChangePin(Pin("55555"))
    broken.faults.rules(f"C_SetPIN count=1 rv={REMOVED} effect")
    with broken.open() as gateway:
        assert isinstance(gateway.carry_out(order), Refused)
        answer = gateway.carry_out(ReadContents())
        assert isinstance(answer, Refused)
        assert (answer.why.trouble, answer.whom) == (Trouble.PIN_NEEDED, WaitingFor.PIN)
    with broken.open(Pins("55555")) as gateway:
        assert isinstance(gateway.effect_of(order), Happened)
    assert broken.faults.wrong_pins_so_far() == 0


CANARY = "Kanarienvogel-4929331"


def test_the_pin_is_in_no_log_error_or_answer(broken: Broken, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    shown: list[object] = []
    with broken.open() as gateway:
        shown += [gateway.carry_out(ChangePin(Pin(CANARY))), vars(gateway)]
    for rule in ("", "C_Login rv=0x30", "C_OpenSession rv=0x32", "C_FindObjectsInit rv=0x5", "C_SetPIN rv=0xA0"):
        broken.faults.rules(rule)
        for pin in (CANARY, f"{CANARY}-wrong"):
            with broken.open(Pins(pin)) as gateway:
                for order in (ReadContents(), ChangePin(Pin(CANARY))):
                    shown += [gateway.carry_out(order), gateway.effect_of(order), repr(order)]
                shown.append(vars(gateway))
        broken.faults.rules()
        broken.faults.wrong_pins(0)
    log = (broken.faults.folder / "log").read_text()
    assert CANARY not in f"{shown} {caplog.text} {log}"


def test_a_crash_in_mid_sign_in_shows_no_pin_in_its_trace(broken: Broken, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash() -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr("portal.connectors.token.session.lenient_mapper", crash)
    with broken.open(Pins(CANARY)) as gateway, pytest.raises(RuntimeError, match="a fault of ours") as crashed:
        gateway.carry_out(ReadContents())
    told = traceback.TracebackException.from_exception(crashed.value, capture_locals=True)
    trace = "".join(told.format())
    assert "_sign_in" in trace
    assert CANARY not in trace


# ── where a library may be loaded ─────────────────────────────────────────────


def test_a_process_that_serves_pages_loads_no_library(broken: Broken) -> None:
    guard.forbid("it serves pages")
    try:
        with pytest.raises(ForbiddenHereError, match="serves pages"), broken.open():
            pass
        with pytest.raises(ForbiddenHereError):
            scan(str(broken.faults.module), X509Reader())
    finally:
        guard.allow()
    broken.contents()


def in_a_fork(module: Path, serial: str) -> int:
    """A process forked off in the middle of a session works with the token by itself; answers its exit code."""
    desk = Pkcs11Desk([module], X509Reader())
    with desk.gateway(serial, Pins(PIN)) as gateway:
        gateway.carry_out(ReadContents())
        forked = os.fork()
        if forked == 0:
            with desk.gateway(serial, Pins(PIN)) as own:
                os._exit(0 if isinstance(own.carry_out(ReadContents()), Done) else 1)
        _, status = os.waitpid(forked, 0)
        still = gateway.carry_out(ReadContents())
    return os.waitstatus_to_exitcode(status) if isinstance(still, Done) else 2


@pytest.mark.parametrize("forgets", ["false", "true"])
def test_a_session_is_never_used_through_a_fork(broken: Broken, hsm: SoftHsm, forgets: str) -> None:
    conf = hsm.conf.read_text().replace("reset_on_fork = false", f"reset_on_fork = {forgets}")
    hsm.conf.write_text(conf)
    assert run_in_child(in_a_fork, 60, hsm.module, broken.serial) == 0
