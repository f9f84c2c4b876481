"""What the person is asked, what he answers, and that no answer spends a PIN he did not mean to spend."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event

import pytest

from agent.conversation import Conversation, until_of, worded
from agent.errand import Errand
from agent.journal import AgentJournal
from agent.pins import Pocket, RefusedPins
from agent.prompt import prompt_of
from agent.prompt.nobody import NobodyPrompt
from agent.settings import Language, PromptKind
from agent.sign_in import sign_in
from agent.words import Words
from portal.domain.agent_tasks import TaskAnswer
from portal.domain.contents import PinTries
from portal.domain.outcomes import Done, Outcome, Refused, WaitingFor
from portal.domain.troubles import Trouble, why
from portal.ports.agent_protocol import Offer, OfferAnswer
from portal.ports.token import Pin, TokenReply
from tests.support.waiting import eventually

RU = Words(Language.RU)


@dataclass
class Script:
    """Implements Prompt: a person who has made up his mind; None when he is asked more than that."""

    choices: list[int] = field(default_factory=list)
    pins: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    asks: bool = True
    waits: bool = False
    withdrawn: Event = field(default_factory=Event)

    def choose(self, text: str, _options: Sequence[str]) -> int | None:
        self.said.append(text)
        if self.waits:
            self.withdrawn.wait(120)
        return self.choices.pop(0) if self.choices else None

    def secret(self, text: str) -> Pin | None:
        self.said.append(text)
        return Pin(self.pins.pop(0)) if self.pins else None

    def tell(self, text: str) -> None:
        self.said.append(text)

    def withdraw(self) -> None:
        self.withdrawn.set()

    def close(self) -> None:
        self.withdrawn.set()


@dataclass
class TokenHere:
    """The part of an errand a sign-in needs, with a token that counts."""

    refused: RefusedPins
    right: str = "1234"
    count: PinTries = PinTries.PLENTY
    away: int = 0
    task: str = "task"
    serial: str = "00a1"
    device: str = "Рутокен"
    tried: list[tuple[str, bool]] = field(default_factory=list)
    pocket: Pocket = field(default_factory=lambda: Pocket(900.0))

    def tries(self) -> PinTries:
        return self.count

    def open(self, pin: Pin, *, last_try: bool = False) -> Outcome[TokenReply]:
        if self.away:
            self.away -= 1
            return Refused(why(Trouble.TOKEN_ABSENT), permanent=False, whom=WaitingFor.TOKEN)
        self.tried.append((pin.reveal(), last_try))
        self.pocket.put(pin)
        if pin.reveal() == self.right:
            return Done(TokenReply())
        return Refused(why(Trouble.PIN_INCORRECT), permanent=False, whom=WaitingFor.PIN)


@pytest.fixture
def journal(tmp_path: Path) -> AgentJournal:
    return AgentJournal(tmp_path / "journal.sqlite")


@pytest.fixture
def token(journal: AgentJournal) -> TokenHere:
    return TokenHere(RefusedPins(journal, b"k" * 32))


def signed_in(token: TokenHere, prompt: Script) -> bool:
    errand: Errand = token  # type: ignore[assignment]  # what is asked of it, it has
    return sign_in(errand, prompt, RU)


def test_a_refused_pin_is_never_sent_again(token: TokenHere) -> None:
    prompt = Script(pins=["9999", "9999", "1234"])
    assert signed_in(token, prompt)
    assert [pin for pin, _ in token.tried] == ["9999", "1234"]
    assert RU("pin_repeated") in prompt.said
    assert token.pocket.full()


def test_it_is_remembered_beyond_the_program(token: TokenHere, journal: AgentJournal, tmp_path: Path) -> None:
    signed_in(token, Script(pins=["9999"]))
    journal.shut()
    again = AgentJournal(tmp_path / "journal.sqlite")
    assert RefusedPins(again, b"k" * 32).known("00a1", Pin("9999"))
    assert not RefusedPins(again, b"k" * 32).known("00b2", Pin("9999"))
    assert b"9999" not in (tmp_path / "journal.sqlite").read_bytes()


def test_the_last_try_is_the_persons_own(token: TokenHere) -> None:
    token.count = PinTries.LAST
    assert not signed_in(token, Script(choices=[0], pins=["1234"]))
    assert token.tried == []
    assert signed_in(token, Script(choices=[1], pins=["1234"]))
    assert token.tried == [("1234", True)]


def test_a_locked_token_is_explained_and_nothing_is_asked(token: TokenHere) -> None:
    token.count = PinTries.LOCKED
    prompt = Script(pins=["1234"])
    assert not signed_in(token, prompt)
    assert prompt.said == [RU("tries_locked")]


def test_a_token_that_is_away_can_be_brought(token: TokenHere) -> None:
    token.away = 1
    assert signed_in(token, Script(choices=[0], pins=["1234", "1234"]))
    token.away = 1
    assert not signed_in(token, Script(choices=[1], pins=["1234"]))


def test_a_pocket_forgets() -> None:
    pocket, pin = Pocket(0.0), Pin("1234")
    pocket.put(pin)
    eventually(lambda: not pocket.full(), "the PIN is forgotten")
    assert "1234" not in pin.reveal()


OFFER = Offer("task", "00a1", "Рутокен", "Петров", "срочно\x1b[2J", ("Истекает",), ("Новый",), None)


def answers_to(token: TokenHere, prompt: Script) -> list[OfferAnswer]:
    heard: list[OfferAnswer] = []
    errand: Errand = token  # type: ignore[assignment]  # what is asked of it, it has
    conversation = Conversation(prompt, RU, lambda _errand, answer: heard.append(answer))
    conversation.start()
    conversation.offer(errand, OFFER)
    conversation.offer(errand, OFFER)
    eventually(lambda: not conversation.asking("task"), "the question is answered")
    conversation.stop()
    return heard


@pytest.mark.parametrize(
    ("choice", "answer"),
    [(1, TaskAnswer.POSTPONED), (2, TaskAnswer.POSTPONED), (3, TaskAnswer.POSTPONED), (4, TaskAnswer.DECLINED)],
)
def test_whoever_does_not_want_it_now_is_asked_for_no_pin(choice: int, answer: TaskAnswer, token: TokenHere) -> None:
    prompt = Script(choices=[choice], pins=["1234"])
    (heard,) = answers_to(token, prompt)
    assert heard.answer is answer
    assert (heard.until is not None) == (answer is TaskAnswer.POSTPONED)
    assert prompt.pins == ["1234"]


def test_it_is_accepted_with_a_pin_the_token_took(token: TokenHere) -> None:
    assert [one.answer for one in answers_to(token, Script(choices=[0], pins=["1234"]))] == [TaskAnswer.ACCEPTED]
    assert [one.answer for one in answers_to(token, Script(choices=[0]))] == [TaskAnswer.POSTPONED]


def test_a_question_can_be_taken_back(token: TokenHere) -> None:
    heard: list[OfferAnswer] = []
    prompt = Script(waits=True)
    errand: Errand = token  # type: ignore[assignment]  # what is asked of it, it has
    conversation = Conversation(prompt, RU, lambda _errand, answer: heard.append(answer))
    conversation.start()
    conversation.offer(errand, OFFER)
    eventually(lambda: prompt.said, "it is asked")
    conversation.drop("task")
    conversation.stop()
    assert prompt.withdrawn.is_set()
    assert heard == []


def test_an_offer_says_everything_and_steers_no_terminal() -> None:
    text = worded(OFFER, RU)
    for words in ("Рутокен", "00a1", "Петров", "срочно", "Истекает", "Новый"):
        assert words in text
    assert "\x1b" not in text


def test_tomorrow_is_a_morning() -> None:
    now = datetime(2026, 3, 1, 23, 30).astimezone()
    assert (until_of("offer_tomorrow", now).day, until_of("offer_tomorrow", now).hour) == (2, 9)
    assert until_of("offer_hour", now) - now == timedelta(hours=1)
    assert until_of("offer_ten_minutes", now) - now == timedelta(minutes=10)


def test_a_screen_that_is_not_there_answers_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert isinstance(prompt_of(PromptKind.NONE, RU), NobodyPrompt)
    window = prompt_of(PromptKind.WINDOW, RU)
    assert window.choose("?", ["1", "2"]) is None
    assert window.secret("?") is None
    window.close()
