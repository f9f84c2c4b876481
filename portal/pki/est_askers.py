"""Who asks for a certificate by EST: a program with a password of ours, or the holder of a certificate one ordered."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, NoReturn

from cryptography import x509
from flask import Response, abort, request
from werkzeug.datastructures import Authorization

from portal.bootstrap import BUILTIN_CA
from portal.connectors.ca.builtin.named_requests import mark_of
from portal.connectors.ca.builtin.tables import OrderRow
from portal.connectors.unreadable import UNREADABLE
from portal.domain.certificate import Revocation
from portal.domain.connector_fields import certificates_in
from portal.pki.patience import address_of_asker, come_again, said
from portal.ports.certificate_authority import CertificateAuthority
from portal.services import passwords
from portal.services.enrolling_door import EnrollingThrottled
from portal.web.current import portal
from portal.web.front import CERTIFICATE_SECRET, client_certificate, shows

SOON: Final = "60"
_REALM: Final = 'Basic realm="EST", charset="UTF-8"'
#: How orders of programs came; those for the tokens of people are the portal's.
_WAYS: Final = frozenset({"est", "cmp"})


@dataclass(frozen=True, slots=True)
class Asker:
    """Whoever asks, by the name of his account; ``own`` is the order of the certificate that is to be renewed."""

    name: str
    templates: Collection[str]
    own: OrderRow | None = None

    def template(self, label: str) -> str:
        """The one he may order of under this part of the address; refuses others."""
        only = next(iter(self.templates)) if len(self.templates) == 1 else ""
        template = label or (self.own.template if self.own else only)
        if template not in self.templates:
            allowed = sorted(self.templates)
            refuse(403, f"This account may not order of the template {template!r}; it may order of {allowed}")
        if self.own is not None and template != self.own.template:
            refuse(403, f"The certificate is of the template {self.own.template!r}, and so is what comes after it")
        return template


def asker_of(authority: CertificateAuthority, *, renews: bool) -> Asker:
    """Whoever asks. A first certificate needs a password; who renews may show the old one, or both."""
    shown, given = _shown() if renews else b"", request.authorization
    if shown and given is None:
        return _holder(shown, authority)
    asker = _program(given)
    if not shown:
        return asker
    holder = _holder(shown, authority)
    if holder.name != asker.name:
        refuse(403, "The certificate was not ordered by this account")
    return holder


def refuse(status: int, text: str, **headers: str) -> NoReturn:
    """Answer in words, and nothing else."""
    answer = said(status, text)
    answer.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    abort(answer)


def later() -> Response:
    """Nothing is decided yet, or can be now."""
    return Response(status=503, headers={"Retry-After": SOON})


def _shown() -> bytes:
    """The certificate the web server in front saw in the handshake, if it saw one; nobody else may tell of it."""
    told = client_certificate()
    if not told:
        return b""
    if not shows(CERTIFICATE_SECRET):
        refuse(403, "Only the web server in front may tell of a certificate")
    try:
        [der] = certificates_in(told)
    except ValueError:
        refuse(403, "The certificate cannot be read")
    return der


def _holder(shown: bytes, authority: CertificateAuthority) -> Asker:
    try:
        certificate = x509.load_der_x509_certificate(shown)
        serial = format(certificate.serial_number, "x")
    except UNREADABLE:
        refuse(403, "The certificate cannot be read")
    own = portal().ca_place.store.issued(BUILTIN_CA, serial)
    templates = portal().enrolling_accounts.names()
    way, mark, *_rest = [*own.order_id.split("-"), ""] if own is not None else ("", "")
    name = next((name for name in templates if mark_of(name) == mark), None) if way in _WAYS else None
    if own is None or own.certificate != shown or name is None:
        refuse(403, "The certificate is none that a program let in here ordered")
    known = authority.status(serial)
    if known is Revocation.UNKNOWN:  # of one we know: its database is away
        abort(later())
    now = portal().clock.now()
    if known is not Revocation.GOOD or not certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc:
        refuse(403, "The certificate is revoked, on hold, or not valid now")
    return Asker(name, templates[name], own)


def _program(given: Authorization | None) -> Asker:
    if passwords.crowded():
        abort(later())
    if given is None or given.type != "basic":
        refuse(401, "Who asks?", WWW_Authenticate=_REALM)
    name = given.username or ""
    try:
        allowed = portal().enrolling_door.let_in(name, given.password or "", address_of_asker())
    except EnrollingThrottled as throttled:
        abort(come_again(throttled))
    if allowed is None:
        refuse(401, "Nobody of this name and password", WWW_Authenticate=_REALM)
    return Asker(name, allowed)
