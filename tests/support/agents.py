"""Updates through workstations without a network: the portal's side as it is, and a double of the program.

The double does what the program does with a list: checks it, writes down what it intends, looks at the token first when
in doubt, writes down what came of it, reports until that is taken.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import insert, select, update

from portal.connectors.token.routing import RoutingDesk
from portal.connectors.vault_local import LocalVault
from portal.db.models import Agent, AgentOrder, AgentTask
from portal.db.transaction import Database
from portal.domain.agent_tasks import AgentState, TaskAnswer
from portal.domain.contents import PinTries, TokenSighting
from portal.domain.errors import Conflict, NotFound
from portal.domain.ids import AgentId, DeviceId, PersonId, UpdateId
from portal.domain.outcomes import Absent, Happened, Unknown, WaitingFor
from portal.domain.plan_items import Choices
from portal.domain.troubles import Trouble, why
from portal.domain.update_state import UpdateStatus
from portal.ports.agent_orders import ListReport, OrderResult, SignedList, StepList, may_execute, received
from portal.ports.agent_protocol import OfferAnswer, PollRequest, dump, load, tokens_hash
from portal.ports.token import TokenDesk
from portal.services.agent_care import AgentCare
from portal.services.agent_desk import AgentDesk
from portal.services.agent_lists import ListMaker
from portal.services.agent_orders import AgentOrders
from portal.services.agent_presence import AgentPresence
from portal.services.agent_reports import AgentReports
from portal.services.agent_tasks import AgentTaskDraft, AgentTasks
from portal.services.agent_work import Work
from portal.services.agents import KnownAgent
from portal.services.devices import Devices
from tests.fakes.sim_token import SimDesk, SimToken
from tests.support.agent_parts import Calls, Point, PowerCut, Signer, result_of, steady
from tests.support.office import PIN, Office
from tests.support.pins import Pins

LIFE: Final = timedelta(days=90)


USUAL: Final = AgentTaskDraft("обновите")


class RemoteOffice(Office):
    """An office whose token is in somebody's workstation."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.watch.tokens = []  # nothing is plugged in here
        self.calls = Calls()
        self.signer = Signer()
        vault = LocalVault(bytes(32))
        self.orders = AgentOrders(database, self.clock, vault, self.calls)
        self.tasks = AgentTasks(self.updates, self.calls)
        presence = AgentPresence(database, self.clock, Devices(database, self.clock), self.bell)
        reports = AgentReports(database, self.clock, self.bell)
        lists = ListMaker(self.signer, vault)
        self.counter = AgentDesk(database, self.clock, self.bell, self.calls, presence, reports, lists)
        self.care = AgentCare(database, self.clock, self.bell, self.calls)
        self.plugged_here: SimToken | None = None

    def desk(self) -> TokenDesk:
        here = SimDesk(self.plugged_here or SimToken("nothing", "", plugged=False), self.nature)
        return RoutingDesk(lambda: here, self.orders)

    def workstation(self, name: str, person: PersonId | None = None, *tokens: SimToken) -> "Workstation":
        """A workstation that was let in."""
        uid = f"agent-{name}"
        row = {"uid": uid, "name": name, "machine": name, "state": AgentState.ACCEPTED, "person_id": person}
        with self.database.begin() as connection:
            values = {**row, "asked_at": self.now, "last_contact": self.now}
            number = connection.execute(insert(Agent).values(values).returning(Agent.id)).scalar_one()
        known = KnownAgent(AgentId(number), uid, name, person, "01", self.now, self.now + LIFE, self.now)
        return Workstation(self, known, list(tokens))

    def order_remote(self, device: DeviceId | None = None, draft: AgentTaskDraft = USUAL) -> UpdateId:
        which = device or self.device
        plan = self.tasks.plan(which, Choices()).plan
        return self.tasks.order(which, Choices(), plan.content_hash, draft, actor="operator")

    def sweep(self) -> None:
        """One round of the sweeper."""
        self.care.look()
        self.sweeper().sweep()

    def task(self, number: UpdateId) -> "AgentTask":
        with self.database.read() as connection:
            return connection.execute(select(AgentTask.__table__).where(AgentTask.update_id == number)).one()  # type: ignore[return-value]

    def order_states(self, number: UpdateId) -> list[str]:
        query = select(AgentOrder.state).join(AgentTask).where(AgentTask.update_id == number).order_by(AgentOrder.seq)
        with self.database.read() as connection:
            return [state.value for state in connection.execute(query).scalars()]

    def touch(self, agent: KnownAgent) -> None:
        """What the door does at each request."""
        with self.database.begin() as connection:
            connection.execute(update(Agent).where(Agent.id == agent.id).values(last_contact=self.now))

    def carry(self, number: UpdateId, *stations: "Workstation", rounds: int = 60) -> UpdateStatus:
        """Everybody does what he has to until it is over, or nobody gets anywhere."""
        for _ in range(rounds):
            self.work()
            for station in stations:
                station.turn()
            self.sweep()
            if not self.row(number).status.active:
                break
            self.clock.advance(seconds=1)
        return UpdateStatus(self.row(number).status)


