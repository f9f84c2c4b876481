"""Serving one workstation: what there is to do for it, what its person says, what it reports."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, select

from portal.db.base import AnyRow
from portal.db.models import AgentToken, Update
from portal.db.transaction import Database
from portal.domain.agent_tasks import AgentTaskState, TaskAnswer
from portal.domain.audit import AuditTag
from portal.domain.errors import Conflict, NotFound, PolicyForbids
from portal.domain.ids import UpdateId
from portal.domain.policy import OtherPerson
from portal.ports.agent_orders import ListReport, SignedList
from portal.ports.agent_protocol import OfferAnswer, PollRequest, tokens_hash
from portal.ports.agent_trust import AgentBell
from portal.ports.clock import Clock
from portal.services.agent_lists import ListMaker
from portal.services.agent_order_rows import kept_back
from portal.services.agent_presence import NOTICE_EVERY, AgentPresence
from portal.services.agent_reports import AgentReports
from portal.services.agent_sightings import sighting_of
from portal.services.agent_task_rows import call_run, change, end, give_back, held, keep, take, tell
from portal.services.agent_views import offer_of, offered, rules_of, strange, tasks_of, tokens_there
from portal.services.agent_work import Notice, OpenOffer, Standing, Work
from portal.services.agents import KnownAgent
from portal.services.bell import Bell, News, Ring

#: Seconds until a workstation asks again by itself, up to ``SPREAD`` sooner so that not all of them come at once; with
#: a task, before its lease is half over. It is called when there is something to do, and heard while it waits for that.
NEXT_POLL: Final = 120
SPREAD: Final = 20
NEXT_POLL_AT_WORK: Final = 30
#: How long a person who declined is left alone, longer each time.
AFTER_DECLINES: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240))
USUAL_DELAY: Final = timedelta(minutes=10)
_RUN: Final = select(Update.status, Update.unwinding)
SHORTEST_DELAY: Final = timedelta(minutes=1)
LONGEST_DELAY: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class _Look:
    """What is there for a workstation before anything is changed."""

    offers: list[AnyRow]
    tasks: list[AnyRow]
    notices: list[Notice]
    untold: list[Notice]
    hash: str


@dataclass(frozen=True, slots=True)
class _Served:
    """One task of a workstation: how it stands, what comes next, and when to ask again."""

    standing: Standing
    steps: SignedList | None = None
    next_poll: int = NEXT_POLL


@dataclass(frozen=True, slots=True)
class AgentDesk:
    """Everything a workstation that was let in may ask."""

    database: Database
    clock: Clock
    bell: Bell
    agents: AgentBell
    presence: AgentPresence
    reports: AgentReports
    lists: ListMaker

    def poll(self, agent: KnownAgent, request: PollRequest) -> Work:
        """Take what it tells of its tokens; answer what there is to do."""
        self.agents.polled(agent.uid, agent.serial)
        if request.tokens is not None:
            self.presence.note(agent, request.tokens)
        return self._work(agent, request.tokens_hash)

    def answer(self, agent: KnownAgent, task: str, answer: OfferAnswer) -> Work:
        """The person at the workstation takes the task, puts it off or declines.

        Raises NotFound for a task that is not for this workstation, Conflict ``task_over`` and ``task_taken``, and
        PolicyForbids ``agent_other_person``.
        """
        now = self.clock.now()
        with self.database.begin() as connection:
            row = _offered_task(connection, agent, task)
            if answer.answer is TaskAnswer.ACCEPTED:
                call: Ring | News | None = self._accepted(connection, row, agent, now)
            else:
                call = self._put_off(connection, row, agent, answer, now=now)
        if isinstance(call, Ring):
            self.bell.ring(call)
        elif call is not None:
            self.bell.tell(call)
        return self._work(agent, "")

    def report(self, agent: KnownAgent, name: str, report: ListReport) -> Work:
        """Take a report; raises as ``AgentReports.take``."""
        self.reports.take(agent, name, report)
        return self._work(agent, "")

    def _accepted(self, connection: Connection, task: AnyRow, agent: KnownAgent, now: datetime) -> Ring | None:
        if task.holder_agent_id == agent.id:
            return None  # said twice
        if _refuses(connection, agent, task.serial):
            raise PolicyForbids("agent_other_person", serial=task.serial)
        take(connection, task, agent, now)
        return self._look_again(connection, task, now)

    def _put_off(
        self, connection: Connection, task: AnyRow, agent: KnownAgent, answer: OfferAnswer, *, now: datetime
    ) -> Ring | News:
        call: Ring | News
        if task.holder_agent_id == agent.id:
            give_back(connection, task, now)
            call = self._look_again(connection, task, now)
        else:
            call = self.bell.note(connection, UpdateId(task.update_id))
        if answer.answer is TaskAnswer.DECLINED:
            pause = AFTER_DECLINES[min(task.declines, len(AFTER_DECLINES) - 1)]
            change(connection, task, postponed_until=now + pause, declines=task.declines + 1, last_contact=now)
            tell(connection, AuditTag.AGENT_TASK_DECLINED, task, agent, now=now)
            return call
        until = min(max(answer.until or now + USUAL_DELAY, now + SHORTEST_DELAY), now + LONGEST_DELAY)
        change(connection, task, postponed_until=until, last_contact=now)
        tell(connection, AuditTag.AGENT_TASK_POSTPONED, task, agent, now=now, until=until.isoformat())
        return call

    def _look_again(self, connection: Connection, task: AnyRow, now: datetime) -> Ring:
        """The update's page says whom it waits for from now on."""
        return call_run(connection, self.bell, UpdateId(task.update_id), now)

    def _work(self, agent: KnownAgent, told_hash: str) -> Work:
        now = self.clock.now()
        with self.database.read() as connection:
            look = _look(connection, agent, now)
        self.presence.tell(agent, look.untold)
        served = [self._served(agent, task, now) for task in sorted(look.tasks, key=lambda row: int(row.id))]
        return Work(
            now=now,
            next_poll=min([_next_poll(agent, now), *(one.next_poll for one in served)]),
            tokens_wanted=bool(told_hash) and told_hash != look.hash,
            renew=agent.renewal_due(now),
            offers=self._offers(agent, look.offers, now),
            lists=tuple(one.steps for one in served if one.steps is not None),
            tasks=tuple(one.standing for one in served),
            notices=tuple(look.notices),
        )

    def _served(self, agent: KnownAgent, task: AnyRow, now: datetime) -> _Served:
        """Prolong what it has and hand out what comes next, or say what is over."""
        if not task.state.active:
            return _Served(Standing(task.uid, task.serial, task.state))
        with self.database.begin() as connection:
            row = held(connection, task.uid)
            if row is None or row.holder_agent_id != agent.id or not row.state.active:
                return _Served(Standing(task.uid, task.serial, task.state if row is None else row.state))
            run = connection.execute(_RUN.where(Update.id == task.update_id)).one()
            if not run.status.active:
                return _Served(Standing(task.uid, task.serial, end(connection, row, run.status, now)))
            keep(connection, row, agent, now)
            steps = self.lists.next_list(connection, row, agent, now, goes_back=run.unwinding is not None)
            pause = kept_back(connection, row.id, now)
        soon = NEXT_POLL_AT_WORK if pause is None else 1 + int(pause.total_seconds())
        return _Served(Standing(task.uid, task.serial, AgentTaskState.RUNNING), steps, min(soon, NEXT_POLL_AT_WORK))

    def _offers(self, agent: KnownAgent, tasks: list[AnyRow], now: datetime) -> tuple[OpenOffer, ...]:
        """The offers, each written down the first time it is made."""
        for task in tasks:
            if task.state is not AgentTaskState.OFFERED:
                self._offer(agent, task.uid, now)
        return tuple(map(offer_of, tasks))

    def _offer(self, agent: KnownAgent, task: str, now: datetime) -> None:
        with self.database.begin() as connection:
            row = held(connection, task)
            if row is None or row.state is not AgentTaskState.WAITS_FOR_DEVICE:
                return
            change(connection, row, state=AgentTaskState.OFFERED, last_contact=now)
            news = self.bell.note(connection, UpdateId(row.update_id))
            tell(connection, AuditTag.AGENT_TASK_OFFERED, row, agent, now=now)
        self.bell.tell(news)


