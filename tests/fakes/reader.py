"""Certificates of the model world: short texts that say what a real one would prove."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from portal.ports.certificates import CertificateFacts

_KNOWN: dict[bytes, CertificateFacts] = {}


@dataclass(frozen=True, slots=True)
class ModelCertificate:
    """What a model certificate says; ``der`` is its only form."""

    name: str
    serial: str
    public_key: bytes
    not_before: datetime
    not_after: datetime
    common_name: str = ""

    def der(self) -> bytes:
        lines = (self.name, self.serial, self.not_before.isoformat(), self.not_after.isoformat(), self.common_name)
        return "|".join(lines).encode() + b"|" + self.public_key


def public_key_of(key_id: str, times: int = 1) -> bytes:
    """The public key of a model pair; another one each time a pair of this id is made."""
    return f"public:{key_id}:{times}".encode()


def request_of(public_key: bytes) -> bytes:
    """A model PKCS#10."""
    return b"request|" + public_key


def key_of_request(request: bytes) -> bytes:
    head, _, public_key = request.partition(b"|")
    if head != b"request":
        raise ValueError("not a request")
    return public_key


class ModelReader:
    """Reads model certificates; real ones are not certificates here."""

    def certificate(self, der: bytes) -> CertificateFacts:
        facts = _KNOWN.get(der)
        if facts is None:
            facts = _read(der)
            if len(_KNOWN) > 4096:
                _KNOWN.clear()
            _KNOWN[der] = facts
        return facts

    def request_key_hash(self, der: bytes) -> str:
        return sha256(key_of_request(der)).hexdigest()


def _read(der: bytes) -> CertificateFacts:
    name, serial, start, end, common_name, public_key = der.split(b"|", 5)
    return CertificateFacts(
        fingerprint=sha256(der).hexdigest(),
        serial=serial.decode(),
        subject=name.decode(),
        issuer="CN=Model CA",
        not_before=datetime.fromisoformat(start.decode()),
        not_after=datetime.fromisoformat(end.decode()),
        public_key_hash=sha256(public_key).hexdigest(),
        common_name=common_name.decode(),
    )
