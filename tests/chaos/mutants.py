"""Bugs planted into the engine, one at a time: the simulation must see every one of them."""

from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any, Final
from unittest.mock import patch

from portal.domain import plan_changes, plan_steps
from portal.domain.facts import CertificateRemoved
from portal.domain.outcomes import Done
from portal.domain.update_state import StepStatus
from portal.domain.update_steps import Step, StepKind
from portal.services import going_forward, run_log
from portal.services.debts import Debts
from portal.services.journey import Journey
from portal.services.pin_source import RunPins
from portal.services.run_log import RunLog
from portal.services.step_context import StepResult
from portal.services.steps import generate_key, request_certificate, write_certificate, write_common
from portal.services.steps.base import Handler
from portal.services.steps.compare_contents import CompareContents
from portal.services.steps.generate_key import GenerateKey
from portal.services.steps.register_device import RegisterDevice
from portal.services.steps.remove_object import RemoveCertificate, RemoveKey
from portal.services.steps.request_certificate import RequestCertificate
from portal.services.steps.retain_history import RetainHistory
from portal.services.steps.revoke_certificate import RevokeCertificate
from portal.services.steps.sign_request import SignRequest
from portal.services.steps.write_certificate import WriteCertificate
from tests.fakes.journal import MemoryJournal, Row
from tests.fakes.tickets import FakeTickets

Patch = tuple[object, str, Callable[..., Any]]

REMOVALS: Final = (StepKind.REMOVE_CERTIFICATE, StepKind.REMOVE_KEY)
REAL_STEPS: Final = plan_steps._steps
REAL_FINISH: Final = RunLog.finish
REAL_WRITE_DOWN: Final = MemoryJournal.finish
REAL_FINISH_UNDO: Final = RunLog.finish_undo
REAL_TO_UNDO: Final = RunLog.to_undo
REAL_ORDER: Final = RequestCertificate.order
REAL_GENERATE: Final[Any] = GenerateKey.order
REAL_WRITE: Final[Any] = WriteCertificate.order
REAL_REMOVE: Final = RemoveCertificate.order
REAL_REMOVE_KEY: Final = RemoveKey.order
REAL_REQUEST: Final = RequestCertificate.carry_out
REAL_TELL: Final = RegisterDevice.carry_out


def steps(change: Callable[[list[Step]], list[Step]]) -> Patch:
    """Another order of what a plan becomes."""
    return (plan_steps, "_steps", lambda making: iter(change(list(REAL_STEPS(making)))))


def first(*kinds: StepKind) -> Patch:
    """Steps of these kinds right behind the first look."""
    return steps(lambda s: [s[0], *(x for x in s[1:] if x.kind in kinds), *(x for x in s[1:] if x.kind not in kinds)])


def last(kind: StepKind) -> Patch:
    return steps(lambda s: [*(x for x in s if x.kind is not kind), *(x for x in s if x.kind is kind)])


def without(*kinds: StepKind) -> Patch:
    return steps(lambda s: [x for x in s if x.kind not in kinds])


def act_without_asking(journey: Journey, record: Any) -> Any:
    """Forgets to ask, right before the effect, whether the lease still holds."""
    trusting = Journey(journey.log, journey.context, journey.handlers, journey.pins, lambda: None)
    return REAL_ENDING(trusting, record)


REAL_ENDING: Final = going_forward._ending_of


def intend_in_memory(log: RunLog, record: Any) -> Any:
    return replace(record, status=StepStatus.INTENDED)


def finish_and_pretend(journal: MemoryJournal, claim: Any, seq: int, *, then: int, **outcome: Any) -> bool:
    """Says that the next intent went in, and forgot it."""
    REAL_WRITE_DOWN(journal, claim, seq, then=0, **outcome)
    return then > 0


def believe_everything(step: Step, issued: Any, context: Any) -> Any:
    facts = context.outside.reader.certificate(issued.certificate)
    reply = {"certificate": "", "fingerprint": facts.fingerprint, "serial": facts.serial}
    with_der = {**reply, "certificate": b64encode(issued.certificate).decode()}
    return Done(StepResult(with_der, (request_certificate._issued(step, issued, facts),)))


def order_anew(handler: Any, step: Step, context: Any) -> Any:
    order = REAL_ORDER(handler, step, context)
    return replace(order, order_id=f"{order.order_id}-{context.outside.clock.now().timestamp()}")


def request_twice(handler: Any, step: Step, context: Any) -> Any:
    REAL_REQUEST(handler, step, context)
    return REAL_REQUEST(handler, replace(step, order_id=f"{step.order_id}-again"), context)


def told_unheard(handler: Any, step: Step, context: Any) -> Any:
    """Whatever the register answers, it counts as told."""
    REAL_TELL(handler, step, context)
    return Done(StepResult({}, handler.facts(step)))


def key_id_anew(handler: Any, step: Step, context: Any) -> Any:
    return replace(REAL_GENERATE(handler, step, context), key_id=f"{context.outside.clock.now().timestamp():.0f}")


def key_of_another(handler: Any, step: Step, context: Any) -> Any:
    other = next(r.step.key_id for r in reversed(context.records) if r.step.key_id)
    return replace(REAL_REMOVE_KEY(handler, step, context), key_id=other)


def certificate_of_another(handler: Any, step: Step, context: Any) -> Any:
    contents = context.gateway().token.contents()
    order = REAL_REMOVE(handler, step, context)
    other = next((c for c in contents.certificates if c.key_id != step.key_id), None)
    return replace(order, key_id=other.key_id, fingerprint=other.fingerprint) if other else order


def happened(handler: Any, step: Step, context: Any) -> Any:
    return handler.told(step, context)


