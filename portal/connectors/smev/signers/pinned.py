"""Certificates of СМЭВ named on the page of the connection: believed beside those the signing process knows."""

from dataclasses import dataclass
from datetime import UTC, datetime

from asn1crypto import x509

from portal.ports.signer import Strength, Trust, Verifier


@dataclass(frozen=True, slots=True)
class PinnedTrust:
    """A verifier that knows some certificates to the octet, and asks another one about all else."""

    verifier: Verifier
    certificates: frozenset[bytes]

    def digest(self, data: bytes, strength: Strength) -> bytes:
        return self.verifier.digest(data, strength)

    def verify(self, data: bytes, *, signature: bytes, certificate: bytes, strength: Strength) -> bool:
        return self.verifier.verify(data, signature=signature, certificate=certificate, strength=strength)

    def trust(self, certificate: bytes, at: datetime) -> Trust:
        if certificate not in self.certificates:
            return self.verifier.trust(certificate, at)
        validity = x509.Certificate.load(certificate)["tbs_certificate"]["validity"]
        begins, ends = (validity[name].native.astimezone(UTC) for name in ("not_before", "not_after"))
        return Trust.TRUSTED if begins <= at <= ends else Trust.EXPIRED
