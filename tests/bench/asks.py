"""What is asked of the lists of people, updates and the audit log: each filter alone, mixed, and in its depth."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from sqlalchemy import func, select

from portal.db.models import AuditEntry, Unit, Update
from portal.db.queries.paging import encode
from portal.db.transaction import Database
from portal.domain.audit import AuditTag
from portal.domain.update_state import UpdateStatus
from tests.bench.history import OPERATORS

_MOST_UNITS: Final = 8


@dataclass(frozen=True, slots=True)
class Ask:
    """One kind of question with the addresses it is asked by; ``budgeted`` when a bar speaks of it."""

    name: str
    paths: tuple[str, ...]
    fragment: bool = False
    budgeted: bool = True


def directory_asks(database: Database, deep: Sequence[str]) -> list[Ask]:
    """People of a unit, active or not, first pages and deep ones."""
    with database.read() as connection:
        units = connection.execute(select(Unit.id).order_by(Unit.id).limit(_MOST_UNITS)).scalars().all()
    states = [{"state": state} for state in ("active", "inactive")]
    inside = [{"unit": str(unit)} for unit in units]
    mixed = [one | other for one in inside for other in states]
    found = {"state": states, "unit": inside, "unit + state": mixed}
    return [
        ask
        for name, filters in found.items()
        for ask in _both("people", name, filters, [{"after": place} for place in deep])
    ]


def run_asks(database: Database) -> list[Ask]:
    """Updates by status; lines of the log by each filter and by words."""
    with database.read() as connection:
        update = connection.execute(select(func.max(Update.id))).scalar_one() or 0
        line = connection.execute(select(func.max(AuditEntry.id))).scalar_one() or 0
    statuses = [{"status": status} for status in ("active", *UpdateStatus)]
    today = datetime.now(UTC).date()
    spans = [
        {"since": str(today - timedelta(days=days)), "until": str(today - timedelta(days=days - 10))}
        for days in (20, 200, 300)
    ]
    tags = [{"tag": tag.value} for tag in (AuditTag.UPDATE_CLAIMED, AuditTag.UPDATE_FAILED, AuditTag.ACCOUNT_SIGNED_IN)]
    actors = [{"actor": actor} for actor in (OPERATORS[0], "worker", "nobody")]
    words = [{"text": text} for text in ("worker", "bench", "kazan 99", "update 77", "1", "nothing-like-it")]
    mixed = [one | other for one in tags for other in (*actors, *words[:3])]
    kinds: dict[str, list[dict[str, str]]] = {
        "": [{}],
        "span": spans,
        "tag": tags,
        "actor": actors,
        "words": words,
        "tag + others": mixed,
    }
    return [
        *_both("updates", "", [{}], [{"after": encode(update // 2)}]),
        *_both("updates", "status", statuses, [{"after": encode(update // 2)}]),
        *(ask for name, some in kinds.items() for ask in _both("audit", name, some, [{"after": encode(line // 2)}])),
    ]


def _both(
    page: str, name: str, filters: Sequence[Mapping[str, str]], places: Iterable[Mapping[str, str]]
) -> tuple[Ask, Ask]:
    told = f"{page}, {name}" if name else page
    first = tuple(_address(page, one) for one in filters)
    deep = tuple(_address(page, {**one, **place}) for one in filters for place in places)
    return Ask(f"{told}, first page", first), Ask(f"{told}, deep pages", deep)


def _address(page: str, arguments: Mapping[str, str]) -> str:
    return f"/admin/{page}?{urlencode(arguments)}" if arguments else f"/admin/{page}"
