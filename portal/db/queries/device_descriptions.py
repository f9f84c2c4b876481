"""What a register outside is told of a device: its model, its holder, and the certificates that are on it."""

from typing import Final

from sqlalchemy import Connection, and_, bindparam, select

from portal.db.models import Certificate, CertificatePlace, Device, DirectoryLink, Person
from portal.domain.certificate import CertificateKind
from portal.domain.directory_sync import LinkKind
from portal.ports.device_register import RegisteredCertificate, RegisterOrder

_LINK: Final = and_(DirectoryLink.kind == LinkKind.PERSON, DirectoryLink.local_id == Person.id)
_DEVICE: Final = (
    select(Device.id, Device.model, Device.type, Person.login, Person.name, DirectoryLink.key.label("directory_id"))
    .outerjoin(Person, Person.id == Device.holder_id)
    .outerjoin(DirectoryLink, _LINK)
    .where(Device.serial == bindparam("serial"))
)
_CERTIFICATES: Final = (
    select(Certificate.serial, Certificate.fingerprint, Certificate.not_after, Certificate.subject)
    .where(Certificate.device_id == bindparam("device"), Certificate.kind == CertificateKind.MANAGED)
    .where(Certificate.status == CertificatePlace.WRITTEN, Certificate.history.is_(False))
    .order_by(Certificate.id)
)


def register_order(connection: Connection, order_id: str, serial: str, login: str) -> RegisterOrder:
    """The order with everything that is known of the device now."""
    row = connection.execute(_DEVICE, {"serial": serial}).first()
    if row is None:
        return RegisterOrder(order_id, serial, login)
    found = connection.execute(_CERTIFICATES, {"device": row.id})
    return RegisterOrder(
        order_id,
        serial,
        row.login or login,
        owner_name=row.name or "",
        directory_id=row.directory_id or "",
        model=row.model or row.type,
        certificates=tuple(
            RegisteredCertificate(one.serial, one.fingerprint, one.not_after, one.subject) for one in found
        ),
    )
