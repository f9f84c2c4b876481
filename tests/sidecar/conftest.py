"""Who signs and who is trusted, made once."""

import pytest

from tests.support.gost import (
    GostPeople,
    gost_people,
)


@pytest.fixture(scope="session")
def people(tmp_path_factory: pytest.TempPathFactory) -> GostPeople:
    return gost_people(tmp_path_factory.mktemp("gost"))
