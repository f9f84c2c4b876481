"""A policy being edited through its forms."""

from collections.abc import Callable

from portal.db.queries.policy_drafts import DraftRow
from tests.web.visits import Visit

DRAFT = "/admin/policies/drafts/1"
SECTIONS = ("general", "tracking", "registers", "self_service", "devices", "notifications", "commons", "templates")
TEMPLATE = {
    "name": "Подпись",
    "ca_template": "main|signature|sign",
    "algorithm": "p256",
    "optional": "no",
    "renewal_days": "45",
    "subject_field": ["CN", "OU"],
    "subject_pattern": ["{cn}", "Офис"],
    "alternative_field": ["email"],
    "alternative_pattern": ["{email}"],
    "tracked": ["surname"],
}


def save(visit: Visit, draft: Callable[[], DraftRow], where: str, **values: object) -> str:
    """Send a form of the draft in the state it is in; answers the page that follows."""
    response = visit.post(f"{DRAFT}/{where}", {"revision": draft().revision, **values}, follow=True)
    assert response.status_code == 200, (response.status, response.text)
    return response.text
