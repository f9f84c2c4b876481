"""C modules for tests, compiled once for a whole test run."""

import fcntl
import subprocess
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from tests.support.processes import RigError, find_program


@dataclass(frozen=True, slots=True)
class Compiler:
    """Turns one C file into one shared module; the same source is compiled once."""

    folder: Path

    def module(self, source: Path, *packages: str) -> Path:
        """Compile against these pkg-config packages and answer the module's path."""
        built = self.folder / f"{source.stem}-{sha256(source.read_bytes()).hexdigest()[:12]}.so"
        with built.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not built.exists():
                _compile(source, built, packages)
        return built


def _compile(source: Path, built: Path, packages: tuple[str, ...]) -> None:
    flags = _run([str(find_program("pkg-config")), "--cflags", *packages]).split() if packages else []
    draft = built.with_suffix(".draft")
    options = ["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-pthread"]
    _run([str(find_program("gcc", "cc")), *options, *flags, str(source), "-o", str(draft), "-ldl"])
    draft.rename(built)


def _run(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
    if done.returncode:
        raise RigError(f"{' '.join(command)}:\n{done.stderr}")
    return done.stdout
