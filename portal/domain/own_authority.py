"""How the authority that comes with the product does, as a worker saw it last, and what somebody has to do about."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum, unique
from typing import Final

#: So long before its certificate ends somebody is told: another one takes weeks to reach everybody who trusts it.
NOTICE: Final = timedelta(days=60)
#: A worker looks every few minutes; when it has not for so long, nobody knows.
LOOKED_WITHIN: Final = timedelta(minutes=30)


@unique
class KeyState(StrEnum):
    """Whether the keys can be used."""

    OPENS = "opens"
    ON_TOKEN = "on_token"  # tried by signing the revocation list, never for nothing: a wrong PIN locks a token
    FAILS = "fails"


@unique
class OwnAlarm(StrEnum):
    """What somebody has to look after."""

    KEY_FAILS = "key_fails"
    LIST_OVERDUE = "list_overdue"
    ENDED = "ended"
    ENDS_SOON = "ends_soon"
    RESPONDER_ENDED = "responder_ended"
    NOT_LOOKED_AT = "not_looked_at"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnState:
    """What a look finds; the newest revocation list that was signed, if any."""

    issued: int
    key: KeyState
    list_made_at: datetime | None
    list_until: datetime | None
    own_until: datetime
    responder_until: datetime | None


@dataclass(frozen=True, slots=True)
class OwnHealth:
    """The last look."""

    looked_at: datetime
    state: OwnState

    def alarms(self, now: datetime) -> tuple[OwnAlarm, ...]:
        """Everything that is wrong or will be, the worst first."""
        state = self.state
        until, responder = state.list_until, state.responder_until
        found = {
            OwnAlarm.KEY_FAILS: state.key is KeyState.FAILS,
            OwnAlarm.LIST_OVERDUE: until is None or until <= now,
            OwnAlarm.ENDED: state.own_until <= now,
            OwnAlarm.ENDS_SOON: now < state.own_until <= now + NOTICE,
            OwnAlarm.RESPONDER_ENDED: responder is not None and responder <= now,
            OwnAlarm.NOT_LOOKED_AT: self.looked_at + LOOKED_WITHIN <= now,
        }
        return tuple(alarm for alarm, wrong in found.items() if wrong)
