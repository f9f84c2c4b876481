"""A token in somebody's workstation under contract: the portal's gateway, whose person does his part at once.

Everything about a PIN, and about a token that is away, is dealt with where the token is: those cases are the
workstation's own.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import update

from portal.connectors.token.agent import AgentGateway
from portal.connectors.x509 import X509Reader
from portal.db.models import AgentOrder
from portal.db.transaction import Database
from portal.domain.agent_tasks import AgentOrderState
from portal.domain.ids import AgentTaskId
from portal.domain.outcomes import Effect, Outcome, Waiting
from portal.ports.token import PinSource, TokenGateway, TokenOrder, TokenReply
from tests.contracts.token_gateway.rigs import Rig
from tests.fakes.token import FakeToken
from tests.fakes.token_desk import FakeDesk
from tests.support.agent_parts import Point, PowerCut
from tests.support.agents import RemoteOffice, Workstation
from tests.support.office import SERIAL
from tests.support.tokens import PIN


def far_rig(database: Database, *, cut: bool) -> Rig:
    """One token far away; ``cut``: the workstation loses its power after each effect, before it is written down."""
    office = RemoteOffice(database)
    station = office.workstation("far", None, office.token)
    there = FakeDesk([FakeToken(SERIAL, PIN)], X509Reader())
    station.pin, station.hands = PIN, lambda _token: there
    number = office.order_remote()
    office.work()
    office.line.away = True  # the update itself goes no further: orders come from the test
    (offer,) = station.poll().offers
    station.accept(offer.task)
    with database.begin() as connection:
        connection.execute(update(AgentOrder).values(state=AgentOrderState.DONE, digest="before"))
    if cut:
        station.at = Cut()
    task = AgentTaskId(office.task(number).id)
    return Rig(FarDesk(AgentGateway(office.orders, task), station), SERIAL, "", _nobody_there, _nobody_there)


def _nobody_there(_serial: str) -> None:
    raise AssertionError("nobody pulls a token far away")


@dataclass
class Cut:
    """The power is lost once in each list, between its effect and the journal."""

    lost: set[str] = field(default_factory=set)

    def __call__(self, point: Point, name: str) -> None:
        if point is Point.DONE_UNWRITTEN and name not in self.lost:
            self.lost.add(name)
            raise PowerCut


@dataclass(frozen=True, slots=True)
class FarDesk:
    """Implements TokenDesk; the PIN is the workstation's business."""

    gateway_there: AgentGateway
    station: Workstation

    @contextmanager
    def gateway(self, serial: str, pins: PinSource) -> Iterator[TokenGateway]:
        assert serial == SERIAL
        yield Patient(self.gateway_there, self.station)


@dataclass(frozen=True, slots=True)
class Patient:
    """Waits as an update does: until the workstation had its turn; after a power cut it has another."""

    far: AgentGateway
    station: Workstation

    def carry_out(self, order: TokenOrder) -> Outcome[TokenReply]:
        outcome = self.far.carry_out(order)
        for _ in range(2):
            if isinstance(outcome, Waiting):
                self.station.turn()
                outcome = self.far.look_up(outcome.ticket)
        return outcome

    def look_up(self, ticket: str) -> Outcome[TokenReply]:
        return self.far.look_up(ticket)

    def effect_of(self, order: TokenOrder) -> Effect[TokenReply]:
        return self.far.effect_of(order)
