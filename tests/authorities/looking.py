"""What tests look at: where an update is, and what lies on its token."""

from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from portal.domain.update_state import UpdateStatus
from tests.acceptance.third_party import CERTIFICATE, PRIVATE, PUBLIC
from tests.authorities.world import Run, Seat
from tests.support.waiting import eventually


def comes_to(run: Run, wanted: UpdateStatus) -> None:
    """Work-horses come again and again, as the sweeper sends them."""
    eventually(lambda: run.status is wanted or run.ride() is wanted, f"{wanted} of update {run.number}")


def the_certificate(seat: Seat) -> x509.Certificate:
    """What lies on the token, read by OpenSC: one certificate with its pair of keys and nothing else."""
    objects = seat.token.objects()
    assert sorted(found.kind for found in objects) == [CERTIFICATE, PRIVATE, PUBLIC]
    assert len({found.id for found in objects}) == 1
    return next(x509.load_der_x509_certificate(seat.token.read(one)) for one in objects if one.kind == CERTIFICATE)


def pairs(seat: Seat, certificate: x509.Certificate, folder: Path) -> bool:
    """Whether the private key on the token is that of the certificate."""
    pem = certificate.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return seat.token.proves_possession(seat.token.objects()[0].id, pem, folder, "ECDSA")
