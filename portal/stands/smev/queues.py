"""Messages on their way: taken once, answered some time, given out until their receipt is confirmed."""

import heapq
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from typing import Final
from uuid import uuid1

from portal.stands.smev.book import Book, Ending
from portal.stands.smev.faults import Refusal
from portal.stands.smev.kinds import Asked
from portal.stands.smev.registers import IN_WORK, Body, answer, rejection

#: Of what is over so much is remembered; numbers are remembered for good.
HISTORY: Final = 2000


@dataclass(slots=True, eq=False)
class Question:
    """A message that was taken; ``client`` is the number its sender knows it by."""

    number: str
    client: str
    sender: str
    node: str
    content: bytes = field(repr=False)
    asked: Asked = field(repr=False)
    face: str
    taken_at: float
    state: str = "taken"
    arranged: Ending = field(default_factory=Ending)


@dataclass(slots=True, eq=False)
class Reply:
    """An answer in a queue; hidden for a while once it was given out."""

    number: str
    question: Question
    body: Body = field(repr=False)
    made_at: float
    hidden_until: float = 0.0
    given: int = 0


@dataclass(slots=True)
class Pace:
    """How long things take here, in seconds, and whether each message's way is told in the queue of statuses."""

    answer: float = 0.0
    redelivery: float = 900.0
    statuses: bool = False


@dataclass(slots=True)
class Queues:
    """All queues of all senders; whoever calls holds ``lock``."""

    book: Book = field(default_factory=Book)
    pace: Pace = field(default_factory=Pace)
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False)
    questions: "OrderedDict[str, Question]" = field(default_factory=OrderedDict)
    replies: "OrderedDict[str, Reply]" = field(default_factory=OrderedDict)
    notes: dict[str, deque[tuple[Question, Body]]] = field(default_factory=dict)
    kept: "OrderedDict[tuple[str, str], list[Reply]]" = field(default_factory=OrderedDict)
    numbers: set[str] = field(default_factory=set, repr=False)
    ahead: float = 0.0
    taken: int = 0
    confirmed: int = 0
    _due: list[tuple[float, int, Question, Callable[[], None]]] = field(default_factory=list)
    _order: "count[int]" = field(default_factory=count)

    def now(self) -> float:
        return time.time() + self.ahead

    def moment(self) -> datetime:
        return datetime.fromtimestamp(0, UTC) + timedelta(seconds=self.now())

    # ── what comes in ─────────────────────────────────────────────────────────

    def take(self, question: Question) -> None:
        """Raises Refusal when this number was taken before."""
        if question.number in self.numbers:
            raise Refusal("MessageIsAlreadySent")
        self.numbers.add(question.number)
        self.taken += 1
        self.questions[question.number] = question
        question.arranged = self.book.ending(question.asked.marks, question.asked.service)
        self._shorten()
        if self.pace.statuses:
            self._note(question, Body(progress=("requestIsAcceptedBySmev", "")))
        self._end(question, question.arranged)

    def _end(self, question: Question, ending: Ending) -> None:
        match ending.kind:
            case "held" | "silence":
                question.state = ending.kind
            case "late" | "processing":
                question.state = ending.kind
                if ending.kind == "processing":
                    self._reply(question, IN_WORK)
                self._later(ending.after, question, lambda: self._end(question, ending.then or Ending()))
            case "note":
                self._note(question, answer(question.asked, self.book, ending))
                question.state = "answered"
            case _:
                self._later(self.pace.answer, question, lambda: self.settle(question, ending))

    def settle(self, question: Question, ending: Ending) -> None:
        """Answer now, in this way."""
        question.state = "answered"
        self._reply(question, answer(question.asked, self.book, ending))

    def lose(self, question: Question) -> None:
        """Nobody will answer it."""
        question.state = "silence"

    def refuse(self, question: Question, code: str) -> None:
        question.state = "answered"
        self._reply(question, rejection(code))

    # ── what goes out ─────────────────────────────────────────────────────────

    def next_for(self, sender: str, node: str, wanted: tuple[str, str] | None = None) -> Reply | None:
        """The next answer nobody is busy with; it comes again unless it is confirmed."""
        self.come_due()
        now = self.now()
        for reply in self.replies.values():
            question = reply.question
            if (question.sender, question.node) != (sender, node) or reply.hidden_until > now:
                continue
            if wanted is not None and not _named(question, wanted):
                continue
            reply.hidden_until = now + self.pace.redelivery
            reply.given += 1
            return reply
        return None

    def confirm(self, sender: str, number: str) -> None:
        """Raises Refusal when no such message of theirs has been given out."""
        reply = self.replies.get(number)
        if reply is None or reply.question.sender != sender or not reply.given:
            raise Refusal("TargetMessageIsNotFound")
        del self.replies[number]
        self.confirmed += 1

    def hand_over(self, reply: Reply) -> None:
        """The adapter has given it away and confirmed it; it is found by its question for a while."""
        del self.replies[reply.number]
        self.confirmed += 1

    def answers_to(self, sender: str, client: str) -> list[Reply]:
        """Everything the adapter keeps for this question, given away or not."""
        self.come_due()
        return self.kept.get((sender, client), [])

    def next_note(self, sender: str) -> tuple[Question, Body] | None:
        self.come_due()
        waiting = self.notes.get(sender)
        return waiting.popleft() if waiting else None

    def come_due(self) -> None:
        """Do what was to be done by now; what was settled otherwise meanwhile is left alone."""
        while self._due and self._due[0][0] <= self.now():
            _, _, question, act = heapq.heappop(self._due)
            if question.state not in {"answered", "silence"}:
                act()

    def forget(self) -> None:
        """Begin anew; whom the book knows stays."""
        for kept in (self.questions, self.replies, self.notes, self.kept, self.numbers, self._due, self.book.endings):
            kept.clear()
        self.taken = self.confirmed = 0
        self.ahead = 0.0

    def _later(self, seconds: float, question: Question, act: Callable[[], None]) -> None:
        heapq.heappush(self._due, (self.now() + seconds, next(self._order), question, act))

    def _reply(self, question: Question, body: Body) -> None:
        reply = Reply(str(uuid1()), question, body, self.now())
        self.replies[reply.number] = reply
        if question.face == "adapter":
            self.kept.setdefault((question.sender, question.client), []).append(reply)
            while len(self.kept) > HISTORY:
                self.kept.popitem(last=False)

    def _note(self, question: Question, body: Body) -> None:
        self.notes.setdefault(question.sender, deque()).append((question, body))

    def _shorten(self) -> None:
        """Forget the oldest that are over; those that wait stay."""
        if len(self.questions) <= HISTORY:
            return
        for number, question in list(islice(self.questions.items(), HISTORY // 10)):
            if question.state == "answered":
                del self.questions[number]


def _named(question: Question, wanted: tuple[str, str]) -> bool:
    """Whether the selector names the question's root; an answer's own root is named like it."""
    head = question.content[:400].decode(errors="replace")
    return wanted[0] in head and wanted[1].removesuffix("Response").removesuffix("Request") in head
