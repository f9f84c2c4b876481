"""What is done about each thing the portal says: offers, lists, ends of tasks, notices."""

import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass
from threading import Lock
from typing import Final

from agent.conversation import Conversation
from agent.errand import Errand, Workshop
from agent.executor import give_up
from agent.journal import AgentJournal, KnownTask
from agent.lists import UnsignedError, opened
from agent.prompt import Prompt
from agent.words import Words
from portal.domain.agent_tasks import TaskAnswer
from portal.domain.troubles import Trouble, why
from portal.ports.agent_orders import SignedList, StepList
from portal.ports.agent_protocol import Offer, OfferAnswer, PollAnswer, TaskStanding

_log = logging.getLogger("klyuchnik-agent")
_NOTICE_EVERY: Final = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Person:
    """Whom to ask, and how to speak to him."""

    prompt: Prompt
    words: Words


class Dealings:
    """Knows the tasks of this workstation; talks to nobody but the person. ``shop.finished`` is told of news."""

    def __init__(self, journal: AgentJournal, person: Person) -> None:
        self._journal = journal
        self._prompt = person.prompt
        self._words = person.words
        self._conversation = Conversation(person.prompt, person.words, self._answered)
        self._lock = Lock()
        self._shop: Workshop | None = None
        self._errands: dict[str, Errand] = {}
        self._offered: dict[str, Errand] = {}
        self._answers: dict[str, OfferAnswer] = {}
        self._told: dict[str, float] = {}

    def start(self, shop: Workshop) -> None:
        """Go on with what was accepted before."""
        self._shop = shop
        self._errands = {one.task: Errand(shop, one.task, one.serial, one.device) for one in self._journal.accepted()}
        self._conversation.start()

    def stop(self) -> None:
        """Between two orders; open questions are taken back."""
        self._conversation.stop()
        for errand in (*self._errands.values(), *self._offered.values()):
            errand.close()

    def ask_pin(self, errand: Errand) -> None:
        """A PIN is missing for something that was accepted."""
        if self._prompt.asks:
            self._conversation.pin(errand)
        else:
            self.tell(self._words("unanswered", serial=errand.serial))

    def tell(self, words: str) -> None:
        """Say it once a day."""
        now = time.monotonic()
        if now - self._told.get(words, -_NOTICE_EVERY) >= _NOTICE_EVERY:
            self._told[words] = now
            self._prompt.tell(words)

    # ── what the portal said ─────────────────────────────────────────────────

    def take(self, answer: PollAnswer, order_key: bytes) -> None:
        """Everything it said, each thing for itself."""
        for notice in answer.notices:
            self.tell(notice)
        for standing in answer.tasks:
            self._settle(standing)
        lists = [steps for signed in answer.lists if (steps := self._opened(signed, order_key)) is not None]
        for steps in lists:
            self._hand(steps)
        self._forget_lost(steps.id for steps in lists)
        self._offer(answer.offers)
        for errand in self._errands.values():
            errand.tidy()

    def _opened(self, signed: SignedList, order_key: bytes) -> StepList | None:
        try:
            return opened(signed, order_key)
        except UnsignedError as refusal:
            self.tell(self._words("stolen_list", refusal=str(refusal)))
            return None

    def _hand(self, steps: StepList) -> None:
        errand = self._errands.get(steps.task)
        if self._journal.closed(steps.id):
            self._journal.tell_again(steps.id)
        elif errand is None:
            self.tell(self._words("stolen_list", refusal="not accepted here"))
        else:
            errand.take(steps)

    def _forget_lost(self, delivered: Iterable[str]) -> None:
        """What was begun and is not asked for any more is told to be in doubt."""
        known = set(delivered) | {errand.listed() for errand in self._errands.values()}
        for begun in self._journal.begun():
            if begun.list not in known:
                give_up(self._journal, begun.list, begun.epoch, why(Trouble.IN_DOUBT))

    def _settle(self, standing: TaskStanding) -> None:
        if not standing.over:
            return
        self._journal.end(standing.task)
        errand = self._errands.pop(standing.task, None)
        if errand is not None:
            self._conversation.drop(standing.task)
            errand.close()
            if standing.words:
                self._prompt.tell(self._words("task_over", device=errand.device, words=standing.words))

    def _offer(self, offers: Iterable[Offer]) -> None:
        wanted = {offer.task: offer for offer in offers}
        with self._lock:
            gone = [task for task in self._offered if task not in wanted and task not in self._answers]
        for task in gone:
            self._conversation.drop(task)
            self._offered.pop(task).close()
        for task, offer in wanted.items():
            if not self._prompt.asks:
                self.tell(self._words("unanswered", serial=offer.serial))
            elif task not in self._answers and not self._conversation.asking(task):
                self._conversation.offer(self._offered_errand(offer), offer)

    def _offered_errand(self, offer: Offer) -> Errand:
        if offer.task in self._errands:  # it was taken back meanwhile and comes again
            return self._errands[offer.task]
        if offer.task not in self._offered and self._shop is not None:
            self._offered[offer.task] = Errand(self._shop, offer.task, offer.serial, offer.device)
        return self._offered[offer.task]

    # ── what the person said ─────────────────────────────────────────────────

    def _answered(self, errand: Errand, answer: OfferAnswer) -> None:
        if answer.answer is TaskAnswer.ACCEPTED:
            self._journal.accept(KnownTask(errand.task, errand.serial, errand.device))
        with self._lock:
            self._answers[errand.task] = answer
        if self._shop is not None:
            self._shop.finished()

    def answers(self) -> dict[str, OfferAnswer]:
        """What is to be told to the portal, by task."""
        with self._lock:
            return dict(self._answers)

    def delivered(self, task: str, *, taken: bool) -> None:
        """The portal heard the answer; one it did not take was for nothing."""
        with self._lock:
            answer = self._answers.pop(task)
        errand = self._offered.pop(task, None) or self._errands.get(task)
        if errand is None:
            return
        if taken and answer.answer is TaskAnswer.ACCEPTED:
            self._errands[task] = errand
            return
        self._errands.pop(task, None)
        self._journal.end(task)
        errand.close()

    # ── how things stand ─────────────────────────────────────────────────────

    def nudge(self) -> None:
        """A token came or went."""
        for errand in tuple(self._errands.values()):
            errand.nudge()

    def idle(self) -> bool:
        """Whether nothing is asked, worked on or waits to be told."""
        asked = any(self._conversation.asking(task) for task in (*self._offered, *self._errands))
        return not asked and not self.answers() and not any(one.listed() for one in self._errands.values())

    def tasks(self) -> tuple[str, ...]:
        """The accepted tasks, for people."""
        return tuple(f"{errand.device} ({errand.serial})" for errand in self._errands.values())
