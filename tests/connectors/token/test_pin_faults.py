"""A token that breaks around a PIN: no try is wasted, and the PIN shows nowhere."""

import logging
import traceback

import pytest

from portal.domain.outcomes import Done, Happened, Refused, WaitingFor
from portal.domain.troubles import Trouble
from portal.ports.token import ChangePin, Pin, ReadContents
from tests.connectors.token.broken import REMOVED, Broken
from tests.support.pins import Pins
from tests.support.tokens import PIN


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
