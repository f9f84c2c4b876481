"""Handlers of the steps about registers of the state, each alone."""

from base64 import b64encode
from dataclasses import replace

from portal.domain.ids import PersonId
from portal.domain.outcomes import Done
from portal.domain.troubles import Trouble
from portal.domain.update_steps import StepKind
from portal.services.step_context import StepResult
from portal.services.steps import HANDLERS
from tests.fakes.reader import ModelCertificate
from tests.services.steps.one_step import done, trouble
from tests.support.clock import NOON
from tests.support.engine import NEW, Engine

ANNOUNCE = replace(NEW, kind=StepKind.ANNOUNCE_CERTIFICATE, order_id="made-0", person=PersonId(7))
MADE = ModelCertificate("Подпись", "5a", b"key", NOON, NOON.replace(year=2027))
ISSUED = done(StepKind.REQUEST_CERTIFICATE, certificate=b64encode(MADE.der()).decode())


def test_without_a_certificate_there_is_nothing_to_announce() -> None:
    outcome = HANDLERS[ANNOUNCE.kind].carry_out(ANNOUNCE, Engine(()).context())
    assert trouble(outcome) == (Trouble.IN_DOUBT, True)


def test_looked_up_again_it_is_announced_as_before() -> None:
    engine = Engine(())
    handler, context = HANDLERS[ANNOUNCE.kind], engine.context([ISSUED])
    first = handler.carry_out(ANNOUNCE, context)
    assert first == handler.look_up(ANNOUNCE, "t", context) == Done(StepResult({"question": "1"}))
    assert {order: made.serial for order, made in engine.identity.told.items()} == {"made-0": "5a"}
