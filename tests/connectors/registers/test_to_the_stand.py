"""Every connector to a register against its stand: what is told, and what becomes of it whatever goes wrong."""

from dataclasses import replace

import pytest

from portal.connectors.clock import SystemClock
from portal.connectors.opening import open_register
from portal.connectors.registers.contract.register import ContractRegister
from portal.connectors.registers.indeed.register import IndeedRegister
from portal.connectors.registers.indeed.talk import Authenticator, Talk
from portal.domain.connector_kinds import ConnectorKind
from portal.domain.outcomes import Absent, Done, Happened, Outcome, Refused, Unknown, Waiting, WaitingFor
from portal.domain.troubles import Trouble
from portal.ports.connectors import ConnectorValues
from portal.ports.device_register import DeviceCondition, DeviceRegister
from tests.support.foreign_pki import foreign_root
from tests.support.register_stand import FACE_OF, WHOLE, RunningRegisters, waiting

CLOCK = SystemClock()
CONTRACT = (ConnectorKind.REGISTER_CONTRACT, ConnectorKind.REGISTER_SECRET_NET)


@pytest.fixture
def register(kind: ConnectorKind, stand: RunningRegisters) -> DeviceRegister:
    return stand.register(kind)


def done(outcome: Outcome[str]) -> str:
    assert isinstance(outcome, Done), outcome
    return outcome.reply


def later(outcome: object) -> str:
    """It may be tried again; what was said."""
    assert isinstance(outcome, Refused), outcome
    assert (outcome.why.trouble, outcome.permanent) == (Trouble.REGISTER_UNAVAILABLE, False)
    return outcome.why.detail


# ── what is told ──────────────────────────────────────────────────────────────


def test_the_device_is_told_whole(stand: RunningRegisters, kind: ConnectorKind, register: DeviceRegister) -> None:
    number = done(register.register(WHOLE))
    (kept,) = stand.stand.shelf.all()
    assert (kept.face, kept.serial, kept.id) == (FACE_OF[kind], WHOLE.serial, number)
    if kind is ConnectorKind.REGISTER_INDEED:
        assert kept.body["userId"] == f"ad_{WHOLE.directory_id}"
        assert (kept.body["deviceModel"], kept.body["certificates"]) == (WHOLE.model, ["ab" * 32])
        return
    assert kept.body["owner"] == {
        "login": "elkina", "display_name": "Ёлкина Анна", "directory_id": WHOLE.directory_id,
    }  # fmt: skip
    assert kept.body["certificates"] == [
        {"serial": "0a1b", "thumbprint": "ab" * 32, "not_after": "2027-01-31T09:30:00Z", "subject": "CN=Ёлкина"}
    ]
    assert kept.body["profile"] == ("generic" if kind is CONTRACT[0] else "electronic_identifier")


def test_the_same_again_is_no_change(stand: RunningRegisters, register: DeviceRegister) -> None:
    number = done(register.register(WHOLE))
    assert done(register.register(replace(WHOLE, order_id="another"))) == number
    assert stand.changes() == 1


def test_another_owner_and_other_certificates_take_the_place_of_the_old(
    stand: RunningRegisters, register: DeviceRegister
) -> None:
    done(register.register(WHOLE))
    done(register.register(replace(WHOLE, certificates=())))
    other = replace(WHOLE, order_id="o2", login="ivanov", directory_id="00000000-8b86-d011-b42d-00cf4fc964ff")
    done(register.register(other))
    (kept,) = stand.stand.shelf.all()
    assert "00000000-8b86" in str(kept.body)


def test_a_device_can_be_registered_switched_off(register: DeviceRegister) -> None:
    number = done(register.register(replace(WHOLE, condition=DeviceCondition.DISABLED)))
    assert (register.known(WHOLE.serial), register.active(WHOLE.serial)) == (Happened(number), Absent())


