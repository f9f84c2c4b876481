"""Have the statements of an update compiled once, before a worker forks, instead of in every work-horse."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection, Executable
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import configure_mappers

from portal.db import audit_chain, journal_statements
from portal.db.facts import FORGET_KEY, FactWriter
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


class _Over(Exception):  # noqa: N818 - it says what happened
    """The rehearsal is over and leaves no trace."""


def warm(database: Database) -> None:
    """Rehearse the journal on an update nobody has, and take everything back."""
    configure_mappers()
    for value in (Step(StepKind.VERIFY_TOKEN), why(Trouble.CANCELLED)):
        codec.from_json(type(value), codec.to_json(value))
    with suppress(_Over), database.begin() as connection:
        _rehearse(connection)
        raise _Over


def _rehearse(connection: Connection) -> None:
    for statement in vars(journal_statements).values():
        if isinstance(statement, Executable):
            _execute(connection, statement)
    _execute(connection, FORGET_KEY)  # follows only where something was written
    for fact in _FACTS:
        _tell(connection, fact)
    line = AuditEvent(AuditTag.UPDATE_CLAIMED, "", "")
    audit_chain.append_all(connection, [line], _NOW)
    audit_chain.append_all(connection, [line, line], _NOW)  # an outcome and the next intent: compiled apart


def _execute(connection: Connection, statement: Any) -> None:
    binds = statement.compile(connection).binds
    wanted: dict[str, Any] = {name: [] if bind.expanding else None for name, bind in binds.items() if bind.required}
    if all(name.startswith("b_") for name in wanted):  # else it is only what others are made of
        connection.execute(statement, wanted)


def _tell(connection: Connection, fact: Fact) -> None:
    # there is no such device, so its rows are refused; but then their statements are compiled
    with suppress(IntegrityError), connection.begin_nested():
        FactWriter(connection, DeviceId(0), UpdateId(0), _NOW).apply(fact)
