"""A certification authority: order a certificate, look it up, revoke it. Asking twice never issues twice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, runtime_checkable

from portal.domain.certificate import Revocation
from portal.domain.outcomes import Effect, Outcome
from portal.domain.policy_offers import OfferedTemplate


@dataclass(frozen=True, slots=True)
class CertificateOrder:
    """One order. ``order_id`` is the key of idempotency and never changes on a retry.

    ``template`` is the CA-side template; ``request`` a PKCS#10 in DER; ``subject`` and ``alternative`` are
    (field, value) pairs. ``begun_at`` is since when it may be under way, while nobody knows whether it ever was given.
    """

    order_id: str
    template: str
    request: bytes
    subject: tuple[tuple[str, str], ...]
    alternative: tuple[tuple[str, str], ...] = ()
    begun_at: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class IssuedCertificate:
    """What the CA issued: the certificate and the chain up to its root, all DER."""

    certificate: bytes
    chain: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class RevocationOrder:
    """Revoke the certificate with this serial (lower hex). ``reason`` is an RFC 5280 CRLReason name."""

    order_id: str
    serial: str
    reason: str = "superseded"


@dataclass(frozen=True, slots=True)
class Revoked:
    """The certificate is revoked since ``at``."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Released:
    """The certificate is no longer on hold since ``at``."""

    at: datetime


class CertificateAuthority(Protocol):
    """The three questions every CA answers."""

    def request(self, order: CertificateOrder) -> Outcome[IssuedCertificate]:
        """Order a certificate; asked again with the same order id it answers with the same certificate."""
        ...

    def look_up(self, ticket: str) -> Outcome[IssuedCertificate]:
        """What became of an order that answered Waiting."""
        ...

    def effect_of(self, order: CertificateOrder) -> Effect[IssuedCertificate]:
        """Whether this order id was ever taken, and what came of it."""
        ...

    def revoke(self, order: RevocationOrder) -> Outcome[Revoked]:
        """Revoke; revoking what is revoked is Done."""
        ...

    def status(self, serial: str) -> Revocation:
        """What the CA says of the certificate now."""
        ...


@runtime_checkable
class Suspender(Protocol):
    """An authority that puts certificates on hold (``revoke`` for ``certificateHold``) and takes that back."""

    def release(self, order: RevocationOrder) -> Outcome[Released]:
        """Take a hold back; what is not on hold is Done as it is, what is revoked for good is Refused for good."""
        ...


@runtime_checkable
class RevocationLister(Protocol):
    """An authority that can tell what it has revoked; others are asked certificate by certificate."""

    def revoked_since(self, mark: int) -> tuple[int, Mapping[str, Revocation]]:
        """Serials (lower hex) revoked or put on hold after this mark, and the mark to ask with next; 0 asks for all.

        Raises OutsideUnavailable.
        """
        ...


@dataclass(frozen=True, slots=True)
class ListedCertificate:
    """A certificate an authority issued to us, in DER; ``order_id`` is empty where it keeps no ids of ours."""

    serial: str
    certificate: bytes
    issued_at: datetime
    order_id: str = ""


@dataclass(frozen=True, slots=True)
class IssuedPage:
    """Some of what was issued, and the mark to go on with; empty when there is no more."""

    certificates: tuple[ListedCertificate, ...]
    mark: str = ""


@runtime_checkable
class IssuedLister(Protocol):
    """An authority that can tell what it issued; of others each order is asked about by itself."""

    def issued_since(self, mark: str) -> IssuedPage:
        """Certificates after this mark, revoked ones too; an empty mark begins. Raises OutsideUnavailable."""
        ...


@runtime_checkable
class StandingTeller(Protocol):
    """An authority that tells of many certificates at once, and knows which ones it never issued."""

    def standings(self, serials: Sequence[str]) -> Mapping[str, Revocation]:
        """How these stand; UNKNOWN is what it never issued. Raises OutsideUnavailable."""
        ...


@runtime_checkable
class TemplateLister(Protocol):
    """An authority that can tell which kinds of certificates it issues; policies are made from these."""

    def offered_templates(self) -> tuple[OfferedTemplate, ...]:
        """Every template that may be ordered, by name; raises OutsideUnavailable."""
        ...


@runtime_checkable
class Withdrawer(Protocol):
    """An authority that forgets an open request when it is asked to; others are waited for."""

    def withdraw(self, order: CertificateOrder) -> Outcome[None]:
        """Make sure that nothing is issued for this order any more.

        Refused, not for good, when something was issued meanwhile: then ``effect_of`` tells what.
        """
        ...


@runtime_checkable
class Repeater(Protocol):
    """An authority that gives no tickets: of an order that waits it tells when the whole order comes again."""

    def ask_again(self, order: CertificateOrder) -> Outcome[IssuedCertificate]:
        """What became of an order that answered Waiting."""
        ...


class Authorities(Protocol):
    """The configured certification authorities by name."""

    def get(self, name: str) -> CertificateAuthority | None:
        """The CA with this name, or None when no such connector is configured."""
        ...
