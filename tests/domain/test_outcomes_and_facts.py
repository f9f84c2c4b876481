"""The closed lists: what anything slow may answer, and what may become true."""

import dataclasses
import inspect
from typing import get_args

from portal.domain import facts, outcomes
from portal.domain.facts import Fact, LeftBehind
from portal.domain.outcomes import Absent, Accepted, Done, Effect, Happened, Outcome, Refused, Unknown, Waiting
from portal.domain.outcomes import WaitingFor as Whom
from portal.domain.troubles import Trouble, why


def values_of(module: object) -> set[type]:
    name = getattr(module, "__name__", "")
    classes = (found for _, found in inspect.getmembers(module, inspect.isclass) if found.__module__ == name)
    return {found for found in classes if dataclasses.is_dataclass(found)}


def names(union: object) -> set[str]:
    return {(getattr(one, "__origin__", None) or one).__name__ for one in get_args(union)}


def test_every_fact_is_in_the_list_of_facts() -> None:
    assert set(get_args(Fact)) == values_of(facts)


def test_every_answer_is_an_outcome_or_an_effect() -> None:
    assert names(Outcome) == {Done.__name__, Waiting.__name__, Refused.__name__}
    assert names(Effect) == {Happened.__name__, Accepted.__name__, Absent.__name__, Unknown.__name__}
    assert {found.__name__ for found in values_of(outcomes)} == names(Outcome) | names(Effect)


def test_what_cannot_be_told_is_for_an_operator_unless_somebody_is_named() -> None:
    assert Unknown(why(Trouble.TOKEN_ERROR)).whom is None
    assert Refused(why(Trouble.TOKEN_ERROR), permanent=False).whom is Whom.RETRY


def test_waiting_without_a_time_waits_for_an_event() -> None:
    waiting = Waiting(Whom.PIN, why(Trouble.PIN_NEEDED))
    assert (waiting.look_again_at, waiting.ticket) == (None, "")
    assert Accepted(waiting).waiting is waiting


def test_what_is_left_behind_may_be_a_key_alone() -> None:
    assert LeftBehind("k").fingerprint is None
