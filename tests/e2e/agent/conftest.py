"""One product for all workstations of a process."""

import shutil
from collections.abc import Iterator

import pytest

from portal.bootstrap import build
from tests.acceptance.installation import Variation, prepare, running
from tests.e2e.agent.world import World
from tests.support.faults import SOURCE
from tests.support.native import Compiler
from tests.support.ports import free_port
from tests.support.processes import temporary_folder
from tests.support.wire import wired


@pytest.fixture(scope="package")
def world(compiler: Compiler) -> Iterator[World]:
    """Everything real: web, front, worker, sweeper, queue, authority; between front and web somebody listens."""
    folder = temporary_folder("kly-ws-")
    web = free_port()
    try:
        prepare(folder / "origin", "tests.e2e.agent.seed")
        with wired(web) as overheard:
            variation = Variation(agents=True, port=web, front_to=overheard.port)
            with running(folder / "origin", folder / "data", variation) as made:
                portal = build(made.settings)
                with portal.database:
                    yield World(made, portal, compiler.module(SOURCE, "p11-kit-1"), overheard)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
