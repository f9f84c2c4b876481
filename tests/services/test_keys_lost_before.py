"""A private key somebody deleted is seen once the portal signs in: the update goes on, and the loss is told."""

from typing import Final

import pytest

from portal.domain.contents import TokenContents
from portal.domain.facts import ContentsSeen
from portal.domain.outcomes import Done, Refused
from portal.domain.update_state import StepStatus
from portal.domain.update_steps import Step, StepKind
from portal.ports.journal import StepRecord
from portal.services.steps import HANDLERS
from tests.fakes.reader import ModelCertificate, ModelReader
from tests.support.clock import NOON
from tests.support.engine import Engine

CERTIFICATE: Final = ModelCertificate("kept", "9", b"kept", NOON, NOON.replace(year=2030))
FINGERPRINT: Final = ModelReader().certificate(CERTIFICATE.der()).fingerprint


@pytest.fixture
def engine() -> Engine:
    """A token with a certificate, and no private key beside it."""
    made = Engine(())
    made.token.certificates["cc", FINGERPRINT] = CERTIFICATE.der()
    return made


def first_look(engine: Engine) -> StepRecord:
    contents = _seen(engine)
    step = Step(StepKind.COMPARE_CONTENTS, content_hash=contents.content_hash())
    outcome = HANDLERS[step.kind].carry_out(step, engine.context())
    assert isinstance(outcome, Done)
    assert outcome.reply.facts == (ContentsSeen(contents),)
    return StepRecord(1, step, StepStatus.DONE, outcome.reply.reply)


def last_look(engine: Engine, *records: StepRecord) -> object:
    step = Step(StepKind.VERIFY_TOKEN, present=(FINGERPRINT,))
    return HANDLERS[step.kind].carry_out(step, engine.context(list(records)))


def test_a_key_gone_before_is_no_difference_and_is_written_down(engine: Engine) -> None:
    outcome = last_look(engine, first_look(engine))
    assert isinstance(outcome, Done)
    assert outcome.reply.facts == (ContentsSeen(_seen(engine)),)


def test_a_key_gone_since_is_one(engine: Engine) -> None:
    engine.token.keys["cc"] = b"key"
    before = first_look(engine)
    assert before.reply == {}
    del engine.token.keys["cc"]
    assert isinstance(last_look(engine, before), Refused)


def test_a_certificate_gone_since_is_one(engine: Engine) -> None:
    before = first_look(engine)
    engine.token.certificates.clear()
    assert isinstance(last_look(engine, before), Refused)


def _seen(engine: Engine) -> TokenContents:
    step = Step(StepKind.VERIFY_TOKEN)
    outcome = HANDLERS[step.kind].carry_out(step, engine.context())
    assert isinstance(outcome, Done)
    (fact,) = outcome.reply.facts
    assert isinstance(fact, ContentsSeen)
    return fact.contents
