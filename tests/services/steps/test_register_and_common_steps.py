"""Handlers of steps at a register, and of common certificates."""

import pytest

from portal.domain.facts import CertificateRemoved, DeviceWithdrawn, KeyRemoved, RegisterOwed
from portal.domain.outcomes import Absent, Done, Happened, Refused, Waiting, WaitingFor
from portal.domain.policy import Register
from portal.domain.troubles import Trouble, Why, why
from portal.domain.update_steps import Step
from portal.ports.vault import KeyMaterial
from portal.services.step_context import StepResult
from portal.services.steps import HANDLERS
from tests.services.steps.one_step import COMMON, DOWN, REGISTER, ROOT, WITHDRAW, trouble
from tests.support.engine import Engine

AWAY = Refused(why(Trouble.REGISTER_UNAVAILABLE), permanent=False)
NEVER = Refused(why(Trouble.REGISTER_REFUSED, "owner_unknown"), permanent=True)
BOTH = pytest.mark.parametrize("step", [REGISTER, WITHDRAW], ids=["register", "withdraw"])


def owed(step: Step, reason: Why, *, refused: bool = False) -> StepResult:
    """What a step answers that left the rest to be told after the update."""
    fact = RegisterOwed(Register.SECRET_NET, step is REGISTER, reason, refused)
    return StepResult({"owed": reason.trouble.value}, (fact,))


@BOTH
def test_without_its_register_a_step_leaves_it_for_later(step: Step) -> None:
    engine = Engine(())
    engine.registers.by_kind.clear()
    handler, context = HANDLERS[step.kind], engine.context()
    reason = why(Trouble.REGISTER_UNAVAILABLE, "secret_net")
    assert handler.carry_out(step, context) == Done(owed(step, reason))
    assert handler.effect_of(step, context) == Happened(owed(step, reason))
    if handler.undoes:
        assert handler.undo(step, context) == Done(owed(WITHDRAW, reason).facts)


@BOTH
def test_a_register_is_told_and_asked(step: Step) -> None:
    engine = Engine(())
    engine.register.devices = set() if step is REGISTER else {"token-1"}
    handler, context = HANDLERS[step.kind], engine.context()
    assert isinstance(handler.effect_of(step, context), Absent)
    assert isinstance(handler.look_up(step, "t", context), Done)
    assert isinstance(handler.effect_of(step, context), Happened)
    engine.nature.troubles["register.known"] = [AWAY]
    assert handler.effect_of(step, context) == Happened(owed(step, AWAY.why)), "telling it twice does no harm"


@BOTH
@pytest.mark.parametrize("answer", [AWAY, NEVER, Waiting(WaitingFor.RETRY, AWAY.why)], ids=["away", "never", "slow"])
def test_a_register_that_does_not_take_it_holds_nothing_up(step: Step, answer: Refused | Waiting) -> None:
    engine = Engine(())
    engine.nature.troubles[f"register.{'register' if step is REGISTER else 'withdraw'}"] = [answer]
    outcome = HANDLERS[step.kind].carry_out(step, engine.context())
    assert outcome == Done(owed(step, answer.why, refused=answer is NEVER))


def test_a_device_known_since_before_is_told_again_when_the_step_is_in_doubt() -> None:
    engine = Engine(())
    engine.register.devices.add("token-1")
    handler, context = HANDLERS[REGISTER.kind], engine.context()
    engine.nature.troubles["register.register"] = [AWAY]
    assert handler.effect_of(REGISTER, context) == Happened(owed(REGISTER, AWAY.why)), "it may know other certificates"
    assert handler.effect_of(REGISTER, context) == Happened(StepResult({}, handler.facts(REGISTER)))  # type: ignore[attr-defined]


def test_a_registration_is_taken_back() -> None:
    engine = Engine(())
    handler, context = HANDLERS[REGISTER.kind], engine.context()
    assert handler.undo(REGISTER, context) == Done((DeviceWithdrawn(Register.SECRET_NET),))
    engine.register.devices.add("token-1")
    assert handler.undo(REGISTER, context) == Done((DeviceWithdrawn(Register.SECRET_NET),))
    assert engine.register.devices == set()
    engine.register.devices.add("token-1")
    engine.nature.troubles["register.withdraw"] = [AWAY]
    assert handler.undo(REGISTER, context) == Done(owed(WITHDRAW, AWAY.why).facts)


@pytest.mark.parametrize("material", [None, KeyMaterial(b"rubbish", b""), KeyMaterial(ROOT.der() + b"x", b"")])
def test_another_common_certificate_than_planned_is_not_written(material: KeyMaterial | None) -> None:
    engine = Engine(())
    if material:
        engine.commons.material["root", 1] = material
    context = engine.context()
    assert trouble(HANDLERS[COMMON.kind].carry_out(COMMON, context)) == (Trouble.COMMON_UNREADABLE, True)
    assert trouble(HANDLERS[COMMON.kind].effect_of(COMMON, context)) == (Trouble.COMMON_UNREADABLE, True)


def test_an_order_for_what_the_vault_lost_is_never_given() -> None:
    with pytest.raises(LookupError):
        HANDLERS[COMMON.kind].order(COMMON, Engine(()).context())  # type: ignore[attr-defined]


def test_a_common_pair_is_removed_whole() -> None:
    engine = Engine(())
    engine.commons.material["root", 1] = KeyMaterial(ROOT.der(), b"root")
    handler, context = HANDLERS[COMMON.kind], engine.context()
    assert isinstance(handler.carry_out(COMMON, context), Done)
    engine.nature.troubles["token.carry_out"] = [DOWN]
    assert handler.undo(COMMON, context) is DOWN
    assert handler.undo(COMMON, context) == Done((CertificateRemoved(COMMON.fingerprint), KeyRemoved("cc")))
    assert (engine.token.keys, engine.token.certificates) == ({}, {})
