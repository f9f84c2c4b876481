"""The program with somebody who says yes and knows his PIN; at every place it passes it asks a test what to do.

``python program.py STATE MODULE SOCKET``
"""

import os
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from agent.boundaries import Boundary
from agent.runner import Runner, Tools
from agent.settings import Language, PromptKind, Settings
from agent.state import State
from agent.words import Words
from portal.ports.token import Pin
from tests.support.tokens import PIN

#: What a test answers.
GO_ON: Final = b"+"
DIE: Final = b"-"
#: The place between the person's yes and the portal's hearing of it.
ACCEPTED: Final = "accepted"


class Willing:
    """Implements Prompt: somebody who says yes and knows his PIN."""

    asks = True

    def __init__(self, working: str, asker: "Asker") -> None:
        self._working = working
        self._asker = asker

    def choose(self, _text: str, _options: Sequence[str]) -> int | None:
        return 0

    def secret(self, _text: str) -> Pin | None:
        return Pin(PIN)

    def tell(self, text: str) -> None:
        print(text, flush=True)  # noqa: T201  for whoever looks for a fault
        if text.startswith(self._working):
            self._asker(ACCEPTED, "", 0)

    def withdraw(self) -> None:
        """Nothing is open for long."""

    def close(self) -> None:
        """Nothing is open for long."""


class Asker:
    """Tells the test where the program is, and waits for its word; a test that is over says nothing."""

    def __init__(self, place: str) -> None:
        self._place = place

    def __call__(self, boundary: Boundary | str, name: str, _seq: int) -> None:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(self._place)
            connection.sendall(f"{boundary} {name}\n".encode())
            if connection.recv(1) == DIE:
                os.kill(os.getpid(), signal.SIGKILL)


def main(folder: str, module: str, place: str) -> None:
    state, words = State(Path(folder)), Words(Language.RU)
    enrolment = state.enrolment()
    assert enrolment is not None
    asker = Asker(place)
    person = Willing(words("working", device="").partition("«")[0], asker)
    settings = Settings(state.folder, (module,), PromptKind.NONE, Language.RU, look_every=0.3)
    runner = Runner(Tools(settings, state, enrolment, person, words, asker))
    signal.signal(signal.SIGTERM, lambda _number, _frame: runner.stop())
    runner.run()


if __name__ == "__main__":  # every spawned child reads this file again
    main(*sys.argv[1:])
