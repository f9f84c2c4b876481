"""The certificate by which the bundled front shows itself to workstations."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID

from portal.connectors.agents.authority import SealedAgentAuthority

FILE: Final = "front.sealed"
LIFE: Final = timedelta(days=365)
#: Made anew while so much is left, so that it never runs out.
RENEWED_BEFORE: Final = LIFE / 3


@dataclass(frozen=True, slots=True)
class FrontCertificate:
    """Kept in the authority's safe; made anew for other host names and before it ends."""

    authority: SealedAgentAuthority
    hosts: tuple[str, ...]

    def current(self) -> bytes:
        """Certificate and private key as PEM, good for a third of a year at least."""
        safe, _ready = self.authority.safe, self.authority.issuer
        with safe.alone():
            stored = safe.secret(FILE, self._make)
            if not self._fits(x509.load_pem_x509_certificates(stored)[0]):
                stored = self._make()
                safe.replace_secret(FILE, stored)
        return stored

    def _fits(self, certificate: x509.Certificate) -> bool:
        now = self.authority.clock.now()
        if certificate.not_valid_after_utc - now < RENEWED_BEFORE:
            return False
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        return {str(name.value) for name in names} == set(self.hosts)

    def _make(self) -> bytes:
        key = ec.generate_private_key(ec.SECP256R1())
        usage = ExtendedKeyUsageOID.SERVER_AUTH
        made = self.authority.issuer.certify(key.public_key(), self.hosts[0], LIFE, usage=usage, hosts=self.hosts)
        sealed = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return made.public_bytes(Encoding.PEM) + sealed
