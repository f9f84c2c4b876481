"""The control face: what tests and the page arrange, as plain values."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, Final

from portal.stands.smev.book import TRUTH, ending_of
from portal.stands.smev.queues import Question
from portal.stands.smev.stand import Stand

_SHOWN: Final = 200


class Unknown(LookupError):  # noqa: N818 - named after what it is
    """There is no such thing to control."""


def state(stand: Stand) -> dict[str, Any]:
    """Everything there is to see."""
    with stand.queues.lock:
        stand.queues.come_due()
        questions = list(stand.queues.questions.values())[-_SHOWN:]
        waiting = [reply.question.number for reply in stand.queues.replies.values()]
        return {
            "taken": stand.queues.taken,
            "confirmed": stand.queues.confirmed,
            "waiting": len(waiting),
            "tricks": [asdict(trick) for trick in stand.mischief.armed],
            "played": stand.mischief.played,
            "endings": [
                {"who": who, "service": service, "ending": ":".join(filter(None, (arranged.kind, arranged.argument)))}
                for (who, service), arranged in stand.queues.book.endings.items()
            ],
            "messages": [_told(question, waiting.count(question.number)) for question in reversed(questions)],
        }


def _told(question: Question, waiting: int) -> dict[str, Any]:
    return {
        "number": question.number,
        "client": question.client,
        "face": question.face,
        "sender": question.sender,
        "service": question.asked.service,
        "who": " ".join(filter(None, question.asked.names)) or question.asked.ogrn,
        "snils": question.asked.snils,
        "taken_at": question.taken_at,
        "state": question.state,
        "waiting": waiting,
    }


def act(stand: Stand, number: str, how: Mapping[str, Any]) -> None:
    """Answer a message now (``answer``), refuse it (``refuse``) or lose it (``lose``); raises Unknown, ValueError."""
    with stand.queues.lock:
        question = stand.queues.questions.get(number) or _by_client(stand, number)
        match how.get("do"):
            case "answer":
                written = str(how.get("ending") or "")
                stand.queues.settle(question, ending_of(written) if written else TRUTH)
            case "refuse":
                stand.queues.refuse(question, str(how.get("code") or "NO_DATA"))
            case "lose":
                stand.queues.lose(question)
            case other:
                raise ValueError(f"cannot {other} a message")


def release(stand: Stand) -> int:
    """Answer everything that is held back, truthfully; says how many."""
    with stand.queues.lock:
        held = [question for question in stand.queues.questions.values() if question.state in {"held", "silence"}]
        for question in held:
            stand.queues.settle(question, TRUTH)
    return len(held)


def _by_client(stand: Stand, client: str) -> Question:
    for question in reversed(stand.queues.questions.values()):
        if question.client == client:
            return question
    raise Unknown(client)


def _arrange(stand: Stand, how: Mapping[str, Any]) -> None:
    with stand.queues.lock:
        stand.queues.book.arrange(str(how["who"]), str(how.get("service") or "*"), str(how["ending"]))


def _arm(stand: Stand, how: Mapping[str, Any]) -> None:
    with stand.queues.lock:
        stand.mischief.arm(str(how.get("where") or "*"), str(how["what"]), int(how.get("times", 1)))


def _disarm(stand: Stand, _: Mapping[str, Any]) -> None:
    with stand.queues.lock:
        stand.mischief.armed.clear()


def _pace(stand: Stand, how: Mapping[str, Any]) -> None:
    with stand.queues.lock:
        pace = stand.queues.pace
        pace.answer = float(how.get("answer", pace.answer))
        pace.redelivery = float(how.get("redelivery", pace.redelivery))
        pace.statuses = bool(how.get("statuses", pace.statuses))
        stand.queues.ahead += float(how.get("ahead", 0))


def _learn(stand: Stand, how: Mapping[str, Any]) -> None:
    stand.learn(list(how["entries"]))


def _deny(stand: Stand, how: Mapping[str, Any]) -> None:
    with stand.queues.lock:
        stand.denied.add(str(how["service"]))


#: By the last part of the address. Each raises KeyError, TypeError or ValueError for what it does not understand.
ORDERS: Final[Mapping[str, Callable[[Stand, Mapping[str, Any]], object]]] = {
    "endings": _arrange,
    "tricks": _arm,
    "peace": _disarm,
    "pace": _pace,
    "book": _learn,
    "denied": _deny,
    "release": lambda stand, _: release(stand),
    "forget": lambda stand, _: stand.forget(),
}
