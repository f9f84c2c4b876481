"""What this authority issues: for each template the usages and the life of its certificates."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from cryptography.x509 import KeyUsage, ObjectIdentifier
from cryptography.x509.oid import ExtendedKeyUsageOID

from portal.domain.certificate import Purpose

SMARTCARD_LOGON: Final = ExtendedKeyUsageOID.SMARTCARD_LOGON
CLIENT_AUTH: Final = ExtendedKeyUsageOID.CLIENT_AUTH
EMAIL: Final = ExtendedKeyUsageOID.EMAIL_PROTECTION
DOCUMENT_SIGNING: Final = ObjectIdentifier("1.3.6.1.5.5.7.3.36")  # RFC 9336
YEAR: Final = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class CaTemplate:
    """A kind of certificate.

    ``needs`` names alternative names without which the certificate would be useless;
    ``policies`` are object identifiers in dotted form.
    """

    name: str
    purpose: Purpose
    usages: tuple[ObjectIdentifier, ...]
    validity: timedelta = YEAR
    policies: tuple[str, ...] = ()
    needs: frozenset[str] = frozenset()
    no_check: bool = False


_ALL: Final = (
    CaTemplate("domain-logon", Purpose.AUTHENTICATE, (CLIENT_AUTH, SMARTCARD_LOGON), needs=frozenset({"upn"})),
    CaTemplate("vpn", Purpose.AUTHENTICATE, (CLIENT_AUTH,)),
    CaTemplate("signature", Purpose.SIGN, (DOCUMENT_SIGNING, EMAIL)),
    CaTemplate("mail-signature", Purpose.SIGN, (EMAIL,), needs=frozenset({"email"})),
    CaTemplate("mail-encryption", Purpose.ENCRYPT, (EMAIL,), validity=2 * YEAR, needs=frozenset({"email"})),
)
TEMPLATES: Final[Mapping[str, CaTemplate]] = MappingProxyType({template.name: template for template in _ALL})

#: Answers OCSP in the authority's name; nobody can order it.
OCSP_RESPONDER: Final = CaTemplate(
    "ocsp-responder", Purpose.AUTHENTICATE, (ExtendedKeyUsageOID.OCSP_SIGNING,), no_check=True
)
#: Signs messages of CMP in the authority's name (RFC 9480, 2.2); nobody can order it.
CMP_MESSENGER: Final = CaTemplate(
    "cmp-messenger", Purpose.AUTHENTICATE, (ObjectIdentifier("1.3.6.1.5.5.7.3.27"),), validity=timedelta(days=30)
)


def key_usage(purpose: Purpose, *, rsa: bool) -> KeyUsage:
    """RFC 5280 4.2.1.3: an RSA key wraps keys, an elliptic curve key agrees on them."""
    encrypt = purpose is Purpose.ENCRYPT
    return KeyUsage(
        digital_signature=not encrypt,
        content_commitment=purpose is Purpose.SIGN,
        key_encipherment=encrypt and rsa,
        data_encipherment=False,
        key_agreement=encrypt and not rsa,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
