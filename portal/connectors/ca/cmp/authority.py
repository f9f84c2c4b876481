"""An authority behind CMP: p10cr, pollReq, certConf and rr.

A transaction is named after its order, so that a server that remembers transactions can be asked what became of one.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from secrets import token_bytes
from typing import Any, ClassVar, Final

from asn1crypto import core, csr
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256, Hash

from portal.connectors.ca.answering import (
    HOLD,
    Stopped,
    answered,
    deciding,
    demand_reason,
    lost_order,
    refused,
    settled,
)
from portal.connectors.ca.believing import NotBelieved, believed
from portal.connectors.ca.cmp.asn1 import CertResponse
from portal.connectors.ca.cmp.envelope import Head, Message
from portal.connectors.ca.cmp.revoking import Wish, was_revoked
from portal.connectors.ca.cmp.status import Failure, Standing, Status, heard, said
from portal.connectors.ca.cmp.talk import Talk, granted, refusal
from portal.connectors.ca.cmp.transaction import Transaction
from portal.connectors.ca.listed import Listed
from portal.connectors.gost import streebog
from portal.connectors.gost.signature import SIGNATURES
from portal.connectors.http import NoAnswer
from portal.domain.certificate import Revocation
from portal.domain.connectors.cmp import UNNAMED, CmpSettings, ProfileIn
from portal.domain.outcomes import Effect, Outcome
from portal.ports.certificate_authority import CertificateOrder, IssuedCertificate, RevocationOrder, Revoked

_LONGEST: Final = timedelta(days=1)
_CERTIFICATES: Final = frozenset({"cp", "ip", "kup"})


class NotKnown(Exception):  # noqa: N818 - it says what happened
    """The server knows nothing of the transaction."""


@dataclass(frozen=True, slots=True)
class CmpAuthority:
    """``listed`` is the authority's list of revoked certificates."""

    holds: ClassVar[bool] = False
    talk: Talk
    listed: Listed
    settings: CmpSettings

    def request(self, order: CertificateOrder) -> Outcome[IssuedCertificate]:
        return answered(lambda: self._ordered(order))

    def look_up(self, ticket: str) -> Outcome[IssuedCertificate]:
        return answered(lambda: self._looked_up(ticket))

    def effect_of(self, order: CertificateOrder) -> Effect[IssuedCertificate]:
        return settled(lambda: self._became(order))

    def revoke(self, order: RevocationOrder) -> Outcome[Revoked]:
        return answered(lambda: self._revoked(order))

    def status(self, serial: str) -> Revocation:
        return self.listed.state(serial)

    def _ordered(self, order: CertificateOrder) -> IssuedCertificate:
        one = Transaction.of(order)
        request = csr.CertificationRequest.load(order.request)
        answer = self.talk.first(self.settings.path(one.template), "p10cr", request, self._head(one))
        return self._taken(one, granted(answer))

    def _looked_up(self, ticket: str) -> IssuedCertificate:
        try:
            return self._polled(Transaction.named(ticket))
        except NotKnown as error:  # not for good: whoever asks looks once more before he believes it
            raise refused("unknown_ticket", str(error), permanent=False) from error

    def _became(self, order: CertificateOrder) -> IssuedCertificate | None:
        try:
            return self._polled(Transaction.of(order))
        except NotKnown as error:
            if self.settings.remembers:
                return None
            raise lost_order(order.order_id) from error

    def _polled(self, one: Transaction) -> IssuedCertificate:
        answer = self._asked(one, "pollreq", [{"cert_req_id": one.number}])
        if answer.kind != "error":
            return self._taken(one, answer)
        standing = heard(answer.content["status"])
        if Failure.UNAVAILABLE in standing.failures:
            raise refusal(standing)
        raise NotKnown(standing.text)

    def _asked(self, one: Transaction, kind: str, content: Any) -> Message:
        return self.talk.ask(self.settings.path(one.template), kind, content, self._head(one))

    def _head(self, one: Transaction) -> Head:
        in_message = self.settings.profile_in is ProfileIn.MESSAGE and one.template != UNNAMED
        return Head(
            one.name,
            answers=one.nonce,
            recipient=self.talk.anchors[0].subject.public_bytes(),
            implicit=self.settings.implicit,
            profile=one.template if in_message else "",
            at=self.talk.clock.now().replace(microsecond=0),
        )

    def _taken(self, one: Transaction, answer: Message) -> IssuedCertificate:
        """The certificate an answer brings, confirmed; raises Stopped while there is none."""
        now, content = self.talk.clock.now(), answer.content
        if answer.kind == "pollrep" and len(content) == 1:
            after = timedelta(seconds=min(max(content[0]["check_after"].native, 1), _LONGEST.total_seconds()))
            raise deciding(one.after(answer, content[0]["cert_req_id"].native).ticket, now + after)
        if answer.kind not in _CERTIFICATES or len(content["response"]) != 1:
            raise NotBelieved("unreadable")
        response = content["response"][0]
        one = one.after(answer, response["cert_req_id"].native)
        standing = heard(response["status"])
        if standing.status == Status.WAITING:
            raise deciding(one.ticket, now + self.settings.poll)
        if not standing.granted:
            raise refusal(standing)
        return self._confirmed(one, answer, _certificate(response))

    def _confirmed(self, one: Transaction, answer: Message, der: bytes) -> IssuedCertificate:
        try:
            issued = believed(one.key, (der, *_others(answer)), self.talk.anchors, self.talk.clock.now())
        except NotBelieved:
            with suppress(Stopped, NotBelieved, NoAnswer):  # they may revoke it; whether they do changes nothing here
                self._told(one, der, wanted=False)
            raise
        if not (self.settings.implicit and answer.head.implicit):
            self._told(one, der, wanted=True)
        return issued

    def _told(self, one: Transaction, der: bytes, *, wanted: bool) -> None:
        status = {} if wanted else {"status": said(Status.REJECTION, Failure.BAD_TEMPLATE, "not what was ordered")}
        confirmation = {"cert_hash": _digest(der), "cert_req_id": one.number, **status}
        if granted(self._asked(one, "certconf", [confirmation])).kind != "pkiconf":
            raise NotBelieved("unreadable")

    def _revoked(self, order: RevocationOrder) -> Revoked:
        demand_reason(order.reason, holds=self.holds)
        before = was_revoked(self._told_of(order.serial, order.reason))
        if before and order.reason != HOLD and self.listed.state(order.serial) is Revocation.ON_HOLD:
            # what it says is revoked is only held, or its list is late: it is asked again until they agree
            raise refused("said_no", order.serial, permanent=False)
        return Revoked(self.talk.clock.now())

    def _told_of(self, serial: str, reason: str) -> Standing:
        one = Transaction(token_bytes(16), "", self.settings.any_profile)
        return Wish(serial, reason).told(self.talk, self.settings.path(one.template), self._head(one))


def _certificate(response: CertResponse) -> bytes:
    try:
        pair = response["pair"]["certificate"]
        return bytes(pair.chosen.untag().dump()) if pair.name == "certificate" else b""
    except (KeyError, TypeError, AttributeError) as error:
        raise NotBelieved("unreadable") from error


def _others(answer: Message) -> tuple[bytes, ...]:
    published = answer.content["ca_pubs"]
    own = () if isinstance(published, core.Void) else tuple(one.dump() for one in published)
    return (*answer.certificates, *own)


def _digest(der: bytes) -> bytes:
    """By what it was signed with (5.3.18)."""
    certificate = x509.load_der_x509_certificate(der)
    if bits := SIGNATURES.get(certificate.signature_algorithm_oid.dotted_string):
        return streebog.digest(der, bits)
    digest = Hash(certificate.signature_hash_algorithm or SHA256())
    digest.update(der)
    return digest.finalize()
