"""An issuance up to the signature, for an order nobody gave: what follows a fork finds its ways walked already."""

from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from portal.connectors.ca.builtin.identity import CaIdentity
from portal.connectors.ca.builtin.keyfile import FileSigner
from portal.connectors.ca.builtin.orders import accept
from portal.connectors.ca.builtin.profile import draft
from portal.connectors.ca.builtin.templates import CaTemplate
from portal.domain.certificate import Purpose
from portal.ports.certificate_authority import CertificateOrder

_NOBODY: Final = (("CN", "Nobody"),)
_TEMPLATE: Final = CaTemplate("rehearsal", Purpose.SIGN, (x509.oid.ExtendedKeyUsageOID.CLIENT_AUTH,))
_NOWHERE: Final = (("email", "nobody@example.org"),)


def rehearse(ca: CaIdentity, now: datetime) -> None:
    """Decide a certificate nobody will ever see, and have the key at hand; raises SignerDown.

    Nothing is written down and nothing is signed by the authority.
    """
    order = CertificateOrder("", _TEMPLATE.name, _request(), _NOBODY, _NOWHERE)
    draft(ca, _TEMPLATE, accept(order, _TEMPLATE).subject, now)
    if isinstance(ca.signer, FileSigner):  # a token would be asked for its PIN
        ca.signer.open()


def _request() -> bytes:
    name = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, value) for _, value in _NOBODY])
    names = x509.SubjectAlternativeName([x509.RFC822Name(value) for _, value in _NOWHERE])
    builder = x509.CertificateSigningRequestBuilder().subject_name(name).add_extension(names, critical=False)
    return builder.sign(ec.generate_private_key(ec.SECP256R1()), SHA256()).public_bytes(Encoding.DER)
