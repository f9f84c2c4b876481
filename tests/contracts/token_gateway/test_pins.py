"""The user's PIN: tried once, never the last time, shown nowhere."""

import pytest

from portal.domain.certificate import KeyAlgorithm
from portal.domain.outcomes import Unknown, WaitingFor
from portal.domain.troubles import Trouble
from portal.ports.token import ChangePin, GenerateKeyPair, Pin, ReadContents, RemoveKeyPair
from tests.contracts.token_gateway.rigs import ONE, Rig, contents_of, done, refused
from tests.support.pins import Pins
from tests.support.tokens import PIN


def test_the_new_pin_is_in_force_at_once_and_later(rig: Rig) -> None:
    with rig.open() as gateway:
        done(gateway.carry_out(ChangePin(Pin("87654321"))))
        rig.pull(rig.serial)
        refused(gateway.carry_out(ReadContents()), Trouble.TOKEN_REMOVED)
        rig.plug(rig.serial)
        contents_of(gateway)
    with rig.open(PIN) as gateway:
        refused(gateway.carry_out(ReadContents()), Trouble.PIN_INCORRECT)
    with rig.open("87654321") as gateway:
        contents_of(gateway)


def test_a_wrong_pin_is_tried_once_and_never_again(rig: Rig) -> None:
    pins = Pins("9999")
    with rig.desk.gateway(rig.serial, pins) as gateway:
        for order in (ReadContents(), GenerateKeyPair(ONE, "Ключ", KeyAlgorithm.EC_P256)):
            answer = refused(gateway.carry_out(order), Trouble.PIN_INCORRECT)
            assert (answer.permanent, answer.whom) == (False, WaitingFor.PIN)
        assert isinstance(gateway.effect_of(RemoveKeyPair(ONE)), Unknown)
    assert (pins.asked, pins.refusals) == (1, 1)
    with rig.open() as gateway:
        contents_of(gateway)


def test_without_a_pin_nothing_is_tried(rig: Rig) -> None:
    with rig.open(None) as gateway:
        answer = refused(gateway.carry_out(ReadContents()), Trouble.PIN_NEEDED)
    assert answer.whom is WaitingFor.PIN


@pytest.mark.parametrize("rig", ["fake", "counting"], indirect=True)  # SoftHSM2 by itself never locks
@pytest.mark.parametrize(("wrong", "trouble"), [(2, Trouble.PIN_LAST_TRY), (3, Trouble.PIN_LOCKED)])
def test_the_last_try_is_never_spent_by_software(rig: Rig, wrong: int, trouble: Trouble) -> None:
    assert rig.wrong_pins
    rig.wrong_pins(wrong)
    pins = Pins(PIN)
    with rig.desk.gateway(rig.serial, pins) as gateway:
        answer = refused(gateway.carry_out(ReadContents()), trouble)
    assert (answer.permanent, answer.whom, pins.asked, pins.refusals) == (False, WaitingFor.PIN, 0, 0)


def test_a_pin_shows_in_no_answer(rig: Rig) -> None:
    with rig.open("4929331") as gateway:
        answers = [gateway.carry_out(ReadContents()), gateway.effect_of(RemoveKeyPair(ONE))]
        shown = f"{answers} {gateway!r} {vars(gateway)} {ChangePin(Pin('4929331'))!r}"
    assert "4929331" not in shown
