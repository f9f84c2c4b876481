"""Which process of a test run takes which tests: a world that is dear to start is one process's, and comes first."""

from typing import Final

from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

#: Products that run with everything, the one whose tests take longest first; the tests of each share one.
WORLDS: Final = ("tests/e2e/triggers/", "tests/e2e/identity/", "tests/acceptance/", "tests/e2e/")
#: Files that take long come next: what is begun last shall be over soon.
LONG: Final = ("tests/crash/", "tests/chaos/", "tests/connectors/token/", "tests/seed/", "tests/bench/", "tests/jobs/")


class Turns(LoadScopeScheduling):  # type: ignore[misc]
    """World by world, then file by file, in the order of the collection."""

    def _split_scope(self, nodeid: str) -> str:
        return share(nodeid)


def share(nodeid: str) -> str:
    """What one process takes as a whole: the world of a test, else its file."""
    return next((world for world in WORLDS if nodeid.startswith(world)), nodeid.partition("::")[0])


def turn(nodeid: str) -> int:
    """When a test comes: worlds, long files, the rest."""
    places = (*WORLDS, *LONG)
    return next((place for place, start in enumerate(places) if nodeid.startswith(start)), len(places))
