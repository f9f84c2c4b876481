"""People with the certificate of the built-in authority on their token, and with its key at hand."""

import ssl
import tempfile
from dataclasses import dataclass
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID
from sqlalchemy import insert, update

from portal.bootstrap import BUILTIN_CA, Portal
from portal.connectors.ca.builtin.authority import BuiltinAuthority
from portal.db.models import Certificate, CertificatePlace
from portal.db.models import Device as DeviceTable
from portal.domain.certificate import CertificateKind, Purpose
from portal.domain.connector_fields import ON
from portal.domain.connector_kinds import ConnectorKind
from portal.domain.device import DeviceState
from portal.domain.ids import PersonId
from portal.domain.outcomes import Done
from portal.services.connectors import ConnectorDraft
from portal.services.devices import DeviceDraft, add_devices
from tests.support.pki import a_key, an_order

NAME: Final = "token"
LABEL: Final = "Войти по токену"  # says the button


@dataclass(frozen=True, slots=True)
class Held:
    """A certificate in PEM with its key, and where it lies."""

    pem: str
    key: ec.EllipticCurvePrivateKey
    row: int
    device: int
    serial: str

    def show_in(self, context: ssl.SSLContext) -> None:
        """Have the context show it."""
        with tempfile.NamedTemporaryFile() as file:
            file.write(self.pem.encode() + self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
            file.flush()
            context.load_cert_chain(file.name)


def a_way(address: str, trusted: str = "", **other: str) -> ConnectorDraft:
    """What is typed to switch it on."""
    typed = {"address": address, "employees": ON, "administrators": ON, "trusted": trusted}
    return ConnectorDraft(ConnectorKind.SIGN_IN_CERTIFICATE, NAME, {**typed, **other})


def written(portal: Portal, authority: BuiltinAuthority, person: PersonId, **other: Any) -> Held:
    """Issued by the authority and written to a token of this person."""
    key = a_key()
    issued = authority.request(an_order(f"order-{person}-{key.private_numbers().private_value:x}"[:60], key))
    assert isinstance(issued, Done)
    made = x509.load_der_x509_certificate(issued.reply.certificate)
    usage = made.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert ExtendedKeyUsageOID.CLIENT_AUTH in usage
    facts = portal.reader.certificate(issued.reply.certificate)
    values = {
        "kind": CertificateKind.MANAGED,
        "name": "Вход",
        "ca": BUILTIN_CA,
        "ca_template": "domain-logon",
        "purpose": Purpose.AUTHENTICATE,
        "fingerprint": made.fingerprint(SHA256()).hex(),
        "serial": facts.serial,
        "not_before": facts.not_before,
        "not_after": facts.not_after,
        "status": CertificatePlace.WRITTEN,
        "der": issued.reply.certificate,
        "created_at": portal.clock.now(),
    }
    with portal.database.begin() as connection:
        draft = DeviceDraft(facts.serial[:16], "SoftHSM", holder=person, state=DeviceState.ISSUED)
        [device] = add_devices(connection, [draft], portal.clock.now())
        made_of = {**values, **other, "device_id": device}
        row = connection.execute(insert(Certificate).values(made_of).returning(Certificate.id))
        return Held(made.public_bytes(Encoding.PEM).decode(), key, row.scalar_one(), device, facts.serial)


def become(portal: Portal, held: Held, **changes: Any) -> None:
    """Something of the certificate is otherwise from now on."""
    with portal.database.begin() as connection:
        connection.execute(update(Certificate).where(Certificate.id == held.row).values(changes))


def become_device(portal: Portal, held: Held, **changes: Any) -> None:
    """Something of its token is otherwise from now on."""
    with portal.database.begin() as connection:
        connection.execute(update(DeviceTable).where(DeviceTable.id == held.device).values(changes))