def test_switching_leaves_everything_else_as_it_is(stand: RunningRegisters, register: DeviceRegister) -> None:
    done(register.register(WHOLE))
    (before,) = stand.stand.shelf.all()
    bare = type(WHOLE)("o9", WHOLE.serial, "")
    done(register.suspend(bare))
    done(register.resume(bare))
    (after,) = stand.stand.shelf.all()
    assert (after.id, after.body) == (before.id, before.body)


def test_odd_serial_numbers_go_there_and_back(stand: RunningRegisters, register: DeviceRegister) -> None:
    odd = replace(WHOLE, serial="a/b ?#%ё\\")
    number = done(register.register(odd))
    assert (register.known(odd.serial), stand.devices()) == (Happened(number), [odd.serial])


@pytest.mark.parametrize("kind", [ConnectorKind.REGISTER_SECRET_NET])
def test_a_windows_domain_stands_before_the_login(stand: RunningRegisters, kind: ConnectorKind) -> None:
    done(stand.register(kind, domain="KEY").register(WHOLE))
    assert stand.stand.shelf.all()[0].body["owner"]["login"] == "KEY\\elkina"


@pytest.mark.parametrize("kind", CONTRACT)
def test_a_certificate_of_the_line_is_as_good_as_a_signature(stand: RunningRegisters, kind: ConnectorKind) -> None:
    shown = stand.keys.client.read_text()
    key, certificate = shown[: shown.index("-----BEGIN CERT")], shown[shown.index("-----BEGIN CERT") :]
    values = stand.values(kind, client="", certificate=certificate)
    made = open_register(ConnectorValues(kind, "r", values.plain, {"key": key}), CLOCK)
    assert isinstance(made, ContractRegister)
    done(waiting(made).register(WHOLE))


@pytest.mark.parametrize("kind", [ConnectorKind.REGISTER_INDEED])
def test_a_person_no_directory_brought_is_found_by_login_and_a_session_that_ended_is_opened_again(
    stand: RunningRegisters, register: DeviceRegister
) -> None:
    face = stand.stand.faces["indeed"]
    done(register.register(replace(WHOLE, directory_id="")))
    assert stand.stand.shelf.all()[0].body["userId"].startswith("ad_")
    face.sessions.clear()  # type: ignore[attr-defined]
    done(register.withdraw(WHOLE))
    assert stand.devices() == []


# ── what goes wrong ───────────────────────────────────────────────────────────


def test_somebody_unknown_over_there_is_refused_for_good(stand: RunningRegisters, register: DeviceRegister) -> None:
    for face in stand.stand.faces.values():
        face.strangers.add(WHOLE.login)
    outcome = register.register(replace(WHOLE, directory_id=""))
    assert isinstance(outcome, Refused)
    assert (outcome.why.trouble, outcome.why.detail, outcome.permanent) == (
        Trouble.REGISTER_REFUSED, "unknown_person", True,
    )  # fmt: skip
    assert outcome.why.get("about")


def test_a_register_that_is_down_is_for_later_and_then_told_once(
    stand: RunningRegisters, register: DeviceRegister
) -> None:
    stand.stand.mischief.arm("down", times=0)
    for outcome in (register.register(WHOLE), register.suspend(WHOLE), register.withdraw(WHOLE)):
        later(outcome)
    effect = register.known(WHOLE.serial)
    assert isinstance(effect, Unknown)
    assert effect.whom is WaitingFor.RETRY
    stand.stand.mischief.put_right()
    done(register.register(WHOLE))
    assert (stand.devices(), stand.changes()) == ([WHOLE.serial], 1)


@pytest.mark.parametrize("trick", ["cut_after", "truncated", "rubbish"])
def test_an_answer_that_was_lost_is_looked_for_and_nothing_is_done_twice(
    stand: RunningRegisters, register: DeviceRegister, trick: str
) -> None:
    for call in (register.register, register.suspend, register.resume):
        stand.stand.mischief.arm(trick, where="change")
        done(call(WHOLE))
    if trick == "cut_after":  # taking away is answered with nothing that could be spoilt
        stand.stand.mischief.arm(trick, where="change")
        done(register.withdraw(WHOLE))
    assert stand.changes() == (4 if trick == "cut_after" else 3)


