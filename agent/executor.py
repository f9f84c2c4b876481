"""Carries a step list out on one token: written down before, done once, written down after."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from agent.boundaries import Boundary, Observer, unwatched
from agent.journal import AgentJournal
from portal.domain.outcomes import Absent, Done, Effect, Happened, Outcome, Refused, Unknown, Waiting, WaitingFor
from portal.domain.troubles import Trouble, Why, why
from portal.ports.agent_orders import ListReport, OrderResult, SentOrder, StepList, received
from portal.ports.token import ObjectOrder, ReadContents, TokenReply


class Hands(Protocol):
    """What does things to one token."""

    def carry_out(self, order: ObjectOrder) -> Outcome[TokenReply]:
        """Do it."""
        ...

    def effect_of(self, order: ObjectOrder) -> Effect[TokenReply]:
        """Whether it took effect, by looking."""
        ...


@dataclass(frozen=True, slots=True)
class Held:
    """The list cannot go on until somebody comes: the token, the PIN; or the program is to stop."""

    whom: WaitingFor | None
    why: Why


#: A held order is nothing to report: whoever is missing may come while the list lives.
_PERSONS = frozenset({WaitingFor.PIN, WaitingFor.TOKEN})


class Executor:
    """Knows the journal, not the portal; ``stopping`` ends the work between two orders."""

    def __init__(
        self, journal: AgentJournal, *, stopping: Callable[[], bool] = lambda: False, observe: Observer = unwatched
    ) -> None:
        self._journal = journal
        self._stopping = stopping
        self._observe = observe

    def execute(self, steps: StepList, hands: Hands) -> Held | None:
        """Go on with the list from where the journal says it stopped; None when its report is written."""
        journal = self._journal
        if journal.closed(steps.id):
            return None
        doubts = journal.in_doubt(steps.id)
        if not doubts and not journal.results(steps.id):
            held = self._compare(steps, hands)
            if held is not None or journal.closed(steps.id):
                return held
        journal.begin(steps)
        for order in steps.orders:
            if order.seq in journal.results(steps.id):
                continue
            if self._stopping():
                return Held(None, why(Trouble.CANCELLED))
            ended = self._one(steps, order, hands, doubtful=order.doubtful or order.seq in doubts)
            if isinstance(ended, Held):
                return ended
            if ended.reply is None:
                break
        self._close(steps, hands)
        return None

    def _compare(self, steps: StepList, hands: Hands) -> Held | None:
        """A token that changed since the plan was made is not touched."""
        if not steps.content_hash:
            return None
        match hands.carry_out(ReadContents()):
            case Done(reply) if reply.contents and reply.contents.content_hash() == steps.content_hash:
                return None
            case Done():
                refused = Refused(why(Trouble.CONTENTS_CHANGED), permanent=True)
            case Refused() as refused:
                pass
            case waiting:
                return Held(waiting.whom, waiting.why)
        if refused.whom in _PERSONS:
            return Held(refused.whom, refused.why)
        self._journal.begin(steps)
        self._journal.intend(steps, 1)
        self._journal.finish(steps, _refusal(1, refused))
        self._close(steps, hands)
        return None

    def _one(self, steps: StepList, order: SentOrder, hands: Hands, *, doubtful: bool) -> OrderResult | Held:
        place = (steps.id, order.seq)
        self._observe(Boundary.BEFORE_INTENT, *place)
        self._journal.intend(steps, order.seq)
        self._observe(Boundary.AFTER_INTENT, *place)
        outcome = _outcome(hands, received(order), doubtful=doubtful)
        self._observe(Boundary.AFTER_EFFECT, *place)
        match outcome:
            case Done(reply):
                result = OrderResult(order.seq, reply)
            case Refused(because, whom=whom) | Waiting(whom, because) if whom in _PERSONS:
                return Held(whom, because)
            case Refused() as refused:
                result = _refusal(order.seq, refused)
            case waiting:
                result = OrderResult(order.seq, why=waiting.why, whom=waiting.whom)
        self._journal.finish(steps, result)
        self._observe(Boundary.AFTER_OUTCOME, *place)
        return result

    def _close(self, steps: StepList, hands: Hands) -> None:
        results = self._journal.results(steps.id)
        last = results[max(results)]
        rest = [
            OrderResult(order.seq, why=last.why, permanent=last.permanent, whom=last.whom)
            for order in steps.orders
            if order.seq not in results
        ]
        self._journal.close(ListReport(steps.id, steps.epoch, (*results.values(), *rest), _hash(last, hands)))


def give_up(
    journal: AgentJournal, list_id: str, epoch: int, because: Why, *, whom: WaitingFor = WaitingFor.RETRY
) -> None:
    """Close a list nobody will go on with: what was begun is told to be in doubt, so that it is looked at first."""
    results = dict(journal.results(list_id))
    for seq in journal.in_doubt(list_id) or ({1} - results.keys()):
        results[seq] = OrderResult(seq, why=because, whom=whom)
    journal.close(ListReport(list_id, epoch, tuple(results[seq] for seq in sorted(results))))


def _outcome(hands: Hands, order: ObjectOrder, *, doubtful: bool) -> Outcome[TokenReply]:
    if not doubtful:
        return hands.carry_out(order)
    match hands.effect_of(order):
        case Happened(reply):
            return Done(reply)
        case Unknown(because, whom):
            return Refused(because, permanent=False, whom=whom or WaitingFor.RETRY)
        case Absent():
            return hands.carry_out(order)
        case effect:
            return effect.waiting


def _refusal(seq: int, refused: Refused) -> OrderResult:
    return OrderResult(seq, why=refused.why, permanent=refused.permanent, whom=refused.whom)


def _hash(last: OrderResult, hands: Hands) -> str:
    """The token's contents now; what it just showed needs no second look, and a broken one is left alone."""
    if last.reply is None:
        return ""
    if last.reply.contents is not None:
        return last.reply.contents.content_hash()
    match hands.carry_out(ReadContents()):
        case Done(reply) if reply.contents is not None:
            return reply.contents.content_hash()
        case _:
            return ""
