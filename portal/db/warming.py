"""Have the statements of an update compiled once, before a worker forks, instead of in every work-horse."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Executable
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import configure_mappers

from portal.db import audit_chain, journal_statements
from portal.db.facts import FORGET_KEY, FactWriter
from portal.db.models import AuditEntry
from portal.db.prepared import Prepared, executed
from portal.db.transaction import Database
from portal.domain import codec
from portal.domain.audit import AuditEvent, AuditTag
from portal.domain.certificate import Purpose, TemplateKey
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


_LINE: Final = dict.fromkeys(column.key for column in AuditEntry.__table__.columns)
_MOVE: Final = {"b_before": "", "b_last": 0, "b_hash": ""}
_AUDIT: Final = tuple(zip(audit_chain.STATEMENTS, ({}, _LINE, _MOVE), strict=True))

_Bound = list[tuple[Any, dict[str, Any]]]
#: The journal's statements with values that meet no row, found out once by ``warm``.
_rehearsed: Final[WeakKeyDictionary[Database, _Bound]] = WeakKeyDictionary()


class _Over(Exception):  # noqa: N818 - it says what happened
    """The rehearsal is over and leaves no trace."""


def warm(database: Database) -> None:
    """Rehearse the journal on an update nobody has, and take everything back."""
    configure_mappers()
    for value in (Step(StepKind.VERIFY_TOKEN), why(Trouble.CANCELLED)):
        codec.from_json(type(value), codec.to_json(value))
    with suppress(_Over), database.begin() as connection:
        _rehearsed[database] = _bound(connection)
        _rehearse(connection, _rehearsed[database])
        raise _Over


def walk_through(database: Database) -> Iterator[None]:
    """Execute what a work-horse will, on a connection that may not write; halts after each, for work may come.

    Every change is refused once it is ready to be made: no lock is taken and nothing waits for us.
    """
    for statement, values in (*_rehearsed.get(database, ()), *_AUDIT):
        with suppress(DBAPIError), database.read() as connection:
            executed(connection, statement, values)
        yield
    for fact in _FACTS:
        with suppress(DBAPIError), database.read() as connection:
            FactWriter(connection, DeviceId(0), UpdateId(0), _NOW).apply(fact)
        yield


def _rehearse(connection: Connection, statements: _Bound) -> None:
    for statement, values in statements:
        executed(connection, statement, values)
    for fact in _FACTS:
        _tell(connection, fact)
    line = AuditEvent(AuditTag.UPDATE_CLAIMED, "", "")
    audit_chain.append_all(connection, [line], _NOW)
    audit_chain.append_all(connection, [line, line], _NOW)  # an outcome and the next intent: compiled apart


def _bound(connection: Connection) -> _Bound:
    known = (
        statement for statement in vars(journal_statements).values() if isinstance(statement, Prepared | Executable)
    )
    whole = ((statement, _wanted(connection, statement)) for statement in [*known, FORGET_KEY])
    # a name of another kind: the statement is only what others are made of
    return [(statement, wanted) for statement, wanted in whole if all(name.startswith("b_") for name in wanted)]


def _wanted(connection: Connection, statement: Any) -> dict[str, Any]:
    plain: Any = statement.statement if isinstance(statement, Prepared) else statement
    binds = plain.compile(connection).binds
    return {name: [] if bind.expanding else None for name, bind in binds.items() if bind.required}


def _tell(connection: Connection, fact: Fact) -> None:
    # there is no such device, so its rows are refused; but then their statements are compiled
    with suppress(IntegrityError), connection.begin_nested():
        FactWriter(connection, DeviceId(0), UpdateId(0), _NOW).apply(fact)
