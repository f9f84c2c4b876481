"""The program at work: says what is here, hears what is to do, lets it be done, tells what became of it."""

import getpass
import logging
import socket
from dataclasses import dataclass
from datetime import datetime
from threading import Event
from typing import Final

from agent import VERSION
from agent.boundaries import Boundary, Observer, unwatched
from agent.cage import Limits
from agent.client import RefusalError, UnreachableError
from agent.dealings import Dealings, Person
from agent.enrolling import NotOursError
from agent.errand import Workshop
from agent.executor import Executor
from agent.journal import AgentJournal
from agent.link import Link
from agent.pauses import Pauses
from agent.pins import RefusedPins
from agent.presence import Presence
from agent.prompt import Prompt
from agent.settings import Settings
from agent.state import Enrolment, Standing, State
from agent.waking import Waking
from agent.words import Words
from portal.ports.agent_orders import ListReport
from portal.ports.agent_protocol import OfferAnswer, PollAnswer, PollRequest, tokens_hash

_log = logging.getLogger("klyuchnik-agent")
#: What the portal says to a workstation that may ask no more.
OUT: Final = frozenset({"agent_revoked", "agent_unknown"})
_SOONEST: Final = 1.0
_LATEST: Final = 300.0
_UNCALLED: Final = 60.0  # asked at least so often while nobody can call us
_FIRST_LOOK: Final = 15.0


class RevokedError(Exception):
    """The portal wants nothing of us any more."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What a runner is made with."""

    settings: Settings
    state: State
    enrolment: Enrolment
    prompt: Prompt
    words: Words
    observe: Observer = unwatched