def _next_poll(agent: KnownAgent, now: datetime) -> int:
    """Even over the whole spread, whatever brought everybody here at the same moment."""
    return NEXT_POLL - (agent.id * 7 + int(now.timestamp())) % SPREAD


def _look(connection: Connection, agent: KnownAgent, now: datetime) -> _Look:
    tokens = tokens_there(connection, agent)
    rules = {token.serial: rules_of(connection, token) for token in tokens}
    odd = {token.serial: strange(agent, token, rules[token.serial]) for token in tokens}
    barred = {serial for serial, notice in odd.items() if notice and rules[serial].other_person is OtherPerson.REFUSE}
    open_to = [token.serial for token in tokens if token.serial not in barred]
    notices = [notice for notice in odd.values() if notice is not None]
    told = {token.serial for token in tokens if token.noticed_at and now - token.noticed_at < NOTICE_EVERY}
    return _Look(
        offers=offered(connection, agent, open_to, now),
        tasks=tasks_of(connection, agent, now),
        notices=notices,
        untold=[notice for notice in notices if notice.serial not in told],
        hash=tokens_hash(sighting_of(token.sighting) for token in tokens),
    )


def _offered_task(connection: Connection, agent: KnownAgent, uid: str) -> AnyRow:
    """A task this workstation has, or may have because it sees the token."""
    task = held(connection, uid)
    if task is None or not _may_have(connection, agent, task):
        raise NotFound("agent_task", id=uid[:40])
    if not task.state.active:
        raise Conflict("task_over", task=uid)
    if task.holder_agent_id not in {None, agent.id}:
        raise Conflict("task_taken", task=uid)
    return task


def _may_have(connection: Connection, agent: KnownAgent, task: AnyRow) -> bool:
    if task.holder_agent_id == agent.id:
        return True
    if task.agent_id not in {None, agent.id}:
        return False
    sees = (AgentToken.agent_id == agent.id, AgentToken.serial == task.serial, AgentToken.present.is_(True))
    return connection.execute(select(AgentToken.serial).where(*sees)).first() is not None


def _refuses(connection: Connection, agent: KnownAgent, serial: str) -> bool:
    """Whether the policy keeps this person from taking a token that is not his."""
    for token in tokens_there(connection, agent):
        if token.serial == serial:
            rules = rules_of(connection, token)
            return rules.other_person is OtherPerson.REFUSE and strange(agent, token, rules) is not None
    return False
