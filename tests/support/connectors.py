"""What is typed to connect an authority."""

import ssl
from typing import Final

from portal.domain.connector_kinds import ConnectorKind
from portal.services.connectors import ConnectorDraft
from tests.support.issuing import certificate_for, ready_key, spki_of

KIND: Final = ConnectorKind.CA_DJANGO
SECRET: Final = "s3cret-of-the-authority"
PEM: Final = ssl.DER_cert_to_PEM_cert(certificate_for(spki_of(ready_key("p256")), "УЦ")).strip()


def typed(**changed: str) -> dict[str, str]:
    """What is typed for a django-ca."""
    values = {"address": "https://ca.example/django-ca/api", "ca_serial": "AB12", "user": "portal"}
    numbers = {"poll_minutes": "5", "settle_seconds": "10", "queue_minutes": "60"}
    return {**values, **numbers, "password": SECRET, "trusted": PEM, "server_trusted": "", **changed}


def a_draft(name: str = "enterprise", **changed: str) -> ConnectorDraft:
    return ConnectorDraft(KIND, name, typed(**changed))