class Runner:
    """One loop; everything that may take long has a thread or a process of its own."""

    def __init__(self, tools: Tools) -> None:
        settings = tools.settings
        self._tools = tools
        self._stop = Event()
        self._news = Event()
        self._journal = AgentJournal(tools.state.journal)
        self._link = Link(tools.state, tools.enrolment, settings.proxy)
        self._presence = Presence(settings.modules, socket.gethostname(), settings.look_every, self._moved)
        self._waking = Waking(lambda: self._link.held, self._news.set)
        self._dealings = Dealings(self._journal, Person(tools.prompt, tools.words))
        self._standing = Standing()
        self._sent = ""  # the tokens the portal knows of, as a hash
        self._offline = False

    def stop(self) -> None:
        """End between two orders; may be called from a signal."""
        self._stop.set()
        self._news.set()

    def run(self, *, once: bool = False) -> None:
        """Until told to stop, or until there is nothing left to do; raises RevokedError."""
        self._presence.start()
        self._presence.looked(_FIRST_LOOK, self._stop)
        self._dealings.start(self._workshop())
        if not once:
            self._waking.start()
        try:
            self._loop(once=once)
        finally:
            self._waking.stop()
            self._dealings.stop()
            self._say_the_last()
            self._presence.stop()
            self._link.close()
            self._journal.shut()

    def _loop(self, *, once: bool) -> None:
        pauses = Pauses()
        while not self._stop.is_set():
            self._news.clear()
            try:
                rest = self._cycle()
                self._online()
                pauses.reset()
            except UnreachableError as problem:
                rest = pauses.next()
                self._offline_said(problem, rest)
            except RefusalError as refusal:
                self._refused(refusal)
                rest = pauses.next()
            if once and self._dealings.idle() and not self._journal.unreported():
                return
            self._news.wait(rest)

    # ── one round ────────────────────────────────────────────────────────────

    def _cycle(self) -> float:
        """Everything that is to be told, then a poll unless an answer said it all; seconds until the next."""
        answer: PollAnswer | None = None
        for task, said in self._dealings.answers().items():
            answer = self._answer(task, said) or answer
        for report in self._journal.unreported():
            answer = self._report(report) or answer
        if answer is None or tokens_hash(self._presence.sightings()) != self._sent:
            answer = self._poll()
        latest = _LATEST if self._waking.held else _UNCALLED
        return 0.0 if not self._sent else min(max(_SOONEST, float(answer.next_poll)), latest)

    def _poll(self) -> PollAnswer:
        seen = self._presence.sightings()
        digest = tokens_hash(seen)
        request = PollRequest(
            VERSION,
            getpass.getuser(),
            self._tools.words.language.value,
            digest,
            seen if self._sent != digest else None,
            self._presence.troubles(),
            tuple(begun.list for begun in self._journal.begun()),
        )
        answer = self._link.line.poll(request)
        self._sent = digest
        return self._take(answer)

    def _answer(self, task: str, said: OfferAnswer) -> PollAnswer | None:
        try:
            answer = self._link.line.answer(task, said)
        except RefusalError as refusal:
            if refusal.later or refusal.fault.code in OUT:
                raise
            self._dealings.delivered(task, taken=False)
            self._dealings.tell(self._tools.words("refused", words=str(refusal)))
            return None
        self._dealings.delivered(task, taken=True)
        return self._take(answer)

    def _report(self, report: ListReport) -> PollAnswer | None:
        self._tools.observe(Boundary.BEFORE_REPORT, report.list, 0)
        try:
            answer = self._link.line.report(report)
        except RefusalError as refusal:
            if refusal.later or refusal.fault.code in OUT:
                raise
            _log.warning("the report of %s is not taken: %s", report.list, refusal.fault.code)
            self._journal.reported(report.list)
            return None
        self._tools.observe(Boundary.AFTER_REPORT, report.list, 0)
        self._journal.reported(report.list)
        return self._take(answer)

    def _take(self, answer: PollAnswer) -> PollAnswer:
        self._link.heard(answer.now)
        if answer.tokens_wanted:
            self._sent = ""
        if answer.renew:
            self._renew()
        self._dealings.take(answer, self._link.order_key)
        self._tell(last_contact=answer.now)
        return answer

    # ── what people and `status` are told ────────────────────────────────────

    def _renew(self) -> None:
        try:
            self._link.renew()
        except (UnreachableError, RefusalError, NotOursError) as problem:
            _log.warning("the certificate is not renewed: %s", problem)  # it is asked for again with the next poll
        else:
            self._dealings.tell(self._tools.words("renewed"))

    def _refused(self, refusal: RefusalError) -> None:
        if refusal.fault.code in OUT:
            self._tell(revoked=True)
            raise RevokedError
        self._dealings.tell(self._tools.words("refused", words=str(refusal)))

    def _offline_said(self, problem: UnreachableError, rest: float) -> None:
        if not self._offline:
            self._tools.prompt.tell(self._tools.words("offline", detail=problem, pause=round(rest)))
        self._offline = True
        self._tell()

    def _online(self) -> None:
        if self._offline:
            self._tools.prompt.tell(self._tools.words("online"))
        self._offline = False

    def _moved(self) -> None:
        for trouble in self._presence.troubles():
            module, _, what = trouble.partition(": ")
            self._dealings.tell(self._tools.words("module_trouble", module=module, trouble=what))
        self._dealings.nudge()
        self._news.set()

    def _tell(self, *, last_contact: datetime | None = None, revoked: bool = False) -> None:
        tokens = tuple(f"{one.label} {one.serial}" for one in self._presence.sightings())
        self._standing = Standing(
            last_contact or self._standing.last_contact,
            tokens,
            self._dealings.tasks(),
            self._presence.troubles(),
            revoked=revoked,
        )
        self._tools.state.tell(self._standing)

    def _say_the_last(self) -> None:
        """What was just done is told before the end, if the portal hears it at once; else at the next start."""
        try:
            for report in self._journal.unreported():
                self._report(report)
        except (UnreachableError, RefusalError) as problem:
            _log.info("told at the next start: %s", problem)

    def _workshop(self) -> Workshop:
        settings, state = self._tools.settings, self._tools.state
        return Workshop(
            journal=self._journal,
            executor=Executor(self._journal, stopping=self._stop.is_set, observe=self._tools.observe),
            presence=self._presence,
            refused=RefusedPins(self._journal, state.secret("refused.key")),
            folder=state.folder,
            limits=Limits(settings.read_limit, settings.generation_limit),
            pin_idle=settings.pin_idle,
            agent=self._link.agent,
            now=self._link.now,
            finished=self._news.set,
            needs_pin=self._dealings.ask_pin,
            wished=state.wished,
        )
