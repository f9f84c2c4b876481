"""Who sends a message of CMP: a program with a secret of ours, or the holder of a certificate one ordered."""

from collections.abc import Collection
from dataclasses import dataclass
from hashlib import sha256
from secrets import token_bytes

from cryptography import x509

from portal.bootstrap import BUILTIN_CA, Portal
from portal.connectors.ca.builtin.authority import BuiltinAuthority
from portal.connectors.ca.builtin.named_requests import mark_of
from portal.connectors.ca.builtin.signing import digest_for
from portal.connectors.ca.builtin.tables import OrderRow
from portal.connectors.ca.cmp.envelope import Message
from portal.connectors.ca.cmp.protection import NotProven, Protection, Shared, Signing, signed_by
from portal.connectors.ca.cmp.status import Failure
from portal.domain.certificate import Revocation
from portal.pki.cmp_bodies import Denied


@dataclass(frozen=True, slots=True)
class Asker:
    """Whoever asks, by the name of his account, and how we answer him.

    ``own`` is the order of the certificate he signs with, if he does.
    """

    name: str
    templates: Collection[str]
    answers: Protection
    own: OrderRow | None = None

    @property
    def mark(self) -> str:
        """What his orders begin with."""
        return mark_of(self.name)

    def order_id(self, kind: str, transaction: bytes) -> str:
        """An order is known by who gave it, in which transaction."""
        return f"cmp-{self.mark}-{kind}-{sha256(transaction).hexdigest()[:28]}"

    def ordered(self, row: OrderRow) -> bool:
        """Whether this certificate is his: a program's are all it ordered, a holder's the one he signs with."""
        return row.order_id.startswith(f"cmp-{self.mark}-") and (self.own is None or self.own.serial == row.serial)


def asker_of(message: Message, portal: Portal, ca: BuiltinAuthority, asked_from: str) -> Asker:
    """Whoever proves that he sent it; raises Denied, and EnrollingThrottled where secrets are guessed from."""
    try:
        if message.by_secret:
            return _program(message, portal, ca, asked_from)
        if message.algorithm is not None and message.certificates:
            return _holder(message, portal, ca)
    except NotProven as error:
        raise Denied(Failure.BAD_MESSAGE_CHECK, "the protection of the message is not right") from error
    raise Denied(Failure.WRONG_INTEGRITY, "a message has to be protected by a secret, or signed with its certificate")


def _program(message: Message, portal: Portal, ca: BuiltinAuthority, asked_from: str) -> Asker:
    portal.enrolling_door.demand_patience(asked_from)
    name = message.head.kid.decode(errors="replace")
    secret = portal.enrolling_accounts.secret(name)
    known = Shared(
        message.head.kid,
        secret or token_bytes(24),  # as much work for a name nobody has
        ca.identity.certificate.subject.public_bytes(),
        (ca.ca_certificate_der(),),
    )
    try:
        known.proves(message.algorithm, message.data, message.protection)
    except NotProven:
        portal.enrolling_door.note_wrong(asked_from)
        raise
    return Asker(name, portal.enrolling_accounts.names().get(name, ()), known)


def _holder(message: Message, portal: Portal, ca: BuiltinAuthority) -> Asker:
    shown = message.certificates[0]
    signed_by(shown, message.algorithm, message.data, message.protection)
    certificate = x509.load_der_x509_certificate(shown)
    serial = format(certificate.serial_number, "x")
    own = portal.ca_place.store.issued(BUILTIN_CA, serial)
    templates = portal.enrolling_accounts.names()
    names = {mark_of(name): name for name in templates}
    mark = own.order_id.split("-")[1] if own is not None and own.order_id.startswith("cmp-") else ""
    if own is None or own.certificate != shown or mark not in names:
        raise Denied(Failure.SIGNER_NOT_TRUSTED, "the certificate is none that was ordered here by CMP")
    if ca.status(serial) is not Revocation.GOOD or certificate.not_valid_after_utc <= portal.clock.now():
        raise Denied(Failure.SIGNER_NOT_TRUSTED, "the certificate is revoked or has expired")
    return Asker(names[mark], templates[names[mark]], _signing(ca), own)


def _signing(ca: BuiltinAuthority) -> Signing:
    responder = ca.identity.responder
    shown = x509.load_der_x509_certificate(ca.messenger())
    return Signing(shown, responder.sign, digest_for(responder.public_key), (ca.ca_certificate_der(),))
