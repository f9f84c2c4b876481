"""Which people and devices a few typed words lead to."""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import ColumnElement, Connection, exists, func, literal, or_, select

from portal.db.base import AnySelect
from portal.db.beside import beside
from portal.db.models import Device, Person, SearchTerm, TermKind
from portal.db.words import begins_with, typed_words, variants

#: Of very common words only so many candidates are looked at; more words make the answer exact.
_CANDIDATES: Final = 3000
#: Words that lead to at most so many are a good beginning for any query.
RARE: Final = 1500


def entities(kind: TermKind, word: str) -> AnySelect:
    """Numbers of people or devices one of whose words begins with this one."""
    return select(SearchTerm.entity_id).where(SearchTerm.kind == kind, begins_with(SearchTerm.term, word))


def devices_hit(word: str) -> AnySelect:
    """Numbers of devices that have the word themselves or through their holder."""
    own = entities(TermKind.DEVICE, word)
    held = select(Device.id).where(Device.holder_id.in_(entities(TermKind.PERSON, word)))
    return select(own.union(held).subquery().c[0])


def people_hit(connection: Connection, words: tuple[str, ...], limit: int) -> list[int]:
    """Numbers of people who have all the words: those whose surname begins with one first, each part by name."""
    found = dict.fromkeys(_by_surname(connection, words, limit))
    if len(found) < limit:
        found |= dict.fromkeys(_by_any_word(connection, words, limit))
    return list(found)[:limit]


def rarest(connection: Connection, words: tuple[str, ...]) -> tuple[str, int]:
    """The word that leads to the fewest, and to how many (counted up to a limit)."""
    number, word = min((_how_common(connection, word), word) for word in words)
    return word, number


def understood(connection: Connection, text: str) -> str:
    """The text as typed, or the first reading of it whose every word is known; as typed when none is."""
    readings = (text, *variants(text))
    return next((reading for reading in readings if _known(connection, typed_words(reading))), text)


def _known(connection: Connection, words: tuple[str, ...]) -> bool:
    return all(
        connection.execute(select(SearchTerm.entity_id).where(begins_with(SearchTerm.term, word), _any_kind()).limit(1))
        .scalars()
        .first()
        is not None
        for word in words
    )


def _any_kind() -> ColumnElement[bool]:
    return SearchTerm.kind.in_(list(TermKind))


def _by_surname(connection: Connection, words: tuple[str, ...], limit: int) -> Iterable[int]:
    for word in words:
        others = [_has_word(other) for other in words if other != word]
        query = select(Person.id).where(begins_with(Person.search_key, word), *others)
        yield from connection.execute(query.order_by(Person.search_key).limit(limit)).scalars()


def _by_any_word(connection: Connection, words: tuple[str, ...], limit: int) -> Iterable[int]:
    word = rarest(connection, words)[0] if len(words) > 1 else words[0]
    others = [_has_word(other) for other in words if other != word]
    named = entities(TermKind.PERSON, word).limit(_CANDIDATES).subquery()
    device = entities(TermKind.DEVICE, word).limit(_CANDIDATES).subquery()
    holders = (
        select(Device.holder_id).join(device, device.c.entity_id == Device.id).where(Device.holder_id.is_not(None))
    )
    candidates = select(named.c.entity_id).union(holders).subquery()
    query = select(Person.id).join(candidates, candidates.c[0] == Person.id).where(*others)
    return connection.execute(query.order_by(Person.sort_key, Person.id).limit(limit)).scalars()


def _how_common(connection: Connection, word: str) -> int:
    some = select(SearchTerm.entity_id).where(_any_kind(), begins_with(SearchTerm.term, word)).limit(_CANDIDATES)
    number: int = connection.execute(select(func.count()).select_from(some.subquery())).scalar_one()
    return number


def _has_word(word: str) -> ColumnElement[bool]:
    spaced = literal(" ").concat(Person.search_key)
    named = spaced.contains(f" {word}", autoescape=True)
    if not any(letter.isdigit() for letter in word):
        return named
    held = exists().where(Device.holder_id == Person.id, Device.id == SearchTerm.entity_id)
    return or_(named, held.where(SearchTerm.kind == TermKind.DEVICE, begins_with(beside(SearchTerm.term), word)))
