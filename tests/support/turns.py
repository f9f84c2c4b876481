"""Which process of a test run takes which tests: a world that is dear to start is one process's, and comes first."""

from collections.abc import Iterable
from typing import Final

from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

#: What goes to one process as a whole: products that run with everything, and what needs none of them beside them.
WORLDS: Final = (
    "tests/e2e/triggers/",
    "tests/acceptance/",
    "tests/e2e/test_accessibility.py",
    "tests/e2e/",
    "tests/e2e/identity/",
    "tests/e2e/agent/",
    "tests/e2e/test_demo.py",
    "tests/e2e/test_page_scripts.py",
    "tests/connectors/directory/",
    "tests/sign_in/",
    "tests/authorities/",
)
#: Files that take long come next: what is begun last shall be over soon.
LONG: Final = (
    *("tests/crash/", "tests/chaos/", "tests/services/agent_tasks/", "tests/connectors/token/", "tests/agent/"),
    *("tests/seed/", "tests/bench/", "tests/jobs/"),
)
ORDER: Final = (*WORLDS, *LONG)
#: Of so many processes and more, one leaves the worlds to the others.
ENOUGH: Final = 3


class Turns(LoadScopeScheduling):  # type: ignore[misc]
    """World by world, then file by file, in the order of the collection.

    A world waits for half of its time: one process of several takes what never waits, as long as there is any.
    """

    def _split_scope(self, nodeid: str) -> str:
        return share(nodeid)

    def _assign_work_unit(self, node: object) -> None:
        nodes = self.nodes
        if len(nodes) >= ENOUGH and node is nodes[-1]:
            self.workqueue.move_to_end(first_that_never_waits(self.workqueue), last=False)
        super()._assign_work_unit(node)


def share(nodeid: str) -> str:
    """What one process takes as a whole: the world of a test, else its file."""
    return _narrowest(nodeid, WORLDS) or nodeid.partition("::")[0]


def first_that_never_waits(shares: Iterable[str]) -> str:
    """The first of these that is no world; where all are worlds, the first of them."""
    known = list(shares)
    return next((one for one in known if one not in WORLDS), known[0])


def turn(nodeid: str) -> int:
    """When a test comes: worlds, long files, the rest."""
    place = _narrowest(nodeid, ORDER)
    return ORDER.index(place) if place else len(ORDER)


def _narrowest(nodeid: str, places: tuple[str, ...]) -> str:
    return max((place for place in places if nodeid.startswith(place)), key=len, default="")
