"""A test's side of the program that asks at every place it passes what shall become of it."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

from tests.e2e.agent.program import DIE, GO_ON

#: A place and the list there; whether the program dies here.
Decision = Callable[[str, str], bool]


class Overseer:
    """Answers in a thread of its own; what goes wrong there is told to the test by ``check``."""

    def __init__(self, place: Path, decide: Decision) -> None:
        self.place = place
        self._decide = decide
        self._wrong: Exception | None = None
        self._door = socket.socket(socket.AF_UNIX)
        self._door.bind(str(place))
        self._door.listen(64)
        self._thread = Thread(target=self._listen, daemon=True)
        self._thread.start()

    def check(self) -> bool:
        """Raises what went wrong, if anything did."""
        if self._wrong is not None:
            raise self._wrong
        return True

    def close(self) -> None:
        """Nobody is answered any more."""
        with socket.socket(socket.AF_UNIX) as last:
            last.connect(str(self.place))
            last.sendall(b"\n")
            self._thread.join()
        self._door.close()

    def _listen(self) -> None:
        while True:
            asking, _ = self._door.accept()
            with asking:
                said = asking.makefile().readline().split()
                if not said:
                    return
                asking.sendall(DIE if self._dies(said[0], "".join(said[1:])) else GO_ON)

    def _dies(self, place: str, name: str) -> bool:
        try:
            return self._wrong is None and self._decide(place, name)
        except Exception as problem:  # noqa: BLE001 - raised by check
            self._wrong = problem
            return False


@contextmanager
def overseen(place: Path, decide: Decision) -> Iterator[Overseer]:
    """Somebody to ask, while it lasts."""
    overseer = Overseer(place, decide)
    try:
        yield overseer
    finally:
        overseer.close()
