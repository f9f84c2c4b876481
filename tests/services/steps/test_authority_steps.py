"""Handlers of steps at the authority."""

import pytest

from portal.domain.errors import OutsideUnavailable
from portal.domain.outcomes import Absent, Done, Happened, Refused, Unknown, WaitingFor
from portal.domain.troubles import Trouble, why
from portal.domain.update_state import StepStatus
from portal.domain.update_steps import Step, StepKind
from portal.ports.certificate_authority import CertificateOrder, IssuedCertificate
from portal.ports.journal import StepRecord
from portal.services.steps import HANDLERS
from portal.services.steps.request_certificate import RequestCertificate
from tests.services.steps.one_step import DOWN, ISSUED, ORDER, REVOKE, done, trouble
from tests.support.clock import NOON
from tests.support.engine import Engine

SIGNED = done(StepKind.SIGN_REQUEST, request="cmVxdWVzdHxrZXk=")  # request|key
SILENT = Refused(why(Trouble.CA_REFUSED, "lost_order"), permanent=True)


@pytest.mark.parametrize("step", [ORDER, REVOKE])
def test_without_its_authority_a_step_waits(step: Step) -> None:
    engine = Engine(())
    engine.authorities.by_name.clear()
    handler, context = HANDLERS[step.kind], engine.context([SIGNED])
    for outcome in (handler.carry_out(step, context), handler.look_up(step, "t", context)):
        assert trouble(outcome) == (Trouble.CA_UNAVAILABLE, False)
    effect = handler.effect_of(step, context)
    assert isinstance(effect, Unknown)
    assert effect.whom is WaitingFor.RETRY


def test_an_order_is_not_taken_back_without_its_authority() -> None:
    engine = Engine(())
    engine.authorities.by_name.clear()
    assert trouble(HANDLERS[ORDER.kind].undo(ORDER, engine.context())) == (Trouble.CA_UNAVAILABLE, False)


def test_an_authority_whose_store_is_away_is_waited_for() -> None:
    class Away:
        def get(self, name: str) -> None:
            raise OutsideUnavailable("ca_unavailable")

    engine = Engine(())
    engine.authorities = Away()  # type: ignore[assignment]
    assert trouble(HANDLERS[REVOKE.kind].carry_out(REVOKE, engine.context())) == (Trouble.CA_UNAVAILABLE, False)


def test_rubbish_is_not_a_certificate(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine(())
    monkeypatch.setattr(type(engine.ca), "request", lambda *_: Done(IssuedCertificate(b"rubbish")))
    monkeypatch.setattr(type(engine.ca), "effect_of", lambda *_: Happened(IssuedCertificate(b"rubbish")))
    context = engine.context([SIGNED])
    assert trouble(HANDLERS[ORDER.kind].carry_out(ORDER, context)) == (Trouble.CA_MISMATCH, True)
    assert trouble(HANDLERS[ORDER.kind].effect_of(ORDER, context)) == (Trouble.CA_MISMATCH, True)
    assert trouble(HANDLERS[ORDER.kind].undo(ORDER, context)) == (Trouble.CA_UNKNOWN, True)


@pytest.mark.parametrize("refused", [DOWN, Refused(why(Trouble.IN_DOUBT), permanent=True)])
def test_taking_back_an_order_nobody_can_tell_of(refused: Refused) -> None:
    engine = Engine(())
    engine.nature.troubles["ca.effect_of"] = [refused]
    outcome = HANDLERS[ORDER.kind].undo(ORDER, engine.context([SIGNED]))
    assert trouble(outcome)[1] is refused.permanent


@pytest.mark.parametrize("detail", ["said_no", "declined"])
def test_an_order_that_was_refused_needs_no_undo_though_nobody_can_be_asked(detail: str) -> None:
    engine = Engine(())
    engine.nature.troubles["ca.effect_of"] = [SILENT]
    said = why(Trouble.CA_REFUSED, detail)
    context = engine.context([SIGNED, StepRecord(2, ORDER, StepStatus.UNDOING, why=said)])
    assert HANDLERS[ORDER.kind].undo(ORDER, context) == Done(())


def test_of_an_answer_that_was_not_believed_that_is_told() -> None:
    engine = Engine(())
    engine.nature.troubles["ca.effect_of"] = [SILENT]
    said = why(Trouble.CA_MISMATCH, "chain")
    context = engine.context([SIGNED, StepRecord(2, ORDER, StepStatus.UNDOING, why=said)])
    assert HANDLERS[ORDER.kind].undo(ORDER, context) == Refused(said, permanent=True)


@pytest.mark.parametrize("status", [StepStatus.INTENDED, StepStatus.UNDOING])
def test_an_order_in_doubt_says_since_when(status: StepStatus) -> None:
    record = StepRecord(2, ORDER, status, intended_at=NOON)
    order = RequestCertificate().order(ORDER, Engine(()).context([SIGNED, record]))
    assert order.begun_at == (NOON if status is StepStatus.INTENDED else None)


def test_an_order_the_authority_never_saw_needs_no_undo() -> None:
    assert HANDLERS[ORDER.kind].undo(ORDER, Engine(()).context([SIGNED])) == Done(())


def test_an_open_order_is_taken_back() -> None:
    engine = Engine(())
    engine.nature.oddities["ca.decides"] = ["decides"]
    engine.ca.open_orders["order-0"] = CertificateOrder("order-0", "user", b"request|key", ())
    assert HANDLERS[ORDER.kind].undo(ORDER, engine.context([SIGNED])) == Done(())
    assert engine.ca.open_orders == {}


def test_a_revocation_is_repeated_and_seen() -> None:
    engine = Engine(())
    handler, context = HANDLERS[REVOKE.kind], engine.context()
    assert isinstance(handler.effect_of(REVOKE, context), Absent)
    assert isinstance(handler.look_up(REVOKE, "t", context), Done)
    assert isinstance(handler.effect_of(REVOKE, context), Happened)


def test_a_revocation_that_is_refused_says_why() -> None:
    engine = Engine(())
    engine.nature.troubles["ca.revoke"] = [DOWN]
    assert HANDLERS[REVOKE.kind].carry_out(REVOKE, engine.context()) is DOWN


def test_what_is_replaced_is_superseded_and_what_only_goes_has_ceased() -> None:
    engine, reasons = Engine(()), []
    engine.ca.on_revoke = lambda order: reasons.append(order.reason)
    HANDLERS[REVOKE.kind].carry_out(REVOKE, engine.context([ISSUED]))
    HANDLERS[REVOKE.kind].carry_out(REVOKE, engine.context())
    assert reasons == ["superseded", "cessationOfOperation"]
