"""A workstation's side of getting in: its key, its request, and how the front presents it to the portal."""

import json
from dataclasses import dataclass, field
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from flask import Flask
from werkzeug.test import TestResponse

from portal.ports.agent_protocol import EnrolmentAnswer, EnrolmentRequest, Fault, Workstation, dump, load

SAID = Workstation("ws-0417", "machine-0417", "Debian GNU/Linux 12", "belyaeva", "1.0")


def a_request(key: ec.EllipticCurvePrivateKey | None = None) -> str:
    """A PKCS#10 request for a key of its own."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "whatever")])
    builder = x509.CertificateSigningRequestBuilder().subject_name(name)
    signed = builder.sign(key or ec.generate_private_key(ec.SECP256R1()), SHA256())
    return signed.public_bytes(Encoding.PEM).decode()


@dataclass
class Station:
    """One workstation that speaks to the application through a front which tells the truth."""

    app: Flask
    secret: str
    certificate: str = ""
    address: str = "10.1.2.3"
    request: str = field(default_factory=a_request)

    def headers(self) -> dict[str, str]:
        """What the front adds."""
        told = {"X-Front-Secret": self.secret, "X-Client-Address": self.address}
        return {**told, "X-Client-Certificate": quote(self.certificate)} if self.certificate else told

    def post(self, path: str, message: object) -> TestResponse:
        """Send a message."""
        body = message if isinstance(message, bytes) else dump(message)
        return self.app.test_client().post(f"/agent/v1/{path}", data=body, headers=self.headers())

    def get(self, path: str) -> TestResponse:
        """Ask."""
        return self.app.test_client().get(f"/agent/v1/{path}", headers=self.headers())

    def enrol(self, code: str = "") -> TestResponse:
        """Ask to be let in."""
        return self.post("enrolments", EnrolmentRequest(self.request, SAID, code))

    def come_in(self, code: str) -> EnrolmentAnswer:
        """Be let in by a code, and show the certificate from now on."""
        answer = answered(self.enrol(code))
        self.certificate = answer.certificate
        return answer


def answered(response: TestResponse) -> EnrolmentAnswer:
    """What the portal answered."""
    assert response.status_code == 200, response.text
    return load(EnrolmentAnswer, response.data)


def fault_of(response: TestResponse) -> Fault:
    """Why the portal refused."""
    assert response.status_code >= 400, response.text
    assert response.mimetype == "application/json", response.text
    told = json.loads(response.data)["error"]
    assert told["words"]
    return Fault(**told)
