"""A page of a policy calls nobody: it shows what authorities outside told a worker, and since when."""

from collections.abc import Callable

from portal.bootstrap import Portal
from portal.db.queries.policy_drafts import DraftRow
from portal.services.connected_authorities import ConnectedAuthorities
from tests.support.connectors import a_draft
from tests.web.policies.conftest import OFFERED, Issuer, Issuers
from tests.web.visits import Visit


def test_nothing_is_known_yet_and_then_what_was_told(
    admin: Visit, portal: Portal, draft: Callable[[], DraftRow]
) -> None:
    parts = (portal.database, portal.vault, portal.connector_watch, lambda _values: Issuer())
    portal.__dict__.pop("policy_offers", None)  # made of the others for the draft
    portal.__dict__["authorities"] = ConnectedAuthorities(Issuers(), ("main",), *parts)  # type: ignore[arg-type]
    number = portal.connectors.add(a_draft(), actor="admin")
    address = f"/admin/policies/drafts/{draft().id}/templates/new"
    before = admin.page(address).text
    assert "Пока неизвестно, что выпускают эти УЦ: enterprise" in before
    assert "enterprise: " not in before.split("<select")[1]
    assert portal.told_templates.order() == 0, "the page has ordered it"
    assert portal.told_templates.ask(number) is True
    after = admin.page(address).text
    assert "Пока неизвестно" not in after
    assert "Что выпускают внешние УЦ — по их ответам: enterprise —" in " ".join(after.split())
    assert f"enterprise: {OFFERED[0].name}" in after
