"""A draft that is being edited."""

from collections.abc import Callable

import pytest

from portal.bootstrap import Portal
from portal.db.queries.policy_drafts import DraftRow, draft_row
from portal.domain.ids import PolicyId
from portal.domain.policy_offers import OfferedTemplate
from tests.web.world import MAIL, SIGNATURE, VPN

OFFERED = tuple(
    OfferedTemplate(one.key.ca_template, one.key.purpose, one.renewal_window * 12) for one in (SIGNATURE, VPN, MAIL)
)


class Issuer:
    """An authority that issues what the policies here name."""

    def offered_templates(self) -> tuple[OfferedTemplate, ...]:
        return OFFERED


class Issuers:
    """The only authority there is."""

    def get(self, name: str) -> Issuer | None:
        return Issuer() if name == "main" else None

    def names(self) -> tuple[str, ...]:
        return ("main",)


@pytest.fixture
def portal(portal: Portal) -> Portal:
    portal.__dict__["authorities"] = Issuers()
    return portal


@pytest.fixture
def draft(portal: Portal) -> Callable[[], DraftRow]:
    """The open draft of the only policy, as it is now."""
    number = portal.policy_drafts.open(PolicyId(1), actor="anna")

    def now() -> DraftRow:
        with portal.database.read() as connection:
            return draft_row(connection, number)

    return now
