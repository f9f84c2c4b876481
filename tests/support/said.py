"""The command line with what it is given and what it says in files: ``python -m tests.support.said FOLDER ARGUMENTS``.

So it can begin in the nursery of a running product, which has loaded what it needs.
"""

import os
import runpy
import sys
from pathlib import Path
from subprocess import CompletedProcess
from typing import Final

from portal.supervisor.nursed import Nursery

PROGRAM: Final = "portal.cli.main"
_FILES: Final = (("given", os.O_RDONLY), ("said", os.O_WRONLY | os.O_CREAT), ("complained", os.O_WRONLY | os.O_CREAT))


def said(
    nursery: Nursery, folder: Path, arguments: tuple[str, ...], *, given: str, env: dict[str, str], seconds: float
) -> CompletedProcess[str]:
    """What the command line says to this, begun in the nursery; the folder is its own."""
    (folder / "given").write_text(given)
    command = [sys.executable, "-m", __name__, str(folder), *arguments]
    nursed = nursery.begin(command, env, folder / "log")
    assert nursed is not None, "the nursery is open"
    try:
        code = nursed.wait(seconds)
    finally:
        nursed.kill()
    spoken = [(folder / name).read_text() if (folder / name).exists() else "" for name in ("said", "complained")]
    assert not (log := (folder / "log").read_text()), log
    return CompletedProcess(command, code, *spoken)


def _main(folder: Path, arguments: list[str]) -> None:
    for number, (name, how) in enumerate(_FILES):
        opened = os.open(folder / name, how, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    sys.argv = [PROGRAM, *arguments]
    runpy.run_module(PROGRAM, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _main(Path(sys.argv[1]), sys.argv[2:])
