"""What the commands share: settings, words, and troubles said in them."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import click

from agent.client import RefusalError, UnreachableError
from agent.enrolling import NoPromiseError, NotOursError
from agent.files import UnsafeFolderError
from agent.settings import Settings, SettingsError, load
from agent.state import State
from agent.words import Words


class Out(click.ClickException):
    """The command ends here, with words and an exit code."""

    def __init__(self, words: str, code: int = 1) -> None:
        super().__init__(words)
        self.code = code

    @property
    def exit_code(self) -> int:  # type: ignore[override]  # click looks for it on the object
        return self.code

    def show(self, _file: object = None) -> None:
        if self.message:
            click.echo(self.message, err=True)


@dataclass(frozen=True, slots=True)
class Session:
    """One call of the command."""

    settings: Settings
    words: Words

    def state(self) -> State:
        try:
            return State(self.settings.state_dir)
        except UnsafeFolderError as unsafe:
            raise Out(self.words("unsafe_folder", path=unsafe.path)) from None

    @staticmethod
    def rest(seconds: float) -> None:
        time.sleep(seconds)


def session_of(flags: Mapping[str, object]) -> Session:
    """The settings in force, or why they are none."""
    try:
        settings = load(flags)
    except SettingsError as problem:
        raise Out(str(problem), 2) from None
    return Session(settings, Words(settings.language))


@contextmanager
def told(words: Words) -> Iterator[None]:
    """Everything that may go wrong on the way in, in words."""
    try:
        yield
    except NotOursError:
        raise Out(words("not_ours")) from None
    except NoPromiseError:
        raise Out(words("no_promise")) from None
    except ValueError as problem:
        raise Out(words("bad_code", problem=problem)) from None
    except UnreachableError as problem:
        raise Out(words("untrusted" if problem.untrusted else "unreachable", detail=problem)) from None
    except RefusalError as refusal:
        raise Out(words("refused", words=refusal)) from None
