"""What only the front may say: where TLS was ended, whose certificate was shown and from where."""

from hmac import compare_digest
from typing import Final
from urllib.parse import unquote

from flask import current_app, request

from portal.domain.errors import Forbidden

SECRET: Final = "FRONT_SECRET"
#: Another one for who tells of certificates of people and of programs: the front of workstations has no say in that.
CERTIFICATE_SECRET: Final = "CERTIFICATE_SECRET"
SECRET_HEADER: Final = "X-Front-Secret"
CERTIFICATE_HEADER: Final = "X-Client-Certificate"
ADDRESS_HEADER: Final = "X-Client-Address"


def demand_front() -> None:
    """Raise Forbidden unless the request came through the front: nobody else can say who the client is."""
    if not shows(SECRET):
        raise Forbidden("agent_front_only")


def shows(secret: str) -> bool:
    """Whether the request came through who ends TLS for us, has this secret, and so may tell whom he saw."""
    shown, known = request.headers.get(SECRET_HEADER, ""), current_app.config[secret]
    return compare_digest(shown.encode(), known.encode())


def client_certificate() -> str:
    """The client's certificate as PEM, as the front saw it in the handshake; nothing when it showed none."""
    return unquote(request.headers.get(CERTIFICATE_HEADER, ""))


def client_address() -> str:
    """Where the workstation is."""
    return request.headers.get(ADDRESS_HEADER, "") or request.remote_addr or ""
