"""Handlers one by one: what they refuse to believe, and what a person's word is good for."""

from dataclasses import replace

import pytest

from portal.domain.errors import OutsideUnavailable
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
from portal.domain.outcomes import Absent, Accepted, Done, Happened, Refused, Unknown, Waiting, WaitingFor
from portal.domain.policy import Register
from portal.domain.troubles import Trouble, why
from portal.domain.update_state import StepStatus
from portal.domain.update_steps import Step, StepKind
from portal.ports.certificate_authority import CertificateOrder, IssuedCertificate
from portal.ports.journal import StepRecord, StoredReply
from portal.ports.token import RemoveKeyPair, TokenReply
from portal.ports.vault import KeyMaterial
from portal.services.step_context import StepResult
from portal.services.steps import HANDLERS
from portal.services.steps.base import make_absent
from tests.fakes.reader import ModelCertificate, ModelReader, request_of
from tests.support.clock import NOON
from tests.support.engine import NEW, Engine

DOWN = Refused(why(Trouble.CA_UNAVAILABLE), permanent=False)
REGISTER = Step(StepKind.REGISTER_DEVICE, item=0, register=Register.SECRET_NET, order_id="r-0")
WITHDRAW = replace(REGISTER, kind=StepKind.WITHDRAW_DEVICE)
REVOKE = replace(NEW, kind=StepKind.REVOKE_CERTIFICATE, serial="5")
ORDER = replace(NEW, kind=StepKind.REQUEST_CERTIFICATE)
ROOT = ModelCertificate("root", "9", b"root", NOON, NOON.replace(year=2030))
COMMON = Step(
    StepKind.WRITE_COMMON,
    item=0,
    common="root",
    common_version=1,
    key_id="cc",
    fingerprint=ModelReader().certificate(ROOT.der()).fingerprint,
)


def done(kind: StepKind, **reply: str) -> StepRecord:
    return StepRecord(1, replace(NEW, kind=kind), StepStatus.DONE, reply)


SIGNED = done(StepKind.SIGN_REQUEST, request="cmVxdWVzdHxrZXk=")  # request|key
ISSUED = done(StepKind.REQUEST_CERTIFICATE, certificate="", fingerprint="f1", serial="5")


def trouble(outcome: object) -> tuple[Trouble, bool]:
    assert isinstance(outcome, Refused)
    return outcome.why.trouble, outcome.permanent


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


# ── the authority ──


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


# ── registers ──


@pytest.mark.parametrize("step", [REGISTER, WITHDRAW])
def test_without_its_register_a_step_waits(step: Step) -> None:
    engine = Engine(())
    engine.registers.by_kind.clear()
    handler, context = HANDLERS[step.kind], engine.context()
    assert trouble(handler.carry_out(step, context)) == (Trouble.REGISTER_UNAVAILABLE, False)
    assert isinstance(handler.effect_of(step, context), Unknown)
    if handler.undoes:
        assert trouble(handler.undo(step, context)) == (Trouble.REGISTER_UNAVAILABLE, False)


@pytest.mark.parametrize("step", [REGISTER, WITHDRAW])
def test_a_register_is_told_and_asked(step: Step) -> None:
    engine = Engine(())
    engine.register.devices = set() if step is REGISTER else {"token-1"}
    handler, context = HANDLERS[step.kind], engine.context()
    assert isinstance(handler.effect_of(step, context), Absent)
    assert isinstance(handler.look_up(step, "t", context), Done)
    assert isinstance(handler.effect_of(step, context), Happened)
    engine.nature.troubles["register.known"] = [DOWN]
    assert isinstance(handler.effect_of(step, context), Unknown)
    engine.nature.troubles[f"register.{'register' if step is REGISTER else 'withdraw'}"] = [DOWN]
    assert handler.carry_out(step, context) is DOWN


def test_a_registration_is_taken_back() -> None:
    engine = Engine(())
    handler, context = HANDLERS[REGISTER.kind], engine.context()
    assert handler.undo(REGISTER, context) == Done((DeviceWithdrawn(Register.SECRET_NET),))
    engine.register.devices.add("token-1")
    assert handler.undo(REGISTER, context) == Done((DeviceWithdrawn(Register.SECRET_NET),))
    assert engine.register.devices == set()
    engine.register.devices.add("token-1")
    engine.nature.troubles["register.withdraw"] = [DOWN]
    assert handler.undo(REGISTER, context) is DOWN


# ── common certificates ──


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


# ── what is shared ──


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
