"""One piece of work with a token in a process of its own: bounded in time, and free to crash."""

from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import ParamSpec, TypeVar, cast

Given = ParamSpec("Given")
Answer = TypeVar("Answer")


class ChildError(Exception):
    """The child did not answer; ``hung`` tells a child that was stopped from one that died by itself."""

    def __init__(self, message: str, *, hung: bool = False) -> None:
        super().__init__(message)
        self.hung = hung


def run_in_child(
    function: Callable[Given, Answer], seconds: float, *args: Given.args, **kwargs: Given.kwargs
) -> Answer:
    """Call a module-level function in a spawned process and answer its value; raises ChildError.

    Arguments and the value travel through a pipe between the two processes and are shown nowhere: a PIN may be one.
    """
    context = get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_answer, args=(there, function, args, kwargs), daemon=True)
    process.start()
    there.close()
    try:
        return cast("Answer", _received(here, seconds))  # the pipe does not know what it carries
    finally:
        process.kill()
        process.join()
        process.close()
        here.close()


def _received(pipe: Connection, seconds: float) -> object:
    if not pipe.poll(seconds):
        raise ChildError(f"the child gave no answer in {seconds:g} s", hung=True)
    try:
        answered, value = pipe.recv()
    except EOFError:
        raise ChildError("the child died") from None
    if not answered:
        raise ChildError(f"the child failed: {value}")
    return cast("object", value)


def _answer(
    pipe: Connection, function: Callable[..., object], args: tuple[object, ...], kwargs: dict[str, object]
) -> None:
    try:
        value = (True, function(*args, **kwargs))
    except Exception as error:  # noqa: BLE001 - told by its kind; its text may quote an argument
        value = (False, type(error).__name__)
    pipe.send(value)
