"""One set of GOST identities and one signing process for the tests of the wire."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.connectors.smev.signers.sidecar import SidecarSigner
from tests.support.gost import GostPeople, gost_people, sign_service
from tests.support.smev_shared import needed_smev


@pytest.fixture(scope="session")
def people(tmp_path_factory: pytest.TempPathFactory) -> GostPeople:
    return gost_people(tmp_path_factory.mktemp("gost"))


@pytest.fixture(scope="session")
def signer(people: GostPeople) -> Iterator[SidecarSigner]:
    """Signs as the portal; trusts whom the authority vouches for."""
    with sign_service(people.folder / "p", people.portal, "--trust", str(people.authority.certificate)) as client:
        yield client


@pytest.fixture(scope="session")
def smev_signer(people: GostPeople) -> Iterator[SidecarSigner]:
    """Signs as СМЭВ would."""
    with sign_service(people.folder / "s", people.smev) as client:
        yield client


@pytest.fixture(scope="session")
def official() -> Path:
    """The official schemas and the recorded answers."""
    return needed_smev()
