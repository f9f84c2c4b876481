"""What the key of an authority may be used for (RFC 5280, 4.2.1.3)."""

from typing import Final

from cryptography.x509 import KeyUsage

CERTIFIES: Final = KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)