@pytest.mark.parametrize("trick", ["http:500", "http:503", "redirect", "rubbish", "truncated", "another"])
def test_what_cannot_be_believed_is_for_later(stand: RunningRegisters, register: DeviceRegister, trick: str) -> None:
    done(register.register(WHOLE))
    stand.stand.mischief.arm(trick, where="look", times=2)
    assert isinstance(register.known(WHOLE.serial), Unknown)
    later(register.suspend(WHOLE))
    assert done(register.suspend(WHOLE))


def test_one_that_is_too_slow_is_left_alone(stand: RunningRegisters, kind: ConnectorKind) -> None:
    made = open_register(stand.values(kind), CLOCK)
    assert isinstance(made, ContractRegister | IndeedRegister)
    stand.stand.mischief.arm("slow:3600", times=0)
    later(waiting(made, seconds=0.3).register(WHOLE))


def test_a_certificate_nobody_vouches_for_is_not_believed(stand: RunningRegisters, kind: ConnectorKind) -> None:
    stranger = foreign_root("Somebody").pem
    assert "not trusted" in later(stand.register(kind, server_trusted=stranger).register(WHOLE))
    assert (stand.devices(), stand.stand.shelf.calls()) == ([], ())


@pytest.mark.parametrize("kind", CONTRACT)
def test_somebody_quicker_is_looked_at_again(stand: RunningRegisters, register: DeviceRegister) -> None:
    stand.stand.mischief.arm("wrong_version", where="change", times=2)
    done(register.register(WHOLE))
    stand.stand.mischief.arm("wrong_version", where="change", times=0)
    later(register.suspend(WHOLE))


@pytest.mark.parametrize("kind", [ConnectorKind.REGISTER_INDEED])
def test_two_who_register_at_once_are_both_done(
    stand: RunningRegisters, register: DeviceRegister, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, look, looks = done(register.register(WHOLE)), Talk.look, list[str]()

    def before_the_other(talk: Talk, serial: str) -> Authenticator | None:
        looks.append(serial)
        return None if len(looks) == 1 else look(talk, serial)

    monkeypatch.setattr(Talk, "look", before_the_other)
    assert done(register.register(WHOLE)) == number
    assert stand.changes() == 1


@pytest.mark.parametrize("kind", [ConnectorKind.REGISTER_INDEED])
def test_what_nobody_can_see_and_is_taken_is_refused(register: DeviceRegister, monkeypatch: pytest.MonkeyPatch) -> None:
    done(register.register(WHOLE))
    monkeypatch.setattr(Talk, "look", lambda _talk, _serial: None)
    outcome = register.register(WHOLE)
    assert isinstance(outcome, Refused)
    assert (outcome.why.detail, outcome.permanent) == ("device_taken", True)


@pytest.mark.parametrize("kind", CONTRACT)
def test_work_that_takes_its_time_is_waited_for(stand: RunningRegisters, register: DeviceRegister) -> None:
    stand.stand.mischief.arm("operation:2", where="change")
    done(register.register(WHOLE))
    stand.stand.mischief.arm("operation:5", where="change")
    outcome = register.withdraw(WHOLE)
    assert isinstance(outcome, Waiting)
    assert outcome.whom is WaitingFor.RETRY
    assert stand.devices() == [WHOLE.serial]
    done(register.withdraw(WHOLE))  # told again: the same work goes on
    assert stand.devices() == []


@pytest.mark.parametrize("kind", CONTRACT)
def test_work_that_fails_is_told_apart(stand: RunningRegisters, register: DeviceRegister) -> None:
    stand.stand.mischief.arm("operation_failed", where="change")
    assert later(register.register(WHOLE)) == "busy"
    stand.stand.mischief.arm("operation_refused", where="change")
    outcome = register.register(WHOLE)
    assert isinstance(outcome, Refused)
    assert (outcome.why.detail, outcome.permanent) == ("operation_failed", True)
    again = register.register(WHOLE)
    assert isinstance(again, Refused)
    assert (again.why.detail, again.permanent) == ("unknown_person", True)
