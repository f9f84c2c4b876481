"""The two programs of Windows: called without a shell, bounded in time and in what they may say."""

import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

MOST: Final = 4 << 20
#: What consoles of Windows write to a pipe.
_LETTERS: Final = "oem" if sys.platform == "win32" else "utf-8"


class ProgramError(Exception):
    """A program did not do what it was called for; says which and why."""


@dataclass(frozen=True, slots=True)
class Said:
    """How a program ended and what it said."""

    code: int
    text: str


#: The command and its arguments; raises ProgramError when it cannot be run or does not end.
Run = Callable[[Sequence[str]], Said]


def runner(limit: float) -> Run:
    """Run programs for at most so many seconds each."""

    def run(command: Sequence[str]) -> Said:
        with tempfile.TemporaryFile() as said:
            try:
                ended = subprocess.run(  # noqa: S603 - words of ours and of the settings, no shell
                    list(command),
                    stdin=subprocess.DEVNULL,
                    stdout=said,
                    stderr=subprocess.STDOUT,
                    timeout=limit,
                    check=False,
                )
            except (OSError, subprocess.TimeoutExpired) as error:
                raise ProgramError(f"{command[0]}: {error}") from error
            said.seek(0)
            text = said.read(MOST + 1)
        if len(text) > MOST:
            raise ProgramError(f"{command[0]}: says more than {MOST} bytes")
        return Said(ended.returncode, text.decode(_LETTERS, errors="replace"))

    return run
