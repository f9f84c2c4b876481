"""The program without a person, killed at a boundary: `python killed.py STATE MODULE BOUNDARY`; "never" for no kill."""

import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from agent.boundaries import Boundary
from agent.runner import Runner, Tools
from agent.settings import Language, PromptKind, Settings
from agent.state import State
from agent.words import Words
from portal.ports.token import Pin


class Willing:
    """Implements Prompt: somebody who says yes and knows his PIN."""

    asks = True

    def choose(self, _text: str, _options: Sequence[str]) -> int | None:
        return 0

    def secret(self, _text: str) -> Pin | None:
        return Pin("1234")

    def tell(self, _text: str) -> None:
        """He is not curious."""

    def withdraw(self) -> None:
        """Nothing is open for long."""

    def close(self) -> None:
        """Nothing is open for long."""


def main(folder: str, module: str, boundary: str) -> None:
    def killed(here: Boundary, _list: str, _seq: int) -> None:
        if here == boundary:
            os.kill(os.getpid(), signal.SIGKILL)

    state = State(Path(folder))
    enrolment = state.enrolment()
    assert enrolment is not None
    settings = Settings(state.folder, (module,), PromptKind.NONE, Language.RU)
    runner = Runner(Tools(settings, state, enrolment, Willing(), Words(Language.RU), killed))
    signal.signal(signal.SIGTERM, lambda _number, _frame: runner.stop())
    runner.run()


if __name__ == "__main__":  # every spawned child reads this file again
    main(*sys.argv[1:])
