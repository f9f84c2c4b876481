"""What an authority can be asked for, as its kind and its settings tell without asking it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum, unique

from portal.domain.connector_kinds import ConnectorKind


@unique
class Holding(StrEnum):
    """Whether a certificate can be out of use for a while."""

    BOTH_WAYS = "both_ways"
    NEVER = "never"


@unique
class Revoking(StrEnum):
    """Who revokes, and how the portal knows."""

    PORTAL = "portal"
    LISTED = "listed"  # its people do, its list says so
    UNSEEN = "unseen"  # its people do, and nothing tells


@unique
class Finding(StrEnum):
    """How an order is found again whose answer was lost."""

    KEY = "key"
    TRANSACTION = "transaction"
    PERHAPS = "perhaps"  # by its transaction, where the server still knows it
    NAME = "name"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Abilities:
    """What it can do."""

    holding: Holding
    revoking: Revoking
    finding: Finding


def abilities(kind: ConnectorKind, values: Mapping[str, str]) -> Abilities | None:
    """Of an authority with these settings; None for what issues nothing."""
    holding = Holding.BOTH_WAYS if values.get("holds") else Holding.NEVER
    listed = Revoking.LISTED if values.get("revocations") else Revoking.UNSEEN
    match kind:
        case ConnectorKind.CA_CMP:
            finding = Finding.TRANSACTION if values.get("remembers") else Finding.PERHAPS
            return Abilities(holding, Revoking.PORTAL, finding)
        case ConnectorKind.CA_DJANGO:
            return Abilities(Holding.NEVER, Revoking.PORTAL, Finding.KEY)
        case ConnectorKind.CA_EST:
            return Abilities(Holding.NEVER, listed, Finding.PERSON)
        case ConnectorKind.CA_FILES:
            return Abilities(holding, Revoking.LISTED, Finding.NAME)
        case _:
            return None