@dataclass
class Workstation:
    """The program's double. ``intended``, ``results`` and ``reported`` are its journal, which outlives a power cut."""

    office: RemoteOffice
    agent: KnownAgent
    tokens: list[SimToken]
    pin: str = PIN
    says: TaskAnswer = TaskAnswer.ACCEPTED
    at: Callable[[Point, str], None] = steady
    connected: bool = True
    hands: Callable[[SimToken], TokenDesk] = SimDesk
    intended: dict[str, StepList] = field(default_factory=dict)
    results: dict[str, ListReport] = field(default_factory=dict)
    reported: set[str] = field(default_factory=set)
    epochs: dict[str, int] = field(default_factory=dict)
    told: str = ""
    refused: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)

    def turn(self) -> Work | None:
        """One round: report what is left, poll, answer, do what the lists say. A power cut ends it."""
        if not self.connected:
            return None
        self.office.touch(self.agent)
        try:
            return self._turn()
        except PowerCut:
            return None

    def poll(self) -> Work:
        tokens = self.sightings()
        digest = tokens_hash(tokens)
        request = PollRequest("1", "ivanova", "ru", digest, None if digest == self.told else tokens)
        work = self.office.counter.poll(self.agent, load(PollRequest, dump(request)))
        self.told = "" if work.tokens_wanted else digest
        return work

    def sightings(self) -> tuple[TokenSighting, ...]:
        return tuple(
            TokenSighting(token.serial, "", "Сим", "", PinTries.PLENTY, token.contents())
            for token in self.tokens
            if token.plugged
        )

    def accept(self, task: str, answer: TaskAnswer = TaskAnswer.ACCEPTED, until: datetime | None = None) -> Work:
        return self.office.counter.answer(self.agent, task, OfferAnswer(answer, until))

    def _turn(self) -> Work:
        for name in [name for name in self.results if name not in self.reported]:
            self.report(name)
        work = self.poll()
        for offer in work.offers:
            work = self.accept(offer.task, self.says)
        for _ in range(100):
            if not work.lists or not self._carry(work.lists):
                break
            self.office.work()
            work = self.poll()
        return work

    def _carry(self, lists: tuple[SignedList, ...]) -> bool:
        """Whether anything was done."""
        moved = False
        for signed in lists:
            steps = self.read(signed)
            if steps is not None and steps.id not in self.reported:
                self.at(Point.LISTED, steps.id)
                if steps.id not in self.results:
                    self.execute(steps)
                self.report(steps.id)
                moved = True
        return moved

    def read(self, signed: SignedList) -> StepList | None:
        """The list, if it may be carried out here and now."""
        if not self.office.signer.check(signed):
            self.refused.append("signature")
            return None
        steps = load(StepList, signed.body)
        serials = [token.serial for token in self.tokens if token.plugged]
        serial = steps.serial if steps.serial in serials else "".join(serials)
        refusal = may_execute(steps, self.agent.uid, serial, now=self.office.now, epochs=self.epochs)
        if refusal is not None:
            self.refused.append(refusal.value)
            return None
        self.epochs[steps.task] = steps.epoch
        return steps

    def execute(self, steps: StepList) -> None:
        """Intended, done, and what came of it; begun once already: the token is looked at first."""
        begun = steps.id in self.intended
        self.intended[steps.id] = steps
        self.at(Point.INTENDED, steps.id)
        token = next(token for token in self.tokens if token.serial == steps.serial)
        result = self._result(token, steps, doubtful=begun or steps.orders[0].doubtful)
        self.at(Point.DONE_UNWRITTEN, steps.id)
        self.results[steps.id] = ListReport(steps.id, steps.epoch, (result,), token.contents().content_hash())
        self.done.append(steps.id)
        self.at(Point.DONE, steps.id)

    def _result(self, token: SimToken, steps: StepList, *, doubtful: bool) -> OrderResult:
        if steps.content_hash and not doubtful and token.contents().content_hash() != steps.content_hash:
            return OrderResult(1, why=why(Trouble.CONTENTS_CHANGED), permanent=True)
        order = received(steps.orders[0])
        with self.hands(token).gateway(steps.serial, Pins(self.pin)) as gateway:
            if doubtful:
                effect = gateway.effect_of(order)
                if isinstance(effect, Happened):
                    return OrderResult(1, effect.reply)
                if not isinstance(effect, Absent):
                    assert isinstance(effect, Unknown)
                    whom = effect.whom or WaitingFor.RETRY
                    return OrderResult(1, why=effect.why, permanent=effect.whom is None, whom=whom)
            return result_of(gateway.carry_out(order))

    def report(self, name: str) -> None:
        """Say it; what the portal does not want any more is let go."""
        report = load(ListReport, dump(self.results[name]))
        try:
            self.office.counter.report(self.agent, name, report)
        except (Conflict, NotFound) as refusal:
            self.refused.append(refusal.code if isinstance(refusal, Conflict) else "unknown")
        self.at(Point.REPORTED, name)
        self.reported.add(name)
