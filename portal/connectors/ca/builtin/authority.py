"""The built-in authority behind the port, and what it publishes."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar

from cryptography import x509
from cryptography.x509.ocsp import OCSPResponseStatus

from portal.connectors.ca.builtin.approving import Undecided, asked_for, demand_approval, order_of, waits
from portal.connectors.ca.builtin.identity import CaIdentity
from portal.connectors.ca.builtin.issuing import issue
from portal.connectors.ca.builtin.listing import issued_since, standings
from portal.connectors.ca.builtin.ocsp import ocsp_answer, unsuccessful
from portal.connectors.ca.builtin.orders import AcceptedOrder, BadOrder, accept
from portal.connectors.ca.builtin.profile import Subject
from portal.connectors.ca.builtin.rehearsal import rehearse
from portal.connectors.ca.builtin.revoking import current_list, release, revoke, said_of
from portal.connectors.ca.builtin.signing import SignerDown
from portal.connectors.ca.builtin.store import CaStore, Known, StoreDown
from portal.connectors.ca.builtin.tables import ApprovalState, OrderRow, RevocationRow
from portal.connectors.ca.builtin.templates import CMP_MESSENGER, OCSP_RESPONDER, TEMPLATES, CaTemplate
from portal.domain.certificate import Revocation
from portal.domain.errors import OutsideUnavailable
from portal.domain.outcomes import Absent, Accepted, Done, Effect, Happened, Outcome, Refused, Unknown, WaitingFor
from portal.domain.policy_offers import OfferedTemplate
from portal.domain.troubles import Trouble, Why, why
from portal.ports.certificate_authority import (
    CertificateOrder,
    IssuedCertificate,
    IssuedPage,
    Released,
    RevocationOrder,
    Revoked,
)
from portal.ports.clock import Clock

_Reply = TypeVar("_Reply")
RENEW_RESPONDER: Final = timedelta(days=30)


class BuiltinAuthority:
    """Issues at once, but for templates that ask for an approver: their orders wait for a person."""

    def __init__(
        self, identity: CaIdentity, store: CaStore, clock: Clock, *, templates: Mapping[str, CaTemplate] = TEMPLATES
    ) -> None:
        self.identity = identity
        self._store = store
        self._clock = clock
        self._templates = templates
        self._responder: bytes | None = None

    def request(self, order: CertificateOrder) -> Outcome[IssuedCertificate]:
        return self._answer(lambda: self._issued(self._issue(order)))

    def look_up(self, ticket: str) -> Outcome[IssuedCertificate]:
        return self._answer(lambda: self._issued(self._found(ticket)))

    def withdraw(self, order: CertificateOrder) -> Outcome[None]:
        return self._answer(lambda: self._withdraw(order))

    def effect_of(self, order: CertificateOrder) -> Effect[IssuedCertificate]:
        try:
            accepted = accept(order, self._templates.get(order.template))
            row = self._store.order(self.identity.name, order.order_id)
            asked = self._store.request(self.identity.name, order.order_id)
        except BadOrder:
            return Absent()
        except StoreDown as error:
            return Unknown(_unavailable(error), WaitingFor.RETRY)
        if any(known is not None and known.digest != accepted.digest for known in (row, asked)):
            return Unknown(why(Trouble.CA_REFUSED, "order_differs", about=order.order_id))
        if row is not None and row.certificate is not None:
            return Happened(self._issued(row.certificate))
        if asked is not None and asked.state is ApprovalState.OPEN:
            return Accepted(waits(asked, self._clock.now()))
        return Absent()  # also when all is decided but nothing signed: asking again completes it

    def revoke(self, order: RevocationOrder) -> Outcome[Revoked]:
        return self._answer(lambda: self._revoke(order))

    def release(self, order: RevocationOrder) -> Outcome[Released]:
        return self._answer(lambda: self._release(order))

    def status(self, serial: str) -> Revocation:
        try:
            number = format(int(serial, 16), "x")
            found = self._store.revocation(self.identity.name, number)
            if found:
                return said_of(found.reason)
            known = self._store.issued(self.identity.name, number)
        except (StoreDown, ValueError):
            return Revocation.UNKNOWN
        return Revocation.GOOD if known else Revocation.UNKNOWN

    def revoked_since(self, mark: int) -> tuple[int, Mapping[str, Revocation]]:
        def asked() -> tuple[int, list[RevocationRow]]:
            newest = self._store.revision(self.identity.name)
            return newest, self._store.revoked(self.identity.name, up_to=newest, after=mark) if newest > mark else []

        newest, rows = self._read(asked)
        return newest, {row.serial: said_of(row.reason) for row in rows}

    def issued_since(self, mark: str) -> IssuedPage:
        return self._read(lambda: issued_since(self._store, self.identity.name, mark))

    def standings(self, serials: Sequence[str]) -> Mapping[str, Revocation]:
        return self._read(lambda: standings(self._store, self.identity.name, serials))

    def offered_templates(self) -> tuple[OfferedTemplate, ...]:
        return tuple(
            OfferedTemplate(one.name, one.purpose, one.validity, needs=one.needs)
            for _name, one in sorted(self._templates.items())
        )

    def get_ready(self) -> None:
        """Have rows and key at hand before the first order comes; raises StoreDown or SignerDown."""
        self._store.known(self.identity.name, "", "")
        rehearse(self.identity, self._clock.now())

    def ca_certificate_der(self) -> bytes:
        """The authority's own certificate."""
        return self.identity.certificate_der

    def crl_der(self) -> bytes:
        """The revocation list as of now; raises OutsideUnavailable."""
        try:
            return current_list(self.identity, self._store, self._clock.now())
        except (StoreDown, SignerDown) as error:
            raise OutsideUnavailable("ca_unavailable", ca=self.identity.name) from error

    def ocsp_answer(self, request: bytes) -> bytes:
        """An OCSP answer in DER, whatever was asked and whatever is broken."""
        try:
            now, responder = self._clock.now(), self.responder()
            return ocsp_answer(self.identity, self._store, request, responder=responder, now=now)
        except (StoreDown, SignerDown):
            return unsuccessful(OCSPResponseStatus.TRY_LATER)

    def responder(self) -> bytes:
        """The OCSP responder's certificate, renewed for the same key in good time."""
        now = self._clock.now()
        if self._responder is None or _ends(self._responder) - now < RENEW_RESPONDER:
            newest = self._store.newest(self.identity.name, OCSP_RESPONDER.name)
            lasting = newest and datetime.fromtimestamp(newest.not_after, UTC) - now >= RENEW_RESPONDER
            kept = newest.certificate if newest and lasting else None
            self._responder = kept or self._new_responder(now)
        return self._responder

    def messenger(self) -> bytes:
        """The certificate our messages of CMP are signed with: the responder's key, named for this use."""
        return self._named(CMP_MESSENGER, "CMP", self._clock.now())

    def _new_responder(self, now: datetime) -> bytes:
        return self._named(OCSP_RESPONDER, "OCSP", now)

    def _named(self, template: CaTemplate, unit: str, now: datetime) -> bytes:
        mark = x509.NameAttribute(x509.oid.NameOID.ORGANIZATIONAL_UNIT_NAME, unit)
        subject = Subject(self.identity.responder.public_key, x509.Name([*self.identity.certificate.subject, mark]))
        # one a day at most, whatever number of processes find the old one too old
        order = AcceptedOrder(f"{unit.lower()} responder {now:%Y-%m-%d}", template, subject, template.name)
        return issue(self.identity, self._store, order, now)

    def _found(self, ticket: str) -> bytes:
        row, order = self._store.request(self.identity.name, ticket), self._store.order(self.identity.name, ticket)
        if row is not None:
            return self._issue(order_of(row))
        if order is None or order.certificate is None:
            raise BadOrder("unknown_ticket", ticket)
        return order.certificate

    def _issue(self, order: CertificateOrder) -> bytes:
        accepted, now = accept(order, self._templates.get(order.template)), self._clock.now()

        def ask(known: Known) -> None:
            demand_approval(self._store, known, asked_for(self.identity.name, accepted, order, now))

        return issue(self.identity, self._store, accepted, now, ask=ask)

    def _withdraw(self, order: CertificateOrder) -> None:
        name = self.identity.name
        self._store.close_request(name, order.order_id, state=ApprovalState.WITHDRAWN)
        row = self._store.order(name, order.order_id)
        if row is not None and row.certificate is not None:
            raise SignerDown("a certificate was issued meanwhile")

    def _issued(self, certificate: bytes) -> IssuedCertificate:
        return IssuedCertificate(certificate, (self.identity.certificate_der,))

    def _revoke(self, order: RevocationOrder) -> Revoked:
        row = revoke(self._store, self._known(order), order.reason, self._clock.now())
        return Revoked(datetime.fromtimestamp(row.revoked_at, UTC))

    def _release(self, order: RevocationOrder) -> Released:
        now = self._clock.now()
        release(self._store, self._known(order), now)
        return Released(now)

    def _known(self, order: RevocationOrder) -> OrderRow:
        try:
            serial = format(int(order.serial, 16), "x")
        except ValueError as error:
            raise BadOrder("unknown_serial", order.serial) from error
        issued = self._store.issued(self.identity.name, serial)
        if issued is None:
            raise BadOrder("unknown_serial", order.serial)
        return issued

    def _read(self, look: Callable[[], _Reply]) -> _Reply:
        try:
            return look()
        except StoreDown as error:
            raise OutsideUnavailable("ca_unavailable", ca=self.identity.name) from error

    def _answer(self, work: Callable[[], _Reply]) -> Outcome[_Reply]:
        try:
            return Done(work())
        except Undecided as undecided:
            return waits(undecided.row, self._clock.now())
        except BadOrder as error:
            return Refused(why(Trouble.CA_REFUSED, error.detail, about=error.about), permanent=True)
        except (StoreDown, SignerDown) as error:
            return Refused(_unavailable(error), permanent=False)


def _unavailable(error: Exception) -> Why:
    return why(Trouble.CA_UNAVAILABLE, type(error).__name__, about=str(error))


def _ends(der: bytes) -> datetime:
    return x509.load_der_x509_certificate(der).not_valid_after_utc
