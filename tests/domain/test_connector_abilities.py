"""What an authority can be asked for is told by its kind and its settings."""

import pytest

from portal.domain.connector_abilities import Abilities, Finding, Holding, Revoking, abilities
from portal.domain.connector_kinds import AUTHORITIES, ConnectorKind

CMP, DJANGO, EST, FILES = (
    ConnectorKind.CA_CMP, ConnectorKind.CA_DJANGO, ConnectorKind.CA_EST, ConnectorKind.CA_FILES,
)  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "values", "expected"),
    [
        (CMP, {"remembers": "y", "holds": "y"}, (Holding.BOTH_WAYS, Revoking.PORTAL, Finding.TRANSACTION)),
        (CMP, {}, (Holding.NEVER, Revoking.PORTAL, Finding.PERHAPS)),
        (DJANGO, {}, (Holding.NEVER, Revoking.PORTAL, Finding.KEY)),
        (EST, {"revocations": "http://ca.example/crl"}, (Holding.NEVER, Revoking.LISTED, Finding.PERSON)),
        (EST, {}, (Holding.NEVER, Revoking.UNSEEN, Finding.PERSON)),
        (FILES, {"holds": "y"}, (Holding.BOTH_WAYS, Revoking.LISTED, Finding.NAME)),
    ],
)
def test_what_each_can_do(
    kind: ConnectorKind, values: dict[str, str], expected: tuple[Holding, Revoking, Finding]
) -> None:
    assert abilities(kind, values) == Abilities(*expected)


def test_every_authority_is_told_of_and_nothing_else() -> None:
    assert {kind for kind in ConnectorKind if abilities(kind, {})} == AUTHORITIES
