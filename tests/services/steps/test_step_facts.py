"""What becomes true: by a person's word, by undoing, by giving up."""

from dataclasses import replace

import pytest

from portal.domain.facts import (
    CertificateRemoved,
    CertificateRevoked,
    CertificateWritten,
    CommonWritten,
    DeviceRegistered,
    DeviceWithdrawn,
    KeyGenerated,
    KeyRemoved,
    LeftBehind,
)
from portal.domain.outcomes import Happened
from portal.domain.policy import Register
from portal.domain.update_state import StepStatus
from portal.domain.update_steps import Step, StepKind
from portal.ports.journal import StepRecord, StoredReply
from portal.services.step_context import StepResult
from portal.services.steps import HANDLERS
from tests.services.steps.one_step import COMMON, ISSUED, ORDER, REGISTER, REVOKE, WITHDRAW
from tests.support.engine import NEW, Engine

WRITE = replace(NEW, kind=StepKind.WRITE_CERTIFICATE)
REMOVE = Step(StepKind.REMOVE_CERTIFICATE, item=0, key_id="bb", fingerprint="f1")
REMOVE_KEY = Step(StepKind.REMOVE_KEY, item=0, key_id="bb")
REVOKED = CertificateRevoked("main", "5")
SECRET_NET = Register.SECRET_NET


@pytest.mark.parametrize(
    ("step", "reply", "facts"),
    [
        (NEW, {}, (KeyGenerated("aa", "Подпись"),)),
        (WRITE, {}, (CertificateWritten("f1"),)),
        (COMMON, {}, (CommonWritten("root", 1, COMMON.fingerprint, "cc"),)),
        (REMOVE, {}, (CertificateRemoved("f1"),)),
        (REMOVE_KEY, {}, (KeyRemoved("bb"),)),
        (REVOKE, {}, (REVOKED,)),
        (REGISTER, {}, (DeviceRegistered(SECRET_NET),)),
        (WITHDRAW, {}, (DeviceWithdrawn(SECRET_NET),)),
    ],
)
def test_a_persons_word_has_the_same_facts(step: Step, reply: StoredReply, facts: tuple[object, ...]) -> None:
    told = HANDLERS[step.kind].told(step, Engine(()).context([ISSUED]))
    assert told == Happened(StepResult(reply, facts))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("step", "gone", "left"),
    [
        (NEW, (KeyRemoved("aa"),), (LeftBehind("aa"),)),
        (WRITE, (CertificateRemoved("f1"),), (LeftBehind("aa", "f1"),)),
        (COMMON, (CertificateRemoved(COMMON.fingerprint), KeyRemoved("cc")), (LeftBehind("cc", COMMON.fingerprint),)),
        (ORDER, (REVOKED,), ()),
        (REGISTER, (DeviceWithdrawn(SECRET_NET),), ()),
    ],
)
def test_what_is_undone_or_given_up_has_facts_too(
    step: Step, gone: tuple[object, ...], left: tuple[object, ...]
) -> None:
    handler, context = HANDLERS[step.kind], Engine(()).context([ISSUED])
    assert handler.gone(step, context) == gone
    assert handler.left_behind(step, context) == left


def test_an_order_nothing_came_of_is_gone_without_a_trace() -> None:
    assert HANDLERS[ORDER.kind].gone(ORDER, Engine(()).context()) == ()


@pytest.mark.parametrize("kind", [StepKind.REMOVE_KEY, StepKind.WRITE_CERTIFICATE])
def test_a_key_that_loses_its_certificate_first_is_a_leftover_until_then(kind: StepKind) -> None:
    follows = StepRecord(2, Step(kind, item=0, key_id="bb"), StepStatus.PENDING)
    facts = HANDLERS[REMOVE.kind].facts(REMOVE, Engine(()).context([follows]))  # type: ignore[attr-defined]
    assert facts == (CertificateRemoved("f1"), LeftBehind("bb"))


def test_a_key_whose_old_certificate_went_first_is_left_alone_again() -> None:
    removed = StepRecord(2, replace(REMOVE, key_id="aa"), StepStatus.DONE, {})
    gone = HANDLERS[WRITE.kind].gone(WRITE, Engine(()).context([ISSUED, removed]))
    assert gone == (CertificateRemoved("f1"), LeftBehind("aa"))
