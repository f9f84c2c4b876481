"""An exchange in memory: takes every number once, keeps answers until they are confirmed."""

from collections.abc import Callable
from dataclasses import dataclass, field

from portal.domain.errors import OutsideUnavailable
from portal.domain.outcomes import Done, Outcome, Refused
from portal.domain.troubles import Trouble, why
from portal.ports.exchange import (
    Acknowledged,
    ExchangeHealth,
    OutgoingMessage,
    Received,
    Rule,
    Sent,
    SignatureState,
    StatusReceived,
    Unreadable,
)


def refusal(rule: Rule, detail: str = "") -> Refused:
    """What the exchange says when it does not take a message."""
    permanent = rule not in {Rule.RESEND_SAME, Rule.CONFIGURATION}
    return Refused(why(Trouble.IDENTITY_SILENT, detail or rule.value, rule=rule.value), permanent=permanent)


@dataclass
class FakeExchange:
    """``refusals`` are given for the next sends, one each; ``hook`` is told before and after every effect.

    ``deaf`` confirms nothing, ``away`` answers no question about the queue.
    """

    taken: dict[str, bytes] = field(default_factory=dict)
    queue: list[Received | Unreadable] = field(default_factory=list)
    confirmed: list[tuple[str, bool]] = field(default_factory=list)
    refusals: list[Refused] = field(default_factory=list)
    deaf: bool = False
    away: bool = False
    hook: Callable[[str], None] = lambda _: None

    def send(self, message: OutgoingMessage) -> Outcome[Sent]:
        self.hook("before send")
        if self.refusals:
            return self.refusals.pop(0)
        if message.message_id in self.taken:
            assert message.again, "the portal did not know that it may have sent this before"
            return Done(Sent(message.message_id, already=True))
        self.taken[message.message_id] = message.content
        self.hook("after send")
        return Done(Sent(message.message_id, "requestIsQueued", request=message.content, raw=b"<taken/>"))

    def next_answer(self) -> Received | Unreadable | None:
        self.hook("before take")
        if self.away:
            raise OutsideUnavailable("smev_unavailable")
        return self.queue[0] if self.queue else None

    def acknowledge(self, message_id: str, *, accepted: bool) -> Outcome[Acknowledged]:
        self.hook("before confirm")
        if self.deaf:
            return refusal(Rule.RESEND_SAME)
        self.queue = [one for one in self.queue if isinstance(one, Unreadable) or one.message_id != message_id]
        self.confirmed.append((message_id, accepted))
        self.hook("after confirm")
        return Done(Acknowledged(message_id))

    def next_status(self) -> StatusReceived | None:
        return None

    def health(self) -> ExchangeHealth:
        return ExchangeHealth(reachable=True)

    def answer(self, original: str, content: str = "", *, number: str = "", **more: object) -> None:
        """Put an answer to this message into the queue."""
        octets = content.encode()
        values: dict[str, object] = {"signature": SignatureState.VALID, "raw": octets or b"<raw/>", "content": octets}
        self.queue.append(Received(number or f"a-{original}", original, **(values | more)))  # type: ignore[arg-type]
