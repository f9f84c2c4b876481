"""Revocations, holds and releases by CMP: one rr and what was answered to it."""

from dataclasses import dataclass
from typing import Final

from asn1crypto import x509 as asn1
from cryptography import x509

from portal.connectors.ca.answering import refused
from portal.connectors.ca.believing import NotBelieved
from portal.connectors.ca.cmp.envelope import Head
from portal.connectors.ca.cmp.status import REASONS, Failure, Standing, heard
from portal.connectors.ca.cmp.talk import Talk, refusal

_NUMBERS: Final = {name: number for number, name in REASONS.items()}


@dataclass(frozen=True, slots=True)
class Wish:
    """What shall become of a certificate, ``reason`` by its name in RFC 5280."""

    serial: str
    reason: str

    def told(self, talk: Talk, path: str, head: Head) -> Standing:
        """How the server says it stands now; raises Stopped, NoAnswer or NotBelieved."""
        if self.reason not in _NUMBERS:
            raise refused("unknown_reason", self.reason)
        details = {"serial_number": self._number(), "issuer": _name(talk.anchors[0])}
        entry = [{"extn_id": "crl_reason", "critical": False, "extn_value": _NUMBERS[self.reason]}]
        answer = talk.ask(path, "rr", [{"details": details, "entry": entry}], head)
        if answer.kind == "error":
            return self._known(heard(answer.content["status"]))
        if answer.kind != "rp" or len(answer.content["status"]) != 1:
            raise NotBelieved("unreadable")
        return self._known(heard(answer.content["status"][0]))

    def _known(self, standing: Standing) -> Standing:
        if Failure.BAD_CERTIFICATE_ID in standing.failures:
            raise refused("unknown_serial", self.serial)
        return standing

    def _number(self) -> int:
        try:
            return int(self.serial, 16)
        except ValueError as error:
            raise refused("unknown_serial", self.serial) from error


def was_revoked(standing: Standing) -> bool:
    """Whether it was revoked before it was asked for; raises Stopped on every other no."""
    if standing.granted:
        return False
    if Failure.CERTIFICATE_REVOKED in standing.failures:
        return True
    raise refusal(standing, door=True)


def _name(certificate: x509.Certificate) -> asn1.Name:
    return asn1.Name.load(certificate.subject.public_bytes())
