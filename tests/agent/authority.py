"""An agent authority for tests: certificates for both ends, and the key that signs step lists."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from portal.domain.agent_codes import OneTimeCode, fingerprint_of, new_code
from portal.ports.agent_orders import LIST_PREFIX, SignedList, StepList
from portal.ports.agent_protocol import Trust, dump

PEM = serialization.Encoding.PEM
RAW = (serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def named(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


class AgentAuthority:
    """One of its own for each portal."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._orders = ed25519.Ed25519PrivateKey.generate()
        built = self._builder("Agents", self._key.public_key(), timedelta(days=1))
        built = built.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        built = built.add_extension(
            x509.KeyUsage(
                digital_signature=True,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=True,
                crl_sign=True,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        self.certificate = built.sign(self._key, hashes.SHA256())

    @property
    def fingerprint(self) -> str:
        return fingerprint_of(self.certificate.public_bytes(serialization.Encoding.DER))

    def code(self) -> OneTimeCode:
        return new_code(self.fingerprint)

    def trust(self) -> Trust:
        return Trust(
            self.certificate.public_bytes(PEM).decode(), self._orders.public_key().public_bytes(*RAW), "Портал"
        )

    def sign(self, steps: StepList) -> SignedList:
        body = dump(steps)
        return SignedList(body.decode(), self._orders.sign(LIST_PREFIX + body))

    def client(self, request: str, uid: str) -> str:
        """A certificate for an agent."""
        asked = x509.load_pem_x509_csr(request.encode())
        public = asked.public_key()
        assert isinstance(public, ec.EllipticCurvePublicKey)
        return self._leaf(uid, public, ExtendedKeyUsageOID.CLIENT_AUTH)

    def server_context(self, folder: Path) -> ssl.SSLContext:
        """A server of this portal: mutual TLS, no certificate needed to get in."""
        return self.context(folder, ExtendedKeyUsageOID.SERVER_AUTH)

    def context(self, folder: Path, usage: x509.ObjectIdentifier) -> ssl.SSLContext:
        """A server that shows a certificate of this authority made for this usage."""
        key = ec.generate_private_key(ec.SECP256R1())
        path = folder / f"server-{usage.dotted_string}-{id(self)}.pem"
        pem = key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        path.write_bytes(pem + self._leaf("front", key.public_key(), usage).encode())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        context.load_verify_locations(cadata=self.trust().authority)
        context.verify_mode = ssl.CERT_OPTIONAL
        return context

    def _leaf(self, name: str, public: ec.EllipticCurvePublicKey, usage: x509.ObjectIdentifier) -> str:
        built = self._builder(name, public, timedelta(hours=12))
        built = built.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        built = built.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        built = built.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        own = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        return built.add_extension(own, critical=False).sign(self._key, hashes.SHA256()).public_bytes(PEM).decode()

    def _builder(self, name: str, public: ec.EllipticCurvePublicKey, life: timedelta) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(named(name))
            .issuer_name(named("Agents"))
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + life)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        )
