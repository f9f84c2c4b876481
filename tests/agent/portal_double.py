"""A small portal that speaks the agents' protocol over real TLS, and remembers every byte it was sent."""

import json
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Condition, Thread
from typing import Any

from portal.domain.agent_tasks import AgentState, TaskAnswer
from portal.ports.agent_orders import ListReport, OrderResult, SentOrder, StepList
from portal.ports.agent_protocol import (
    LONGEST_MESSAGE,
    EnrolmentAnswer,
    EnrolmentRequest,
    Fault,
    Offer,
    OfferAnswer,
    PollAnswer,
    PollRequest,
    RenewalRequest,
    TaskStanding,
    TicketRequest,
    dump,
    load,
)
from tests.agent.authority import AgentAuthority

_WAKE = 2.0


@dataclass
class Refusal(Exception):  # noqa: N818 - it is what is answered
    """Answered instead of anything else."""

    status: int
    fault: Fault


@dataclass
class PortalDouble:
    """What a test sets, and what it finds out; everything under ``news``."""

    authority: AgentAuthority
    news: Condition = field(default_factory=Condition)
    codes: set[str] = field(default_factory=set)
    admits: AgentState = AgentState.WAITING
    enrolled: dict[str, str] = field(default_factory=dict)
    revoked: set[str] = field(default_factory=set)
    offers: dict[str, Offer] = field(default_factory=dict)
    tasks: dict[str, TaskStanding] = field(default_factory=dict)
    lists: dict[str, StepList] = field(default_factory=dict)
    reports: dict[str, list[ListReport]] = field(default_factory=dict)
    answers: list[tuple[str, OfferAnswer]] = field(default_factory=list)
    polls: list[PollRequest] = field(default_factory=list)
    traffic: list[bytes] = field(default_factory=list)
    renew: bool = False
    notices: tuple[str, ...] = ()
    ahead: timedelta = timedelta()
    #: Paths answered by nothing at all: before it is heard ("before"), or after it was taken ("after").
    cut: dict[str, str] = field(default_factory=dict)
    woken: bool = False
    url: str = ""

    @property
    def agent(self) -> str:
        """The one agent there is in most tests."""
        (agent,) = self.enrolled
        return agent

    def offer(self, task: str, serial: str, **words: Any) -> None:
        """Offer a task for this token."""
        said = {"device": "Рутокен", "asked_by": "Петров", "comment": "истекает", "reasons": ("Истекает",)}
        with self.news:
            self.offers[task] = Offer(task, serial, changes=("Новый сертификат",), expires_at=None, **{**said, **words})
            self._wake()

    def order(self, task: str, serial: str, *orders: SentOrder, name: str = "list-1", **changed: Any) -> StepList:
        """Put a list in, for the enrolled agent, now."""
        now = datetime.now(UTC) + self.ahead
        steps = StepList(name, task, self.agent, serial, 1, now, now + timedelta(minutes=10), orders)
        with self.news:
            self.lists[name] = replace(steps, **changed)
            self._wake()
        return steps

    def end(self, task: str, words: str = "Готово") -> None:
        """The task is over."""
        with self.news:
            self.tasks[task] = replace(self.tasks[task], over=True, words=words)
            self._wake()

    def results(self, name: str = "list-1") -> tuple[OrderResult, ...]:
        """What was reported of a list; every report of it said the same."""
        told = self.reports.get(name, [])
        assert len(set(map(dump, told))) <= 1, "the same list is reported in two ways"
        return told[0].results if told else ()

    def _wake(self) -> None:
        self.woken = True
        self.news.notify_all()

    # ── what is asked ────────────────────────────────────────────────────────

    def enrol(self, request: EnrolmentRequest) -> EnrolmentAnswer:
        if request.code in self.codes:
            self.codes.discard(request.code)
            return self._let_in(request.request)
        if request.code:
            raise Refusal(403, Fault("agent_code_wrong", "Код не подходит"))
        self._asked = request.request
        return EnrolmentAnswer(AgentState.WAITING, ticket="ticket-1")

    def ticket(self, request: TicketRequest) -> EnrolmentAnswer:
        assert request.ticket == "ticket-1"
        if self.admits is AgentState.ACCEPTED:
            return self._let_in(self._asked)
        return EnrolmentAnswer(self.admits, ticket="ticket-1")

    def _let_in(self, request: str) -> EnrolmentAnswer:
        uid = f"agent-{len(self.enrolled) + 1}"
        certificate = self.authority.client(request, uid)
        self.enrolled[uid] = certificate
        return EnrolmentAnswer(AgentState.ACCEPTED, "", uid, certificate, self.authority.trust())

    def renewal(self, agent: str, request: RenewalRequest) -> EnrolmentAnswer:
        self.renew = False
        certificate = self.authority.client(request.request, agent)
        self.enrolled[agent] = certificate
        return EnrolmentAnswer(AgentState.ACCEPTED, "", agent, certificate, self.authority.trust())

    def poll(self, request: PollRequest) -> PollAnswer:
        self.polls.append(request)
        return self.work()

    def answer(self, task: str, answer: OfferAnswer) -> PollAnswer:
        if task not in self.offers:
            raise Refusal(409, Fault("agent_task_over", "Уже не нужно"))
        self.answers.append((task, answer))
        offer = self.offers.pop(task)
        if answer.answer is TaskAnswer.ACCEPTED:
            self.tasks[task] = TaskStanding(task, offer.serial, over=False)
        return self.work()

    def report(self, name: str, report: ListReport) -> PollAnswer:
        assert report.list == name
        self.reports.setdefault(name, []).append(report)
        self.lists.pop(name, None)
        return self.work()

    def work(self) -> PollAnswer:
        lists = [one for one in self.lists.values() if one.task in self.tasks]
        return PollAnswer(
            now=datetime.now(UTC) + self.ahead,
            next_poll=1,
            renew=self.renew,
            offers=tuple(self.offers.values()),
            lists=tuple(self.authority.sign(one) for one in lists),
            tasks=tuple(self.tasks.values()),
            notices=self.notices,
        )

    def wake(self) -> bool:
        with self.news:
            woken = self.woken or self.news.wait_for(lambda: self.woken, _WAKE)
            self.woken = False
            return woken


