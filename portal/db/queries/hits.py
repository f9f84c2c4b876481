"""Which people and devices a few typed words lead to."""

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, Final

from sqlalchemy import BindParameter, ColumnElement, Connection, bindparam, case, exists, func, literal, or_, select

from portal.db.base import AnySelect
from portal.db.beside import beside
from portal.db.models import Device, Person, SearchTerm, TermKind
from portal.db.reach import few_people, people_within
from portal.db.reading import ask_alike
from portal.db.words import LAST, begins_with, typed_words, variants
from portal.domain.reach import EVERYTHING, Reach

#: Of very common words only so many candidates are looked at; more words make the answer exact.
_CANDIDATES: Final = 3000
_TIMES: Final = 30
#: Words that lead to at most so many are a good beginning for any query.
RARE: Final = 1500

_LIMIT: Final[BindParameter[Any]] = bindparam("limit")
_SPACED: Final = literal(" ").concat(Person.search_key)
_ANY_TERM: Final = select(SearchTerm.entity_id).where(
    SearchTerm.kind.in_(list(TermKind)),
    SearchTerm.term >= bindparam("word"),
    SearchTerm.term < bindparam("end"),
)
_OF_KIND: Final = select(SearchTerm.entity_id).where(
    SearchTerm.kind == bindparam("kind"),
    SearchTerm.term >= bindparam("word"),
    SearchTerm.term < bindparam("end"),
)
_BEGUN: Final = _OF_KIND.order_by(SearchTerm.term, SearchTerm.entity_id).limit(_LIMIT)
_HELD: Final = select(Device.id).where(Device.holder_id.in_(_OF_KIND.limit(_CANDIDATES))).limit(_LIMIT)
_FIRST: Final = _ANY_TERM.limit(1)
_HOW_MANY: Final = select(func.count()).select_from(_ANY_TERM.limit(_CANDIDATES).subquery())


def entities(kind: TermKind, word: str) -> AnySelect:
    """Numbers of people or devices one of whose words begins with this one."""
    return select(SearchTerm.entity_id).where(SearchTerm.kind == kind, begins_with(SearchTerm.term, word))


def devices_hit(word: str, *, limit: int | None = None) -> AnySelect:
    """Numbers of devices that have the word themselves or through their holder; of very many only some."""
    own = entities(TermKind.DEVICE, word).limit(limit).subquery()
    people = entities(TermKind.PERSON, word).limit(limit).subquery()
    held = select(Device.id).where(Device.holder_id.in_(select(people.c[0])))
    return select(select(own.c[0]).union(held).subquery().c[0])


def devices_begun(connection: Connection, word: str, limit: int) -> list[int]:
    """Numbers of the first devices one of whose words, or of whose holder's words, begins with this one."""
    own = list(connection.execute(_BEGUN, {"kind": TermKind.DEVICE, "limit": limit, **_range(word)}).scalars())
    if len(own) >= limit:
        return own
    held = connection.execute(_HELD, {"kind": TermKind.PERSON, "limit": limit, **_range(word)}).scalars()
    return list(dict.fromkeys((*own, *held)))[:limit]


def people_hit(
    connection: Connection,
    words: tuple[str, ...],
    limit: int,
    *,
    reach: Reach = EVERYTHING,
    also: tuple[ColumnElement[bool], ...] = (),
) -> list[int]:
    """Numbers of people who have all the words: those whose surname begins with one first, each part by name."""
    few = few_people(connection, reach)
    if few is not None:
        return _among(connection, (*few, *also), words, limit)
    found: dict[int, None] = {}
    within = (*people_within(reach), *also)
    for word in words:
        found |= dict.fromkeys(_people(connection, _by_surname, within, words=words, word=word, limit=limit))
    if len(found) < limit:
        word = rarest(connection, words)[0] if len(words) > 1 else words[0]
        found |= dict.fromkeys(_people(connection, _by_any_word, within, words=words, word=word, limit=limit))
    return list(found)[:limit]


def rarest(connection: Connection, words: tuple[str, ...]) -> tuple[str, int]:
    """The word that leads to the fewest, and to how many (counted up to a limit)."""
    number, word = min((connection.execute(_HOW_MANY, _range(word)).scalar_one(), word) for word in words)
    return word, number


