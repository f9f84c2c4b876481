"""An authority as it was set up: its certificate, its signer, and where people find its publications."""

from dataclasses import dataclass
from functools import cached_property

from cryptography import x509

from portal.connectors.ca.builtin.signing import Signer


@dataclass(frozen=True, slots=True)
class PublicAddresses:
    """Where certificates of an authority point to; plain HTTP is what clients of these services expect."""

    base: str
    name: str

    @property
    def crl(self) -> str:
        """Its certificate revocation list."""
        return f"{self.base}/pki/{self.name}/crl"

    @property
    def ocsp(self) -> str:
        """Its OCSP responder."""
        return f"{self.base}/pki/{self.name}/ocsp"

    @property
    def certificate(self) -> str:
        """Its own certificate."""
        return f"{self.base}/pki/{self.name}/certificate"


@dataclass(frozen=True)
class CaIdentity:
    """Who signs: ``signer`` for certificates and lists, ``responder`` for OCSP answers."""

    name: str
    certificate_der: bytes
    signer: Signer
    responder: Signer
    addresses: PublicAddresses

    @cached_property
    def certificate(self) -> x509.Certificate:
        """The authority's own certificate, read."""
        return x509.load_der_x509_certificate(self.certificate_der)

    @property
    def key_identifier(self) -> x509.AuthorityKeyIdentifier:
        """How its certificates name its key."""
        own = self.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own)
