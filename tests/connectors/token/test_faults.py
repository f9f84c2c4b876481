"""A token that breaks at any call of any order: nothing is lost, nothing doubled."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from portal.connectors.token.child import ChildError, run_in_child
from portal.connectors.token.desk import Pkcs11Desk
from portal.connectors.x509 import X509Reader
from portal.domain.certificate import KeyAlgorithm
from portal.domain.contents import TokenContents
from portal.domain.outcomes import Absent, Done, Happened, Refused, Unknown, WaitingFor
from portal.domain.troubles import Trouble
from portal.ports.token import (
    GenerateKeyPair,
    ImportKeyPair,
    ProveCertificate,
    ReadContents,
    RemoveCertificate,
    RemoveKeyPair,
    SignRequest,
    TokenOrder,
    WriteCertificate,
)
from tests.connectors.token.broken import REMOVED, Broken
from tests.support.issuing import certificate_for, pkcs8_of, ready_key, spki_of
from tests.support.pins import Pins
from tests.support.tokens import PIN

SUBJECT = (("CN", "Иванов Иван"),)


def common(key_id: str) -> ImportKeyPair:
    key = ready_key("p256")
    return ImportKeyPair(key_id, "Общий", certificate_for(spki_of(key)), pkcs8_of(key))


ONE, TWO, THREE = ("0a" * 20, "0b" * 20, "0c" * 20)
IMPORTED = common(TWO)
IMPORTED_PARTS = ("public key", "private key", "certificate")
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
        broken.faults.rules("C_GetAttributeValue count=8 rv=0x13")  # the first object, however often it is asked
        answer = gateway.carry_out(ReadContents())
    assert isinstance(answer, Done)
    assert answer.reply.contents
    keys = [half for key in answer.reply.contents.keys for half in (key.public, key.private)]
    assert len(answer.reply.contents.certificates) + keys.count(True) == len(IMPORTED_PARTS)  # of one more


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
