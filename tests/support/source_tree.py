"""The project's own source as data, for tests of the house rules."""

import ast
import subprocess
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
EXCEPTIONS: Final = ROOT / "tests/architecture/exceptions.toml"

Callable_ = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Function:
    """One function or method of the project."""

    path: str
    name: str
    node: Callable_

    @property
    def key(self) -> str:
        return f"{self.path}::{self.name}"

    @property
    def public(self) -> bool:
        return not any(part.startswith("_") for part in self.name.split("."))

    @property
    def lines(self) -> int:
        """Its length with the signature, without docstring and decorators."""
        whole = (self.node.end_lineno or 0) - self.node.lineno + 1
        first = self.node.body[0]
        documented = ast.get_docstring(self.node, clean=False) is not None
        return whole - ((first.end_lineno or 0) - first.lineno + 1 if documented else 0)

    @property
    def parameters(self) -> list[str]:
        """The names a caller fills, receiver left out."""
        spec = self.node.args
        names = [argument.arg for argument in (*spec.posonlyargs, *spec.args, *spec.kwonlyargs)]
        return names[1:] if names[:1] in (["self"], ["cls"]) else names

    @property
    def positional(self) -> int:
        """How many parameters a caller may fill without naming them."""
        return len(self.parameters) - len(self.node.args.kwonlyargs)


@dataclass(frozen=True, slots=True)
class Module:
    """One Python file of the project."""

    path: str
    text: str

    @property
    def tree(self) -> ast.Module:
        return _parse(self.path, self.text)

    @property
    def lines(self) -> int:
        return self.text.count("\n")

    def imported(self) -> frozenset[str]:
        """The names of all modules it imports, wherever in the file."""
        return _imported(self)

    def functions(self) -> Iterator[Function]:
        """Its functions and methods; what is nested in a function belongs to that function."""
        yield from _functions(self.path, self.tree, "")


@cache
def _imported(module: Module) -> frozenset[str]:
    names: set[str] = set()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
    return frozenset(names)


def modules(*places: str) -> list[Module]:
    """The Python files under these folders of the project."""
    paths = sorted(path for place in places for path in (ROOT / place).rglob("*.py"))
    return [Module(str(path.relative_to(ROOT)), path.read_text()) for path in paths]


def functions(*places: str) -> list[Function]:
    return [function for module in modules(*places) for function in module.functions()]


def templates() -> list[Path]:
    return sorted(path for path in (ROOT / "portal/templates").rglob("*") if path.suffix in {".html", ".txt"})


@cache
def tracked_files() -> tuple[Path, ...]:
    """Every file that belongs to the project: committed, or about to be."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, timeout=180).stdout
    paths = (ROOT / name.decode() for name in listed.split(b"\0") if name)
    return tuple(path for path in paths if path.is_file() and not path.is_symlink())


def exceptions(rule: str) -> dict[str, str]:
    """What is excused from a rule, each with its reason."""
    excused: dict[str, dict[str, str]] = tomllib.loads(EXCEPTIONS.read_text())
    return excused.get(rule, {})


def judge(rule: str, offenders: Mapping[str, int]) -> None:
    """Fail on every offender that is not excused, and on every excuse nobody needs."""
    excused = exceptions(rule)
    broken = {key: found for key, found in offenders.items() if key not in excused}
    assert not broken, f"{rule}: mend these, or write the reason in {EXCEPTIONS.name}: {broken}"
    stale = sorted(excused.keys() - set(offenders))
    assert not stale, f"{rule}: no longer in need of an exception: {stale}"


@cache
def _parse(path: str, text: str) -> ast.Module:
    return ast.parse(text, path)


def _functions(path: str, parent: ast.Module | ast.ClassDef, prefix: str) -> Iterator[Function]:
    for node in parent.body:
        if isinstance(node, Callable_):
            yield Function(path, prefix + node.name, node)
        elif isinstance(node, ast.ClassDef):
            yield from _functions(path, node, f"{prefix}{node.name}.")
