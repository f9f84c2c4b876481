"""From an accepted order to the certificate that will be signed: every extension and why it is there."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import AuthorityInformationAccessOID

from portal.connectors.ca.builtin.identity import CaIdentity
from portal.connectors.ca.builtin.signing import CaPublicKey, to_be_signed
from portal.connectors.ca.builtin.templates import CaTemplate, key_usage

BACKDATED: Final = timedelta(minutes=5)  # clocks of other machines may be late
_SERIAL_BITS: Final = 159  # 20 bytes at most, positive (RFC 5280 4.1.2.2)


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a certificate is for."""

    key: CaPublicKey
    name: x509.Name
    alternative: tuple[x509.GeneralName, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """A certificate all but signed."""

    serial: str
    not_after: datetime
    tbs: bytes


def new_serial() -> int:
    """Random, and always of the same length, so that it is written in one way only."""
    return 1 << (_SERIAL_BITS - 1) | secrets.randbits(_SERIAL_BITS - 1)


def draft(ca: CaIdentity, template: CaTemplate, subject: Subject, now: datetime) -> Draft:
    """Decide everything the certificate will say; it never outlives the authority."""
    serial = new_serial()
    start = now.astimezone(UTC).replace(microsecond=0) - BACKDATED
    end = min(start + BACKDATED + template.validity, ca.certificate.not_valid_after_utc)
    builder = (
        x509.CertificateBuilder()
        .serial_number(serial)
        .issuer_name(ca.certificate.subject)
        .subject_name(subject.name)
        .public_key(subject.key)
        .not_valid_before(max(start, ca.certificate.not_valid_before_utc))
        .not_valid_after(end)
    )
    for extension, critical in _extensions(ca, template, subject):
        builder = builder.add_extension(extension, critical=critical)
    return Draft(format(serial, "x"), end, to_be_signed(builder, ca.signer.public_key))


def _extensions(ca: CaIdentity, template: CaTemplate, subject: Subject) -> list[tuple[x509.ExtensionType, bool]]:
    found: list[tuple[x509.ExtensionType, bool]] = [
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (key_usage(template.purpose, rsa=isinstance(subject.key, rsa.RSAPublicKey)), True),
        (x509.ExtendedKeyUsage(template.usages), False),
        (x509.SubjectKeyIdentifier.from_public_key(subject.key), False),
        (ca.key_identifier, False),
    ]
    if subject.alternative:
        empty_name = not list(subject.name)  # then the alternative name is all there is (RFC 5280 4.2.1.6)
        found.append((x509.SubjectAlternativeName(subject.alternative), empty_name))
    if template.policies:
        policies = [x509.PolicyInformation(x509.ObjectIdentifier(oid), None) for oid in template.policies]
        found.append((x509.CertificatePolicies(policies), False))
    if template.no_check:
        found.append((x509.OCSPNoCheck(), False))
    else:
        found.extend(_publications(ca))
    return found


def _publications(ca: CaIdentity) -> list[tuple[x509.ExtensionType, bool]]:
    uri = x509.UniformResourceIdentifier
    access = [
        x509.AccessDescription(AuthorityInformationAccessOID.OCSP, uri(ca.addresses.ocsp)),
        x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, uri(ca.addresses.certificate)),
    ]
    point = x509.DistributionPoint([uri(ca.addresses.crl)], None, None, None)
    return [(x509.AuthorityInformationAccess(access), False), (x509.CRLDistributionPoints([point]), False)]
