"""Have the statements of an update compiled once, before a worker forks, instead of in every work-horse."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Final

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import configure_mappers

from portal.db import audit_chain, facts, journal_statements, register_news
from portal.db.facts import FactWriter
from portal.db.prepared import Prepared
from portal.db.transaction import Database
from portal.domain import codec
from portal.domain.audit import AuditEvent, AuditTag
from portal.domain.certificate import KeyAlgorithm, Purpose, TemplateKey
from portal.domain.contents import TokenContents
from portal.domain.facts import (
    CertificateIssued,
    CertificateRemoved,
    CertificateRetained,
    CertificateRevoked,
    CertificateWritten,
    ContentsSeen,
    Fact,
    KeyRemoved,
    LeftBehind,
)
from portal.domain.ids import DeviceId, UpdateId
from portal.domain.troubles import Trouble, why
from portal.domain.update_steps import Step, StepKind

_NOW: Final = datetime(2000, 1, 1, tzinfo=UTC)
#: What every update tells; rarer facts may cost their work-horse a few milliseconds.
_FACTS: Final[tuple[Fact, ...]] = (
    KeyRemoved(""),
    CertificateIssued(
        template=TemplateKey("", "", Purpose.SIGN),
        template_name="",
        fingerprint="",
        key_id="",
        serial="",
        subject="",
        issuer="",
        not_before=_NOW,
        not_after=_NOW,
        attributes=(),
        escrow=False,
        revoke_on_removal=False,
        der=b"",
    ),
    CertificateWritten(""),
    CertificateRemoved(""),
    CertificateRetained(""),
    CertificateRevoked("", ""),
    ContentsSeen(TokenContents("", ())),
    LeftBehind(""),
)


_STEP: Final = Step(
    StepKind.REQUEST_CERTIFICATE,
    algorithm=KeyAlgorithm.EC_P256,
    template=TemplateKey("", "", Purpose.SIGN),
    subject=(("CN", ""),),
)
_LINE: Final = AuditEvent(AuditTag.UPDATE_CLAIMED, "", "")
#: What an update executes.
STATEMENTS: Final = tuple(
    value
    for module in (journal_statements, facts, audit_chain, register_news)
    for value in vars(module).values()
    if isinstance(value, Prepared)
)
#: Python makes code it has run so often faster, and a work-horse inherits it so.
_ROUNDS: Final = 10


class _Over(Exception):  # noqa: N818 - it says what happened
    """The rehearsal is over and leaves no trace."""


def warm(database: Database) -> None:
    """Rehearse the journal on an update nobody has, and take everything back."""
    configure_mappers()
    for _ in range(_ROUNDS):
        _read_and_write()
        with suppress(_Over), database.begin() as connection:
            _rehearse(connection)
            raise _Over


def walk_through(database: Database) -> Iterator[None]:
    """Execute what a work-horse will, on a connection that may not write; halts after each, for work may come.

    Every change is refused once it is ready to be made: no lock is taken and nothing waits for us. Last the connection
    to write over is opened, and reads what it will be given.
    """
    for way in _ways():
        with suppress(DBAPIError), database.read() as connection:
            way(connection)
        yield
    _read_and_write()
    with suppress(DBAPIError):
        database.prepare(STATEMENTS)
    yield


def _rehearse(connection: Connection) -> None:
    for way in _ways():
        with suppress(DBAPIError), connection.begin_nested():  # rows without values, and of no device, are refused
            way(connection)


def _read_and_write() -> None:
    for value in (_STEP, why(Trouble.CANCELLED), TokenContents("", ())):
        codec.from_json(type(value), codec.to_json(value))


def _ways() -> Iterator[Callable[[Connection], object]]:
    for statement in STATEMENTS:
        yield partial(statement.run, given={})
    for fact in _FACTS:
        yield partial(_tell, fact=fact)
    for lines in ([_LINE], [_LINE, _LINE]):  # an outcome alone, and with the next intent
        yield partial(audit_chain.append_all, events=lines, now=_NOW)


def _tell(connection: Connection, fact: Fact) -> None:
    FactWriter(connection, DeviceId(0), UpdateId(0), _NOW).apply(fact)
