"""An office whose questions go over a real line to the stand, and time that passes at both ends."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from portal.domain.errors import OutsideUnavailable
from portal.domain.exchange_settings import Transport
from portal.domain.identity_check import IdentityService, Verdict
from portal.domain.outcomes import Done, Outcome
from portal.ports.exchange import (
    Acknowledged,
    AnswerFinder,
    ExchangeHealth,
    MessageExchange,
    OutgoingMessage,
    Received,
    Sent,
    StatusReceived,
    Unreadable,
)
from portal.ports.identity_check import IdentityOrder
from portal.services.exchange_settings import Exchange
from portal.services.identity_answering import IdentityAnswering
from portal.services.identity_stragglers import IdentityStragglers
from tests.services.identity_bureau import BOTH, Bureau
from tests.services.test_identity_checks import VALIDITY
from tests.support.office import Office
from tests.support.smev_stand import RunningStand

#: As the form of the bureau has her.
WOMAN = {"surname": "Беляева", "given_name": "Марина", "birth_date": "1990-03-12", "sex": "female"}
TRUTH = {"snils": "11223344595", "inn": "500100732259"}
OTHERWISE = {"snils": "08765430300", "inn": "500100732259"}
_HOOK: Callable[[str], None] = lambda _: None  # noqa: E731 - a default of two words


@dataclass
class Watched:
    """A way into the exchange that tells of each effect before and after it."""

    inner: MessageExchange
    hook: Callable[[str], None] = field(default=_HOOK)

    def send(self, message: OutgoingMessage) -> Outcome[Sent]:
        self.hook("before send")
        outcome = self.inner.send(message)
        self.hook("after send")
        return outcome

    def next_answer(self) -> Received | Unreadable | None:
        self.hook("before take")
        answer = self.inner.next_answer()
        self.hook("after take")
        return answer

    def acknowledge(self, message_id: str, *, accepted: bool) -> Outcome[Acknowledged]:
        self.hook("before confirm")
        outcome = self.inner.acknowledge(message_id, accepted=accepted)
        self.hook("after confirm")
        return outcome

    def next_status(self) -> StatusReceived | None:
        return self.inner.next_status()

    def health(self) -> ExchangeHealth:
        return self.inner.health()


class WatchedFinder(Watched):
    """The same for one that finds answers."""

    def answer_to(self, message_id: str) -> Received | Unreadable | None:
        assert isinstance(self.inner, AnswerFinder)
        return self.inner.answer_to(message_id)


@dataclass
class Line:
    """A bureau at one end, the stand at the other."""

    office: Office
    stand: RunningStand
    exchange: Watched
    bureau: Bureau = field(init=False)
    stragglers: IdentityStragglers = field(init=False)

    def __post_init__(self) -> None:
        self.bureau = Bureau(self.office, cast("Any", self.exchange))
        database, clock = self.office.database, self.office.clock
        way = Exchange(database, clock, lambda _: cast("MessageExchange", self.exchange), lambda: "n")
        transport = Transport.ADAPTER if isinstance(self.exchange, AnswerFinder) else Transport.DIRECT
        way.save(self.stand.settings(transport, self.stand.folder / "s"), version=0, actor="admin")
        answering: IdentityAnswering = self.bureau._made(IdentityAnswering)
        self.stragglers = IdentityStragglers(database, clock, way, answering)
        self.stand.forget()

    def round(self) -> None:
        """What the process that asks does in a while: a failure is tried again in the next."""
        self.bureau.ask()
        try:
            self.bureau.take()
        except OutsideUnavailable:
            return
        self.stragglers.round()

    def later(self, minutes: float) -> None:
        self.office.clock.advance(minutes=minutes)
        self.stand.later(minutes * 60)

    def live(self, application: int) -> Verdict:
        """Rounds until there is a verdict, or as good as none will come; the verdict."""
        for _ in range(12):
            self.round()
            if self.bureau.verdict(application) is not Verdict.PENDING:
                break
            self.later(20)
        return self.bureau.verdict(application)

    def settle(self) -> None:
        """What was left open by a verdict comes to its end, too."""
        for _ in range(4):
            self.later(20)
            self.round()

    def allowed(self, name: str) -> bool:
        """Whether the authority may be asked for a qualified certificate."""
        order = IdentityOrder(name, self.bureau.person, BOTH, VALIDITY)
        return isinstance(self.bureau.verdicts.check(order), Done)

    def sent_by(self, service: IdentityService) -> int:
        """How many questions of this register the stand has taken."""
        return sum(one["service"] == service.value for one in self.stand.state()["messages"])
