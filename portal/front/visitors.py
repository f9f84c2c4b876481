"""Whose request it is: by the certificate of the handshake, or by what a web server in front of us says it was."""

import ssl
from dataclasses import dataclass
from hmac import compare_digest
from typing import Final
from urllib.parse import quote, unquote

from aiohttp import web

from portal.connectors.agents.authority import SealedAgentAuthority

SECRET_HEADER: Final = "X-Front-Secret"
CERTIFICATE_HEADER: Final = "X-Client-Certificate"
ADDRESS_HEADER: Final = "X-Client-Address"


@dataclass(frozen=True, slots=True)
class Visitor:
    """A workstation that holds a certificate of the agent authority; whether it may ask is the portal's to say."""

    uid: str
    serial: str


@dataclass(frozen=True, slots=True)
class Doorman:
    """Recognises visitors."""

    authority: SealedAgentAuthority
    secret: str

    def visitor(self, request: web.Request) -> Visitor | None:
        """Who asks; None when that is not proved."""
        try:
            shown = self.authority.identify(self._certificate(request))
        except ValueError:
            return None
        if not shown.not_before <= self.authority.clock.now() < shown.not_after:
            return None
        return Visitor(shown.uid, shown.serial)

    def told(self, request: web.Request) -> dict[str, str]:
        """What the portal is told of a request whose TLS we ended."""
        certificate = quote(_of_handshake(request))
        told = {SECRET_HEADER: self.secret, ADDRESS_HEADER: request.remote or ""}
        return {**told, CERTIFICATE_HEADER: certificate} if certificate else told

    def _certificate(self, request: web.Request) -> str:
        if ended_here(request):
            return _of_handshake(request)
        if not compare_digest(request.headers.get(SECRET_HEADER, "").encode(), self.secret.encode()):
            return ""
        return unquote(request.headers.get(CERTIFICATE_HEADER, ""))


def ended_here(request: web.Request) -> bool:
    """Whether the workstation's TLS ends at us."""
    return request.transport is not None and request.transport.get_extra_info("ssl_object") is not None


def _of_handshake(request: web.Request) -> str:
    connection = request.transport.get_extra_info("ssl_object") if request.transport else None
    der = connection.getpeercert(binary_form=True) if connection else None
    return ssl.DER_cert_to_PEM_cert(der) if der else ""