def held_by_anybody(journal: MemoryJournal, claim: Any) -> Row:
    return journal.rows[claim.update]


def every_item(log: RunLog) -> tuple[Any, ...]:
    return tuple(r for r in reversed(log.records) if r.status in run_log.TOUCHED)


def finished_only(log: RunLog) -> tuple[Any, ...]:
    return tuple(r for r in REAL_TO_UNDO(log) if r.status is StepStatus.DONE)


def forget_what_is_owed(log: RunLog, record: Any, facts: Any, **_owed: bool) -> None:
    REAL_FINISH_UNDO(log, record, facts)


def pay_unseen(debts: Debts, debt: Any) -> bool:
    return debts.book.pay(debt, facts=(), now=debts.outside.clock.now())


def gone_already(_order: Any, facts: Any, _context: Any) -> Any:
    return Done(facts)


#: name -> what to put where
MUTANTS: Final[dict[str, tuple[Patch, ...]]] = {
    # the order of steps
    "old removed first": (first(*REMOVALS),),
    "old removed before the proof": (last(StepKind.VERIFY_CERTIFICATE),),
    "proof left out": (without(StepKind.VERIFY_CERTIFICATE),),
    "old key forgotten": (without(StepKind.REMOVE_KEY),),
    "revoked before it is removed": (first(StepKind.REVOKE_CERTIFICATE),),
    "registers asked last": (last(StepKind.CHECK_IDENTITY),),
    "nobody told of a certificate": (without(StepKind.ANNOUNCE_CERTIFICATE),),
    "revocation forgotten": (without(StepKind.REVOKE_CERTIFICATE),),
    "shared key removed": ((plan_changes, "keys_needed", lambda _items, _device: frozenset()),),
    # the journal
    "intent dropped": ((RunLog, "intend", intend_in_memory),),
    "next intent dropped": ((MemoryJournal, "finish", finish_and_pretend),),
    "undo intent dropped": ((MemoryJournal, "intend_undo", lambda *_args, **_named: None),),
    "facts dropped": (
        (RunLog, "finish", lambda log, record, result: REAL_FINISH(log, record, StepResult(result.reply))),
    ),
    "facts of undoing dropped": (
        (RunLog, "finish_undo", lambda log, record, _facts, **named: REAL_FINISH_UNDO(log, record, (), **named)),
    ),
    "lease not asked before an effect": ((going_forward, "_ending_of", act_without_asking),),
    "lease ignored in claiming": ((Row, "due", lambda row, _now: row.status.active),),
    "fence ignored in writing": ((MemoryJournal, "_held", held_by_anybody),),
    # asking the world
    "a key in doubt thought made": ((GenerateKey, "effect_of", happened),),
    "a removal in doubt thought done": ((RemoveKey, "effect_of", happened),),
    "a revocation in doubt thought done": ((RevokeCertificate, "effect_of", happened),),
    "a registration in doubt thought done": ((RegisterDevice, "effect_of", happened),),
    "a register that did not take it thought told": ((RegisterDevice, "carry_out", told_unheard),),
    "order id not kept": ((RequestCertificate, "order", order_anew),),
    "an order given twice": ((RequestCertificate, "carry_out", request_twice),),
    "certificate believed unseen": ((request_certificate, "_checked", believe_everything),),
    "key id made anew": ((GenerateKey, "order", key_id_anew),),
    "certificate written beside another key": (
        (WriteCertificate, "order", lambda h, s, c: replace(REAL_WRITE(h, s, c), key_id="00")),
    ),
    "another key removed": ((RemoveKey, "order", key_of_another),),
    "another certificate removed": ((RemoveCertificate, "order", certificate_of_another),),
    "contents not compared": ((CompareContents, "result", lambda *_: Done(StepResult({}))),),
    "a qualified certificate for anybody": ((request_certificate, "confirmed", lambda *_: Done(None)),),
    # going back
    "revocations that are owed forgotten": ((RunLog, "owed", lambda _log: None),),
    "what is owed forgotten": ((RunLog, "finish_undo", forget_what_is_owed),),
    "what is owed thought paid": ((Debts, "_settle", pay_unseen),),
    "nothing undone": ((RunLog, "to_undo", lambda _log: ()),),
    "undone first to last": ((RunLog, "to_undo", lambda log: tuple(reversed(REAL_TO_UNDO(log)))),),
    "doubt left out of undoing": ((RunLog, "to_undo", finished_only),),
    "proved items undone too": ((RunLog, "to_undo", every_item),),
    "undo without looking": ((generate_key, "make_absent", gone_already),),
    "written certificate left": ((write_certificate, "make_absent", gone_already),),
    "imported pair left": ((write_common, "make_absent", gone_already),),
    "issued certificate not revoked": ((RequestCertificate, "undo", Handler.undo),),
    # the rest
    "key that should follow its certificate forgotten": (
        (RemoveCertificate, "facts", lambda _h, step, _c: (CertificateRemoved(step.fingerprint),)),
    ),
    "history not marked": ((RetainHistory, "carry_out", lambda *_: Done(StepResult({}))),),
    "refused PIN tried again": ((RunPins, "refused", lambda _pins: None),),
    "ticket outlives the update": ((FakeTickets, "destroy", lambda _tickets, _update: None),),
    "request signed with another key": (
        (SignRequest, "result", lambda *_: Done(StepResult({"request": "cmVxdWVzdHw="}))),
    ),
}


@contextmanager
def planted(name: str) -> Iterator[None]:
    """The engine with this bug in it; nothing is planted without a name."""
    with ExitStack() as stack:
        for target, attribute, value in MUTANTS.get(name, ()):
            stack.enter_context(patch.object(target, attribute, value))
        yield