def understood(connection: Connection, text: str) -> str:
    """The text as typed, or the first reading of it whose every word is known; as typed when none is."""
    readings = (text, *variants(text))
    return next((reading for reading in readings if _known(connection, typed_words(reading))), text)


def _known(connection: Connection, words: tuple[str, ...]) -> bool:
    return all(connection.execute(_FIRST, _range(word)).first() is not None for word in words)


def _people(
    connection: Connection,
    made: Callable[[tuple[bool, ...]], AnySelect],
    within: tuple[ColumnElement[bool], ...],
    *,
    words: tuple[str, ...],
    word: str,
    limit: int,
) -> list[int]:
    others = [other for other in words if other != word]
    query = made(_numbered(others))
    # with nothing else to pass, a few times as many as wanted are enough to put in order
    candidates = _CANDIDATES if others or within else min(_CANDIDATES, _TIMES * limit)
    given = {"limit": limit, "candidates": candidates, **_range(word), **_wanted(others)}
    asked = ask_alike(connection, query.where(*within), given) if within else connection.execute(query, given)
    return list(asked.scalars())


def _among(
    connection: Connection, few: tuple[ColumnElement[bool], ...], words: tuple[str, ...], limit: int
) -> list[int]:
    """The same among few people, who are simply all looked at."""
    query = select(Person.id).where(*few, *_has_others(_numbered(words)))
    surname = case((begins_with(beside(Person.search_key), words[0]), 0), else_=1)
    ordered = query.order_by(surname, Person.sort_key, Person.id).limit(_LIMIT)
    return list(connection.execute(ordered, {"limit": limit, **_wanted(words)}).scalars())


def _numbered(words: Iterable[str]) -> tuple[bool, ...]:
    return tuple(any(letter.isdigit() for letter in word) for word in words)


def _wanted(words: Iterable[str]) -> dict[str, str]:
    given: dict[str, str] = {}
    for place, word in enumerate(words):
        given |= {f"like{place}": f"% {_escaped(word)}%", f"other{place}": word, f"end{place}": word + LAST}
    return given


@cache
def _by_surname(others: tuple[bool, ...]) -> AnySelect:
    """People whose search key begins with the word; built once for each number of other words."""
    key = Person.search_key
    query = select(Person.id).where(key >= bindparam("word"), key < bindparam("end"), *_has_others(others))
    return query.order_by(key).limit(_LIMIT)


@cache
def _by_any_word(others: tuple[bool, ...]) -> AnySelect:
    """People who have the word anywhere, or hold a device that has it."""
    term = SearchTerm.term
    begins = select(SearchTerm.entity_id).where(term >= bindparam("word"), term < bindparam("end"))
    some: BindParameter[Any] = bindparam("candidates")
    named = begins.where(SearchTerm.kind == TermKind.PERSON).limit(some).subquery()
    device = begins.where(SearchTerm.kind == TermKind.DEVICE).limit(some).subquery()
    held = select(Device.holder_id).join(device, device.c.entity_id == Device.id)
    candidates = select(named.c.entity_id).union(held.where(Device.holder_id.is_not(None))).subquery()
    query = select(Person.id).join(candidates, candidates.c[0] == Person.id).where(*_has_others(others))
    return query.order_by(Person.sort_key, Person.id).limit(_LIMIT)


def _has_others(others: tuple[bool, ...]) -> list[ColumnElement[bool]]:
    """Each other word is among the person's; one with a digit may also be of a device he holds."""
    found: list[ColumnElement[bool]] = []
    for place, numbered in enumerate(others):
        named = _SPACED.like(bindparam(f"like{place}"), escape="/")
        found.append(or_(named, _holds(place)) if numbered else named)
    return found


def _holds(place: int) -> ColumnElement[bool]:
    term = beside(SearchTerm.term)
    begins = (term >= bindparam(f"other{place}"), term < bindparam(f"end{place}"))
    held = exists().where(Device.holder_id == Person.id, Device.id == SearchTerm.entity_id)
    return held.where(SearchTerm.kind == TermKind.DEVICE, *begins)


def _range(word: str) -> dict[str, Any]:
    return {"word": word, "end": word + LAST}


def _escaped(word: str) -> str:
    return word.replace("/", "//").replace("%", "/%").replace("_", "/_")
