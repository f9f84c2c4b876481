"""Nothing keeps the program from another system: it is imported as on Windows, and names nothing only Unix has."""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.support.source_tree import ROOT

#: What only Unix has: modules, and names in modules every system has.
MODULES = ("fcntl", "resource", "pwd", "grp", "termios", "tty", "pty", "syslog", "posix", "readline", "crypt")
NAMES = {
    "os": {
        *(
            "fork",
            "forkpty",
            "getuid",
            "geteuid",
            "getgid",
            "getegid",
            "setuid",
            "setgid",
            "setsid",
            "killpg",
            "getpgid",
        ),
        *("fchmod", "fchown", "chown", "mkfifo", "memfd_create", "pipe2", "wait", "wait3", "wait4", "WNOHANG", "uname"),
        *("O_CLOEXEC", "O_DIRECTORY", "O_NOFOLLOW", "O_NONBLOCK", "O_SYNC", "sched_getaffinity", "statvfs", "sysconf"),
    },
    "signal": {
        "SIGKILL",
        "SIGHUP",
        "SIGUSR1",
        "SIGUSR2",
        "SIGCHLD",
        "SIGALRM",
        "alarm",
        "setitimer",
        "pthread_sigmask",
    },
    "socket": {"AF_UNIX", "socketpair", "SO_REUSEPORT", "SO_PEERCRED"},
}
#: Everything is imported once as it is here; then what is ours is imported again, as it would be there.
IMPORTED = """
import importlib, json, pkgutil, sys, types
import agent
names = [one.name for one in pkgutil.walk_packages(agent.__path__, "agent.")]
names = [name for name in names if not name.startswith("agent.packaging") and not name.endswith("__main__")]
for name in names:
    importlib.import_module(name)
ours = sorted(name for name in sys.modules if name.partition(".")[0] in ("agent", "portal"))
for name in ours:
    del sys.modules[name]
for name in MODULES:
    sys.modules[name] = None
sys.modules["msvcrt"] = types.ModuleType("msvcrt")
sys.platform = "win32"
for name in ours:
    importlib.import_module(name)
print(json.dumps({name: sys.modules[name].__file__ for name in ours}))
"""


@cache
def reached() -> dict[str, str]:
    """The modules of ours the program brings along, and their files; imported as on Windows."""
    code = IMPORTED.replace("MODULES", repr(MODULES))
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, str] = json.loads(done.stdout)
    return found


def test_it_is_imported_where_unix_is_not() -> None:
    assert {"agent.command", "agent.cage_child", "portal.connectors.token.store_lock"} <= reached().keys()


def test_it_names_nothing_only_unix_has() -> None:
    found = [f"{name}: {said}" for name, file in reached().items() for said in unix_names(Path(file))]
    assert found == []


def unix_names(file: Path) -> Iterator[str]:
    """What a file names of Unix where it does not ask for the system first."""
    for node in unasked(ast.parse(file.read_text())):
        match node:
            case ast.Attribute(value=ast.Name(id=module), attr=name) if name in NAMES.get(module, ()):
                yield f"{module}.{name}"
            case ast.ImportFrom(module=str(module), names=names):
                yield from (f"{module}.{one.name}" for one in names if one.name in NAMES.get(module, ()))
                yield from (module for _ in names if module in MODULES)
            case ast.Import(names=names):
                yield from (one.name for one in names if one.name in MODULES)


def unasked(node: ast.AST) -> Iterator[ast.AST]:
    """Every part but those under a question for the system."""
    yield node
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.If) and "sys.platform" in ast.unparse(child.test)):
            yield from unasked(child)


def test_the_search_finds_what_it_looks_for(tmp_path: Path) -> None:
    file = tmp_path / "one.py"
    file.write_text(
        "import os, fcntl\nfrom signal import SIGKILL\nif sys.platform == 'x':\n    os.fork()\nos.getuid()\n"
    )
    assert sorted(unix_names(file)) == ["fcntl", "os.getuid", "signal.SIGKILL"]


LOCKED = """
import os, sys, types
held = set()
def locking(handle, mode, size):
    key = os.fstat(handle).st_ino, os.lseek(handle, 0, os.SEEK_CUR)
    if mode == 2 and key in held:
        raise OSError("somebody has it")
    (held.add if mode == 2 else held.remove)(key)
fake = types.ModuleType("msvcrt")
fake.locking, fake.LK_NBLCK, fake.LK_UNLCK = locking, 2, 0
sys.modules["msvcrt"], sys.modules["fcntl"] = fake, None
os.O_BINARY, os.O_NOINHERIT = 0, os.O_CLOEXEC
sys.platform = "win32"
from pathlib import Path
from portal.connectors.token.store_lock import StoreLock
conf = Path(sys.argv[1])
writer, other = StoreLock(conf), StoreLock(conf)
with writer.writing():
    with other.alone_within(0.01) as alone:
        assert not alone
    with writer.alone(), other.alone_within(0.01) as alone:
        assert not alone
    with other.alone_within(0.01) as alone:
        assert not alone, "the writer holds it again"
with other.alone_within(0.01) as alone:
    assert alone
assert not held
"""


def test_soft_tokens_are_locked_with_what_windows_has(tmp_path: Path) -> None:
    conf = tmp_path / "softhsm2.conf"
    conf.touch()
    command = [sys.executable, "-c", LOCKED, str(conf)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
