"""Another list of certificates at Access Manager: in place where it can, else the device is hardly missing at all."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from portal.connectors.registers.indeed import relisting
from portal.domain.connector_kinds import ConnectorKind
from portal.domain.outcomes import Absent, Done, Outcome, Refused
from portal.ports.device_register import DeviceRegister
from portal.stands.registers import indeed
from portal.stands.registers.saying import Answer
from tests.support.register_stand import WHOLE, RunningRegisters

KIND = ConnectorKind.REGISTER_INDEED
REGISTER = "api/v6/authenticator/register"
OTHER = replace(WHOLE, order_id="o2", certificates=())


@pytest.fixture
def register(stand: RunningRegisters, monkeypatch: pytest.MonkeyPatch) -> DeviceRegister:
    """It knows the device already."""
    monkeypatch.setattr(relisting, "_AGAIN_AFTER", (0.0, 0.0))
    made = stand.register(KIND)
    assert isinstance(made.register(WHOLE), Done)
    return made


class Answers:
    """What the server answers to registrations that find nothing in their way, one after another; then its own."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *answers: tuple[int, str]) -> None:
        self.left = list(answers)
        names, self.own = indeed._METHODS[REGISTER]
        monkeypatch.setitem(indeed._METHODS, REGISTER, (names, self.register))

    def register(self, face: indeed.IndeedFace, told: Mapping[str, Any]) -> Answer:
        if face.shelf.get(indeed.FACE, told["deviceSerial"]) is None and self.left:
            raise indeed._error(*self.left.pop(0))
        return self.own(face, told)


def said(stand: RunningRegisters) -> list[str]:
    return [call.what for call in reversed(stand.stand.shelf.calls()) if call.what != "looked"][1:]


def prints(stand: RunningRegisters) -> list[str]:
    (kept,) = stand.stand.shelf.all()
    found: list[str] = kept.body["certificates"]
    return found


def refusal(outcome: Outcome[str]) -> tuple[str, bool]:
    assert isinstance(outcome, Refused), outcome
    return outcome.why.detail, outcome.permanent


@pytest.mark.usefixtures("register")
def test_a_server_that_can_changes_it_where_it_stands(stand: RunningRegisters) -> None:
    (before,) = stand.stand.shelf.all()
    able = stand.register(KIND, path_update=indeed.UPDATE)
    assert able.register(OTHER) == Done(before.id)
    assert (prints(stand), said(stand)[-1]) == ([], "changed")
    assert "removed" not in said(stand)


@pytest.mark.usefixtures("register")
def test_a_server_that_has_no_such_method_after_all_is_for_later(stand: RunningRegisters) -> None:
    outcome = stand.register(KIND, path_update="api/nowhere").register(OTHER)
    assert refusal(outcome) == ("HTTP 404: MethodNotFound", False)
    assert prints(stand) == ["ab" * 32]


def test_another_server_is_asked_before_anything_is_deleted(stand: RunningRegisters, register: DeviceRegister) -> None:
    assert isinstance(register.register(OTHER), Done)
    assert said(stand)[-3:] == ["DeviceInUse", "removed", "added"]
    assert prints(stand) == []


@pytest.mark.parametrize(("trick", "detail"), [("down", ""), ("http:503", "HTTP 503")])
def test_nothing_is_deleted_when_it_does_not_answer(
    stand: RunningRegisters, register: DeviceRegister, trick: str, detail: str
) -> None:
    stand.stand.mischief.arm(trick, where="change", times=0)
    told, permanent = refusal(register.register(OTHER))
    assert (detail in told, permanent) == (True, False)
    stand.stand.mischief.put_right()
    assert prints(stand) == ["ab" * 32]


def test_nothing_is_deleted_when_it_says_no(stand: RunningRegisters, register: DeviceRegister) -> None:
    wrong = replace(OTHER, model="x" * 1000)
    assert refusal(register.register(wrong)) == ("said_no", True)
    assert (prints(stand), "removed" in said(stand)) == (["ab" * 32], False)


@pytest.mark.parametrize("active", [True, False])
def test_what_is_refused_once_the_old_one_is_gone_brings_it_back(
    stand: RunningRegisters, register: DeviceRegister, monkeypatch: pytest.MonkeyPatch, *, active: bool
) -> None:
    if not active:
        register.suspend(WHOLE)
    Answers(monkeypatch, (422, "LicenseLimit"), (503, "Busy"))
    assert refusal(register.register(OTHER)) == ("limit_reached", True)
    assert prints(stand) == ["ab" * 32]
    assert (register.active(WHOLE.serial) == Absent()) is not active


def test_a_server_that_falters_in_between_is_told_again_at_once(
    stand: RunningRegisters, register: DeviceRegister, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = Answers(monkeypatch, (503, "Busy"), (503, "Busy"))
    assert isinstance(register.register(OTHER), Done)
    assert (prints(stand), answers.left) == ([], [])


def test_one_that_falls_silent_in_between_is_told_by_the_next_who_comes(
    stand: RunningRegisters, register: DeviceRegister, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = Answers(monkeypatch, *[(503, "Busy")] * 50)
    assert refusal(register.register(OTHER)) == ("HTTP 503: Busy", False)
    answers.left.clear()
    assert isinstance(register.register(OTHER), Done)
    assert prints(stand) == []


def test_nothing_is_deleted_when_the_refusal_is_lost(stand: RunningRegisters, register: DeviceRegister) -> None:
    stand.stand.mischief.arm("cut_after", where="change")
    assert refusal(register.register(OTHER))[1] is False
    assert prints(stand) == ["ab" * 32]


def test_a_lost_answer_to_the_deletion_is_looked_for(
    stand: RunningRegisters, register: DeviceRegister, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = Answers(monkeypatch)
    own = answers.own

    def then_cut(face: indeed.IndeedFace, told: Mapping[str, Any]) -> Answer:
        if face.shelf.get(indeed.FACE, told["deviceSerial"]) is not None:
            stand.stand.mischief.arm("cut_after", where="change")
        return own(face, told)

    answers.own = then_cut
    assert isinstance(register.register(OTHER), Done)
    assert (prints(stand), said(stand)[-2:]) == ([], ["removed (cut_after)", "added"])


def test_another_owner_is_told_though_the_answer_to_the_deletion_is_lost(
    stand: RunningRegisters, register: DeviceRegister
) -> None:
    stand.stand.mischief.arm("cut_after", where="change")
    other = replace(WHOLE, login="ivanov", directory_id="00000000-8b86-d011-b42d-00cf4fc964ff")
    assert isinstance(register.register(other), Done)
    (kept,) = stand.stand.shelf.all()
    assert "00000000-8b86" in kept.body["userId"]
