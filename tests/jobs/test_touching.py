"""What a work-horse touches before there is work."""

import sys

import jobs.worker  # noqa: F401 - loads what a work-horse inherits
from jobs.touching import PACKAGES, touch


def test_each_name_is_of_something_a_worker_has_loaded() -> None:
    assert [name for name in PACKAGES if not any(loaded.startswith(name) for loaded in sys.modules)] == []


def test_touching_changes_nothing() -> None:
    before = {name: set(vars(module)) for name, module in sys.modules.items() if name.startswith(PACKAGES)}
    touch()
    assert {name: set(vars(sys.modules[name])) for name in before} == before
