"""Findings of the reconciliation for pages."""

from sqlalchemy import select

from portal.bootstrap import Portal
from portal.db.models import DriftFinding
from portal.domain.drift import DriftKind
from portal.services.reconciliation.book import write_seen
from portal.services.reconciliation.drifts import Drift, issued_subject

SAID = {"order": "0-0", "subject": "CN=Смирнова Анна", "issued_at": "2026-03-01T10:00:00+00:00"}


def a_drift(portal: Portal, kind: DriftKind = DriftKind.NOBODYS_ORDER) -> int:
    """A finding that is open."""
    subject = issued_subject("main", "abc123")
    drift = Drift(subject, kind, SAID, ca="main", serial="abc123", name="Смирнова Анна")
    with portal.database.begin() as connection:
        write_seen(connection, [drift], portal.clock.now())
        query = select(DriftFinding.id).where(DriftFinding.subject == subject)
        return int(connection.execute(query).scalar_one())
