"""Handlers of token steps: what they refuse to believe, and what they leave."""

from dataclasses import replace

import pytest

from portal.domain.facts import KeyRemoved
from portal.domain.outcomes import Absent, Accepted, Done, Unknown, Waiting, WaitingFor
from portal.domain.troubles import Trouble, why
from portal.domain.update_steps import Step, StepKind
from portal.ports.token import RemoveKeyPair, TokenReply
from portal.services.steps import HANDLERS
from portal.services.steps.base import make_absent
from tests.fakes.reader import ModelReader, request_of
from tests.services.steps.one_step import DOWN, ISSUED, ORDER, REGISTER, ROOT, done, trouble
from tests.support.engine import NEW, Engine


@pytest.mark.parametrize("kind", [StepKind.COMPARE_CONTENTS, StepKind.VERIFY_TOKEN])
def test_a_token_that_tells_nothing_is_asked_again(kind: StepKind) -> None:
    handler = HANDLERS[kind]
    outcome = handler.result(Step(kind), TokenReply(), Engine(()).context())  # type: ignore[attr-defined]
    assert trouble(outcome) == (Trouble.TOKEN_ERROR, False)


def test_a_key_without_its_public_half_is_asked_for_again() -> None:
    handler = HANDLERS[StepKind.GENERATE_KEY]
    outcome = handler.result(NEW, TokenReply(), Engine(()).context())  # type: ignore[attr-defined]
    assert trouble(outcome) == (Trouble.TOKEN_ERROR, False)


@pytest.mark.parametrize(
    ("step", "error"),
    [
        (replace(NEW, algorithm=None), ValueError),
        (replace(ORDER, template=None), ValueError),
        (replace(REGISTER, register=None), ValueError),
        (ORDER, LookupError),
        (replace(NEW, kind=StepKind.WRITE_CERTIFICATE), LookupError),
    ],
)
def test_a_plan_with_a_hole_is_a_mistake_of_ours(step: Step, error: type[Exception]) -> None:
    with pytest.raises(error):
        HANDLERS[step.kind].carry_out(step, Engine(()).context())


@pytest.mark.parametrize(
    ("request_bytes", "expected"),
    [(b"nonsense", (Trouble.TOKEN_ERROR, False)), (request_of(b"another"), (Trouble.PROOF_FAILED, True))],
)
def test_a_request_must_carry_the_key_made_for_it(request_bytes: bytes, expected: tuple[Trouble, bool]) -> None:
    context = Engine(()).context([done(StepKind.GENERATE_KEY, public_key_hash="00")])
    step = replace(NEW, kind=StepKind.SIGN_REQUEST)
    outcome = HANDLERS[step.kind].result(step, TokenReply(request=request_bytes), context)  # type: ignore[attr-defined]
    assert trouble(outcome) == expected


def test_a_proof_of_another_certificate_proves_nothing() -> None:
    step = replace(NEW, kind=StepKind.VERIFY_CERTIFICATE, fingerprint="f1")
    outcome = HANDLERS[step.kind].result(step, TokenReply(fingerprint="f2"), Engine(()).context())  # type: ignore[attr-defined]
    assert trouble(outcome) == (Trouble.PROOF_FAILED, True)


@pytest.mark.parametrize(("present", "absent"), [("f9", ""), ("", "there")])
def test_a_token_that_differs_from_the_plan_is_told(present: str, absent: str) -> None:
    engine = Engine(())
    fingerprint = ModelReader().certificate(ROOT.der()).fingerprint
    engine.token.certificates["cc", fingerprint] = ROOT.der()
    step = Step(StepKind.VERIFY_TOKEN, present=(present,) if present else (), absent=(fingerprint,) if absent else ())
    assert trouble(HANDLERS[step.kind].carry_out(step, engine.context())) == (Trouble.CONTENTS_DIFFER, True)


def test_what_is_issued_in_the_run_must_be_there() -> None:
    engine = Engine(())
    step = Step(StepKind.VERIFY_TOKEN)
    assert trouble(HANDLERS[step.kind].carry_out(step, engine.context([ISSUED])))[0] is Trouble.CONTENTS_DIFFER


def test_removal_waits_for_an_order_that_is_still_open(monkeypatch: pytest.MonkeyPatch) -> None:
    engine, waiting = Engine(()), Waiting(WaitingFor.AGENT, why(Trouble.TOKEN_ABSENT), ticket="t")
    context = engine.context()
    monkeypatch.setattr(type(context.gateway()), "effect_of", lambda *_: Accepted(waiting))
    assert make_absent(RemoveKeyPair("aa"), (), context) is waiting


@pytest.mark.parametrize("order_given", [False, True])
def test_what_is_already_gone_is_not_removed_again(order_given: bool) -> None:
    engine = Engine(())
    if order_given:
        engine.token.keys["aa"] = b"key"
        engine.nature.troubles["token.carry_out"] = [DOWN]
    outcome = make_absent(RemoveKeyPair("aa"), (KeyRemoved("aa"),), engine.context())
    assert outcome == (DOWN if order_given else Done((KeyRemoved("aa"),)))


@pytest.mark.parametrize("whom", [WaitingFor.TOKEN, None])
def test_removal_on_a_silent_token_waits_or_asks(whom: WaitingFor | None, monkeypatch: pytest.MonkeyPatch) -> None:
    context = Engine(()).context()
    monkeypatch.setattr(type(context.gateway()), "effect_of", lambda *_: Unknown(why(Trouble.TOKEN_ABSENT), whom))
    assert trouble(make_absent(RemoveKeyPair("aa"), (), context))[1] is (whom is None)


def test_an_order_a_workstation_carries_out_is_looked_up() -> None:
    outcome = HANDLERS[StepKind.GENERATE_KEY].look_up(NEW, "t-1", Engine(()).context())
    assert trouble(outcome)[0] is Trouble.IN_DOUBT


@pytest.mark.parametrize("kind", [StepKind.RETAIN_HISTORY, StepKind.COMPARE_CONTENTS])
def test_a_step_that_only_looks_leaves_nothing(kind: StepKind) -> None:
    handler, context, step = HANDLERS[kind], Engine(()).context(), Step(kind)
    assert handler.effect_of(step, context) == Absent()
    assert handler.undo(step, context) == Done(())
    assert handler.gone(step, context) == ()
    assert handler.left_behind(step, context) == ()
    assert trouble(handler.told(step, context)) == (Trouble.IN_DOUBT, True)


def test_a_step_nobody_answers_later_is_refused() -> None:
    step = Step(StepKind.RETAIN_HISTORY)
    assert trouble(HANDLERS[step.kind].look_up(step, "t", Engine(()).context())) == (Trouble.IN_DOUBT, True)