@contextmanager
def portal_double(folder: Path) -> Iterator[PortalDouble]:
    """The portal, listening on loopback."""
    portal = PortalDouble(AgentAuthority())
    with listening(portal, portal.authority.server_context(folder)):
        yield portal


@contextmanager
def listening(portal: PortalDouble, context: ssl.SSLContext) -> Iterator[None]:
    """Answer for this portal with this certificate."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.portal = portal
    server.context = context
    portal.url = f"https://localhost:{server.server_port}"
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    portal: PortalDouble
    context: ssl.SSLContext

    def finish_request(self, request: Any, client_address: Any) -> None:
        """TLS is begun in the connection's own thread: one that stalls holds up no other."""
        try:
            with self.context.wrap_socket(request, server_side=True) as secured:
                super().finish_request(secured, client_address)
        except OSError:  # whoever did not trust us has gone
            return


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def log_message(self, *_arguments: object) -> None:
        """Quiet."""

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The portal's own time."""
        return super().date_time_string((timestamp or time.time()) + self.server.portal.ahead.total_seconds())

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def _serve(self) -> None:
        body = self.rfile.read(min(int(self.headers.get("content-length") or 0), LONGEST_MESSAGE))
        portal, path = self.server.portal, self.path.removeprefix("/agent/v1/")
        portal.traffic.append(str(self.headers).encode() + self.path.encode() + body)
        cut = next((how for place, how in portal.cut.items() if path.startswith(place)), "")
        if cut == "before":
            return self._hang_up()
        status, answer = self._answered(path, body)
        if cut == "after":
            return self._hang_up()
        self.send_response(status)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
        return None

    def _hang_up(self) -> None:
        self.close_connection = True

    def _answered(self, path: str, body: bytes) -> tuple[int, bytes]:
        portal = self.server.portal
        try:
            if path == "wake":
                self._agent()
                return (200, b"{}") if portal.wake() else (204, b"")
            with portal.news:
                return 200, dump(self._said(path, body))
        except Refusal as refusal:
            return refusal.status, json.dumps({"error": json.loads(dump(refusal.fault))}).encode()

    def _said(self, path: str, body: bytes) -> object:
        portal = self.server.portal
        match path.split("/"):
            case ["trust"]:
                return portal.authority.trust()
            case ["enrolments"]:
                return portal.enrol(load(EnrolmentRequest, body))
            case ["enrolments", "ticket"]:
                return portal.ticket(load(TicketRequest, body))
            case ["renewals"]:
                return portal.renewal(self._agent(), load(RenewalRequest, body))
            case ["poll"]:
                return self._agent() and portal.poll(load(PollRequest, body))
            case ["tasks", task, "answer"]:
                return self._agent() and portal.answer(task, load(OfferAnswer, body))
            case ["lists", name, "report"]:
                return self._agent() and portal.report(name, load(ListReport, body))
        raise Refusal(404, Fault("http_404", "?"))

    def _agent(self) -> str:
        shown: Any = self.connection.getpeercert()
        if not shown:
            raise Refusal(401, Fault("agent_certificate_missing", "?"))
        uid = dict(pair for part in shown["subject"] for pair in part)["commonName"]
        if uid in self.server.portal.revoked:
            raise Refusal(403, Fault("agent_revoked", "Отозван"))
        return str(uid)
