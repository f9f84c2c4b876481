"""The words lines of the audit log are found by, kept beside the log and written after it."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import BindParameter, Connection, bindparam, insert, select, update

from portal.db.base import AnyRow
from portal.db.models import AuditEntry, AuditReader, AuditWord, Device, Person, Update
from portal.db.queries.audit_names import names_of
from portal.db.words import LAST, fold

#: A word is kept this long at most.
LENGTH: Final = 60
_PARTS: Final = re.compile(r"[\s:,;/\\|\"'()\[\]{}<>=]+")
#: Beginnings of words that stand for more words than this are looked for as one range.
_SPELLINGS: Final = 12
#: Steps of a run are many, and found together with the lines that begin and end it.
_STEPS: Final = "worker:step:"
_NUMBERS: Final[BindParameter[int]] = bindparam("numbers", expanding=True)
_HOLDERS: Final = {
    "device": select(Device.id, Person.name).join(Person, Person.id == Device.holder_id).where(Device.id.in_(_NUMBERS)),
    "update": select(Update.id, Person.name)
    .join(Device, Device.id == Update.device_id)
    .join(Person, Person.id == Device.holder_id)
    .where(Update.id.in_(_NUMBERS)),
}
#: Asked for the smallest by a function, PostgreSQL goes through all of them where it expects few.
_LEAST: Final = (
    select(AuditWord.term)
    .where(AuditWord.term >= bindparam("after"), AuditWord.term < bindparam("end"))
    .order_by(AuditWord.term)
    .limit(1)
)


def words_of(*texts: str) -> tuple[str, ...]:
    """Every word of these texts, folded, whole and cut at hyphens, dots and the like."""
    whole = [word for text in texts for word in _PARTS.split(fold(text)) if word]
    parts = [part for word in whole for part in re.split(r"[\-._@]+", word) if len(part) > 1]
    return tuple(dict.fromkeys(word[:LENGTH] for word in (*whole, *parts)))


def index_after(connection: Connection, last: int, limit: int) -> int:
    """Write the words of the lines after this one; answers the last line that is indexed now."""
    entry = AuditEntry
    query = select(entry.id, entry.tag, entry.actor, entry.subject, entry.particulars).where(entry.id > last)
    rows = connection.execute(query.order_by(entry.id).limit(limit)).all()
    known = _names(connection, [row for row in rows if not row.tag.startswith(_STEPS)])
    terms = [{"term": word, "entry_id": row.id} for row in rows for word in _words(row, known)]
    if terms:
        connection.execute(insert(AuditWord), terms)
    return rows[-1].id if rows else last


def spellings(connection: Connection, word: str) -> tuple[str, ...]:
    """The words of the log that begin like this one; nothing when they are too many to name."""
    found: list[str] = []
    after = word
    while len(found) <= _SPELLINGS:
        term: str | None = connection.execute(_LEAST, {"after": after, "end": word + LAST}).scalar()
        if term is None:
            return tuple(found)
        found.append(term)
        after = f"{term}\x01"
    return ()


def place_of(connection: Connection, reader: str) -> int:
    """The last line this reader has dealt with."""
    query = select(AuditReader.last_id).where(AuditReader.name == reader)
    return connection.execute(query).scalar_one_or_none() or 0


def remember(connection: Connection, reader: str, last: int, *, now: datetime, trouble: str = "") -> None:
    """Keep how far this reader has come."""
    values: dict[str, Any] = {"last_id": last, "at": now, "trouble": trouble[:200]}
    moved = connection.execute(update(AuditReader).where(AuditReader.name == reader).values(values))
    if not moved.rowcount:
        connection.execute(insert(AuditReader).values(name=reader, **values))


def _names(connection: Connection, rows: Sequence[AnyRow]) -> dict[str, list[str]]:
    """What people call the things these lines tell of, at the time of the line; a device by its holder too."""
    known = defaultdict(list, {thing: [name] for thing, name in names_of(connection, rows).things.items()})
    for kind, query in _HOLDERS.items():
        numbers = [int(name) for about, _, name in (thing.partition(":") for thing in known) if about == kind]
        for row in connection.execute(query, {"numbers": numbers}) if numbers else ():
            known[f"{kind}:{row[0]}"].append(row[1])
    return known


def _words(row: AnyRow, known: Mapping[str, Sequence[str]]) -> Iterable[str]:
    told = {row.subject, *(f"{name}:{value}" for name, value in row.particulars.items())}
    names = [] if row.tag.startswith(_STEPS) else [name for thing in sorted(told) for name in known.get(thing, ())]
    return words_of(row.actor, row.subject, *(str(value) for value in row.particulars.values()), *names)
