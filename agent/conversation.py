"""Talking with the person: one question at a time, in a thread of its own; what it is about goes on meanwhile."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum, auto, unique
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Final

from agent.errand import PEACE, Errand
from agent.prompt import Prompt
from agent.sign_in import sign_in
from agent.words import Words
from portal.domain.agent_tasks import TaskAnswer
from portal.ports.agent_protocol import Offer, OfferAnswer

_MORNING: Final = 9
_CHOICES: Final = ("offer_accept", "offer_ten_minutes", "offer_hour", "offer_tomorrow", "offer_decline")


@unique
class _End(Enum):
    OVER = auto()


@dataclass(frozen=True, slots=True)
class _Question:
    errand: Errand
    offer: Offer | None = None


class Conversation:
    """Asks what it is given; ``answered`` is told of each answer to an offer, from its own thread."""

    def __init__(self, prompt: Prompt, words: Words, answered: Callable[[Errand, OfferAnswer], None]) -> None:
        self._prompt = prompt
        self._words = words
        self._answered = answered
        self._questions: SimpleQueue[_Question | _End] = SimpleQueue()
        self._lock = Lock()
        self._asking: set[str] = set()
        self._open = ""
        self._thread = Thread(target=self._talk, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._questions.put(_End.OVER)
        self._prompt.close()
        self._thread.join()

    def offer(self, errand: Errand, offer: Offer) -> None:
        """Ask whether it may be done now."""
        self._put(errand, offer)

    def pin(self, errand: Errand) -> None:
        """Ask for the PIN of something that was accepted."""
        self._put(errand, None)

    def asking(self, task: str) -> bool:
        with self._lock:
            return task in self._asking

    def drop(self, task: str) -> None:
        """The question has no meaning any more."""
        with self._lock:
            self._asking.discard(task)
            opened = self._open == task
        if opened:
            self._prompt.withdraw()

    def _put(self, errand: Errand, offer: Offer | None) -> None:
        with self._lock:
            if errand.task in self._asking:
                return
            self._asking.add(errand.task)
        self._questions.put(_Question(errand, offer))

    def _talk(self) -> None:
        while not isinstance(question := self._questions.get(), _End):
            task = question.errand.task
            with self._lock:
                if task not in self._asking:
                    continue
                self._open = task
            try:
                self._ask(question)
            finally:
                with self._lock:
                    self._asking.discard(task)
                    self._open = ""

    def _ask(self, question: _Question) -> None:
        errand = question.errand
        if question.offer is None:
            if sign_in(errand, self._prompt, self._words, again=True):
                errand.nudge()
            elif self.asking(errand.task):  # else it was taken back
                self._prompt.tell(self._words("pin_left", device=errand.device, minutes=round(PEACE / 60)))
                errand.leave_in_peace()
            return
        answer = self._answer_to(errand, question.offer)
        if answer is not None:
            self._answered(errand, answer)

    def _answer_to(self, errand: Errand, offer: Offer) -> OfferAnswer | None:
        """What the person said; None when nobody did. Accepted only with a PIN the token has taken."""
        words = self._words
        chosen = self._prompt.choose(worded(offer, words), [words(choice) for choice in _CHOICES])
        if chosen is None:
            return None
        choice = _CHOICES[chosen]
        if choice == "offer_accept":
            if sign_in(errand, self._prompt, words):
                self._prompt.tell(words("working", device=errand.device))
                return OfferAnswer(TaskAnswer.ACCEPTED)
            if not self.asking(errand.task):  # it was taken back while the PIN was asked
                return None
            choice = "offer_ten_minutes"
        if choice == "offer_decline":
            self._prompt.tell(words("declined"))
            return OfferAnswer(TaskAnswer.DECLINED)
        until = until_of(choice, datetime.now().astimezone())
        self._prompt.tell(words("postponed", when=f"{until:%d.%m.%Y %H:%M}"))
        return OfferAnswer(TaskAnswer.POSTPONED, until.astimezone(UTC))


def until_of(choice: str, now: datetime) -> datetime:
    """When a postponed offer comes again."""
    if choice == "offer_tomorrow":
        tomorrow = (now + timedelta(days=1)).replace(hour=_MORNING, minute=0, second=0, microsecond=0)
        return tomorrow.replace(tzinfo=None).astimezone()  # the night may have changed the zone's hour
    return now + (timedelta(hours=1) if choice == "offer_hour" else timedelta(minutes=10))


def worded(offer: Offer, words: Words) -> str:
    """The offer as the person reads it."""
    lines = [words("offer_title"), words("offer_device", device=offer.device, serial=offer.serial)]
    lines += [words("offer_by", who=offer.asked_by)] if offer.asked_by else []
    lines += [words("offer_comment", comment=offer.comment)] if offer.comment else []
    for title, items in (("offer_reasons", offer.reasons), ("offer_changes", offer.changes)):
        lines += [words(title), *(f"  • {item}" for item in items)] if items else []
    if offer.expires_at is not None:
        lines.append(words("offer_expires", when=f"{offer.expires_at.astimezone():%d.%m.%Y %H:%M}"))
    return "\n".join(_printable(line) for line in lines)


def _printable(line: str) -> str:
    """Words from elsewhere do not steer a terminal."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in line)
