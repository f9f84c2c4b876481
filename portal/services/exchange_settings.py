"""The settings of the exchange, as people set them and as processes use them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import Connection, select

from portal.db.models import SmevSettings
from portal.db.only_row import keep_one
from portal.db.transaction import Database
from portal.domain.audit import AuditTag
from portal.domain.errors import Conflict, InvalidInput
from portal.domain.exchange_settings import ExchangeSettings, faults, from_plain, to_plain
from portal.ports.clock import Clock
from portal.ports.exchange import ExchangeHealth, MessageExchange
from portal.services.audit import record
from portal.services.identity_asking import Sender

Opener = Callable[[ExchangeSettings], MessageExchange]


@dataclass(slots=True)
class Exchange:
    """Keeps the settings, and one way into the exchange for as long as they stay the same."""

    database: Database
    clock: Clock
    opener: Opener
    number: Callable[[], str]
    _opened: tuple[int, Sender] | None = field(default=None, init=False)

    def settings(self) -> tuple[ExchangeSettings | None, int]:
        """What is set, and the number of its version; None and 0 while nothing is."""
        with self.database.read() as connection:
            return _settings(connection)

    def save(self, wanted: ExchangeSettings, *, version: int, actor: str) -> None:
        """Set it; raises InvalidInput by field, and Conflict when somebody was quicker."""
        if found := faults(wanted):
            raise InvalidInput(found)
        now, changed = self.clock.now(), Conflict("exchange_changed")
        with self.database.begin() as connection:
            if _settings(connection)[1] != version:
                raise changed
            keep_one(connection, SmevSettings, {"body": to_plain(wanted)}, seen=version, otherwise=changed)
            told = {"transport": wanted.transport.value, "address": wanted.address}
            record(connection, AuditTag.EXCHANGE_SET, actor=actor, subject="exchange", now=now, **told)

    def sender(self) -> Sender | None:
        """The way into the exchange; None while nothing is set."""
        settings, version = self.settings()
        if settings is None:
            return None
        if self._opened is None or self._opened[0] != version:
            self._opened = (version, self._made(settings))
        return self._opened[1]

    def apart(self) -> Sender | None:
        """A way of its own, for one who tries it beside those at work; None while nothing is set."""
        settings, _version = self.settings()
        return None if settings is None else self._made(settings)

    def _made(self, settings: ExchangeSettings) -> Sender:
        return Sender(self.opener(settings), settings.asker, settings.routing, self.number, settings.test)

    def check(self, wanted: ExchangeSettings) -> ExchangeHealth:
        """Whether it could be reached and signed for; nothing is sent. Raises InvalidInput by field."""
        if found := faults(wanted):
            raise InvalidInput(found)
        return self.opener(wanted).health()


def kept_for(connection: Connection) -> timedelta:
    """How long what was claimed and answered is kept."""
    settings, _version = _settings(connection)
    return timedelta(days=(settings or ExchangeSettings()).kept_days)


def _settings(connection: Connection) -> tuple[ExchangeSettings | None, int]:
    row = connection.execute(select(SmevSettings.body, SmevSettings.version)).one_or_none()
    return (None, 0) if row is None else (from_plain(row.body), row.version)
