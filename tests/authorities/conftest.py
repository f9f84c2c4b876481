"""One portal and every counterpart, for all tests here."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.authorities.counterparts import COUNTERPARTS, Counterpart
from tests.authorities.messenger import messenger
from tests.authorities.windows import windows
from tests.authorities.world import World, a_world
from tests.support.servers import Valkey
from tests.support.tokens import softhsm

ALL = {**COUNTERPARTS, "cmp": messenger, "microsoft": windows}


@pytest.fixture(scope="package")
def everything(
    tmp_path_factory: pytest.TempPathFactory, run_folder: Path, valkey_server: Valkey, empty_file: Path
) -> Iterator[tuple[World, dict[str, Counterpart]]]:
    folder = tmp_path_factory.mktemp("portal")
    shutil.copy(empty_file, folder / "klyuchnik.db")
    with softhsm() as hsm, ExitStack() as stack:
        world = a_world(folder, valkey_server, hsm)
        stack.callback(world.portal.database.close)
        found = {}
        for name, made in ALL.items():
            place = tmp_path_factory.mktemp(name)
            shutil.copy(empty_file, place / "empty.db")
            found[name] = stack.enter_context(made(place, run_folder))
            world.connect(found[name].values(), name)
        yield world, found


@pytest.fixture
def world(everything: tuple[World, dict[str, Counterpart]]) -> World:
    return everything[0]


@pytest.fixture(params=ALL)
def there(request: pytest.FixtureRequest, everything: tuple[World, dict[str, Counterpart]]) -> Counterpart:
    """Each counterpart."""
    found: Counterpart = everything[1][request.param]
    return found


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """What the connector to it is called."""
    return str(request.node.callspec.params["there"])
