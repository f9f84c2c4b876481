"""What the built-in authority answers to messages of CMP. It remembers orders only: a transaction is one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any, Final

from asn1crypto import core
from asn1crypto import x509 as asn1
from cryptography import x509

from portal.bootstrap import BUILTIN_CA, Portal
from portal.connectors.ca.builtin.authority import BuiltinAuthority
from portal.connectors.ca.builtin.named_requests import order_of_request
from portal.connectors.ca.builtin.orders import BadOrder
from portal.connectors.ca.builtin.revoking import HOLD
from portal.connectors.ca.builtin.tables import RELEASED, OrderRow
from portal.connectors.ca.builtin.wishes import order_of_wish
from portal.connectors.ca.cmp.asn1 import Certificates
from portal.connectors.ca.cmp.envelope import Head, Message, compose
from portal.connectors.ca.cmp.status import Failure, Status, said
from portal.connectors.ca.crmf import OLD_CERTIFICATE
from portal.domain.outcomes import Done, Outcome, Refused, Waiting
from portal.pki.cmp_askers import Asker, asker_of
from portal.pki.cmp_audit import Book
from portal.pki.cmp_bodies import (
    CA_CERTIFICATES,
    Body,
    Denied,
    certificate_id,
    failure_of,
    given,
    is_of,
    only,
    reply_of,
    revoked_reply,
    wanted_reason,
)
from portal.ports.certificate_authority import CertificateOrder, IssuedCertificate, RevocationOrder

#: Kinds of requests and of their answers.
ANSWERS: Final = {"ir": "ip", "cr": "cp", "p10cr": "cp", "kur": "kup"}
_SOON: Final = 60
#: Clocks may differ by so much, and a message be so long on its way.
CLOCKS: Final = timedelta(minutes=5)
_UNDONE: Final = frozenset({HOLD, RELEASED})


@dataclass(frozen=True, slots=True)
class Desk:
    """``asked_from`` is where the asker is; ``label`` the part of our address that names a template, if any."""

    portal: Portal
    ca: BuiltinAuthority
    asked_from: str
    label: str = ""

    def answer(self, message: Message) -> bytes:
        """The answer, protected as the question was where that was right; raises EnrollingThrottled."""
        asker = None
        try:
            asker = asker_of(message, self.portal, self.ca, self.asked_from)
            kind, content = _ANSWERING.get(message.kind, Desk.unknown)(self, message, asker)
        except (Denied, BadOrder) as error:
            failure = error.failure if isinstance(error, Denied) else failure_of(error.detail)
            kind, content = "error", {"status": said(Status.REJECTION, failure, str(error))}
        head = Head(
            message.head.transaction,
            answers=message.head.nonce,
            recipient=message.sender,
            implicit=message.head.implicit and kind in ANSWERS.values(),
            at=self.portal.clock.now(),
        )
        return compose(kind, content, head, asker.answers if asker else None)

    def order(self, message: Message, asker: Asker) -> Body:
        """p10cr, ir and cr: whoever knows a secret may order of his templates."""
        template, kind = self._template(message, asker), ANSWERS[message.kind]
        order_id = asker.order_id(kind, message.head.transaction)
        if message.kind == "p10cr":
            made = order_of_request(message.content.untag().dump(), template=template, asker=asker.mark)
            return self._ordered(kind, -1, replace(made, order_id=order_id), asker)
        request = only(message.content)
        order = order_of_wish(request.dump(), template=template, order_id=order_id)
        return self._ordered(kind, request["cert_req"]["cert_req_id"].native, order, asker)

    def update(self, message: Message, asker: Asker) -> Body:
        """kur: another certificate after one that was ordered here by CMP, for the same names."""
        request = only(message.content)
        old = self._old(request, asker)
        if old.certificate is None or old.template not in asker.templates:
            raise Denied(Failure.NOT_AUTHORIZED, f"may order of {sorted(asker.templates)}, not of {old.template!r}")
        order_id = asker.order_id("kup", message.head.transaction)
        order = order_of_wish(request.dump(), template=old.template, order_id=order_id, instead=old.certificate)
        return self._ordered("kup", request["cert_req"]["cert_req_id"].native, order, asker)

    def poll(self, message: Message, asker: Asker) -> Body:
        """pollReq: what became of the order of this transaction."""
        kind, outcome = self._found(message, asker)
        number = only(message.content)["cert_req_id"].native
        if isinstance(outcome, Waiting):
            return "pollrep", [{"cert_req_id": number, "check_after": _SOON}]
        return reply_of(kind, number, outcome, self.ca.ca_certificate_der())

    def confirm(self, message: Message, asker: Asker) -> Body:
        """certConf: a certificate its owner does not want is revoked."""
        kind, outcome = self._found(message, asker)
        status = only(message.content)
        if not isinstance(outcome, Done) or not is_of(outcome.reply.certificate, status["cert_hash"].native):
            raise Denied(Failure.BAD_CERTIFICATE_ID, "it is not the certificate of this transaction")
        if given(status["status"]) and status["status"]["status"].native == Status.REJECTION:
            serial = format(x509.load_der_x509_certificate(outcome.reply.certificate).serial_number, "x")
            order = RevocationOrder(f"cmp {serial}", serial, "cessationOfOperation")
            about = asker.order_id(kind, message.head.transaction)
            self._book(asker).revoking(about, order, self.ca.revoke)
        return "pkiconf", core.Null()

    def revoke(self, message: Message, asker: Asker) -> Body:
        """rr: of the certificates he ordered, or of his own; a hold may be taken back."""
        details = only(message.content)
        reason, wish = wanted_reason(details["entry"]), details["details"]
        if reason in _UNDONE:
            self._fresh(message)
        row = self._owned(wish["serial_number"].native, wish["issuer"], asker)
        order = RevocationOrder(f"cmp {row.serial}", row.serial, reason)
        work = self.ca.release if reason == RELEASED else self.ca.revoke
        return revoked_reply(self._book(asker).revoking(row.order_id, order, work))

    def tell(self, message: Message, _asker: Asker) -> Body:
        """genm: our certificates, to whoever wishes them; of other things nothing is said."""
        own = Certificates([asn1.Certificate.load(self.ca.ca_certificate_der())])
        wished = any(one["type"].dotted == CA_CERTIFICATES for one in message.content)
        return "genp", [{"type": CA_CERTIFICATES, "value": core.Any(own)}] if wished else []

    def close(self, _message: Message, _asker: Asker) -> Body:
        """An error over there ends the transaction; what was issued stays, for whoever asks again."""
        return "pkiconf", core.Null()

    def unknown(self, message: Message, _asker: Asker) -> Body:
        """A kind of message nobody sends to an authority."""
        raise Denied(Failure.BAD_REQUEST, f"{message.kind} is not answered here")

    def _fresh(self, message: Message) -> None:
        """What may be undone must not be said again by whoever listened to it."""
        sent = message.head.at
        if sent is None or abs(self.portal.clock.now() - sent) > CLOCKS:
            raise Denied(Failure.BAD_TIME, "a hold, and its end, has to say when it is sent, by a clock that is right")

    def _template(self, message: Message, asker: Asker) -> str:
        if asker.own is not None:
            raise Denied(Failure.NOT_AUTHORIZED, "a certificate may be updated and revoked, others need a secret")
        label = self.label or message.head.profile
        template = label or (next(iter(asker.templates)) if len(asker.templates) == 1 else "")
        if template not in asker.templates:
            raise Denied(Failure.NOT_AUTHORIZED, f"may order of {sorted(asker.templates)}, not of {template!r}")
        return template

    def _ordered(self, kind: str, number: int, order: CertificateOrder, asker: Asker) -> Body:
        outcome = self._book(asker).issuing(order.order_id, lambda: self.ca.request(order))
        return reply_of(kind, number, outcome, self.ca.ca_certificate_der())

    def _book(self, asker: Asker) -> Book:
        return Book(self.portal, self.ca, asker.name)

    def _found(self, message: Message, asker: Asker) -> tuple[str, Outcome[IssuedCertificate]]:
        for kind in sorted(set(ANSWERS.values())):
            order_id = asker.order_id(kind, message.head.transaction)
            outcome = self._book(asker).issuing(order_id, partial(self.ca.look_up, order_id))
            if not isinstance(outcome, Refused) or outcome.why.detail != "unknown_ticket":
                return kind, outcome
        raise Denied(Failure.BAD_REQUEST, "nothing was ordered in this transaction")

    def _old(self, request: Any, asker: Asker) -> OrderRow:
        controls = request["cert_req"]["controls"]
        named = [one["value"] for one in controls if one["type"].dotted == OLD_CERTIFICATE] if given(controls) else []
        if named:
            return self._owned(*certificate_id(named[0].dump()), asker)
        if asker.own is None:
            raise Denied(Failure.BAD_CERTIFICATE_ID, "which certificate is to be updated?")
        return asker.own

    def _owned(self, number: int | None, issuer: Any, asker: Asker) -> OrderRow:
        ours = self.ca.identity.certificate.subject.public_bytes()
        if given(issuer) and issuer.untag().dump() != ours:
            raise Denied(Failure.WRONG_AUTHORITY, "it was not issued here")
        row = self.portal.ca_place.store.issued(BUILTIN_CA, format(number or 0, "x"))
        if row is None or not asker.ordered(row):
            raise Denied(Failure.BAD_CERTIFICATE_ID, "it is none of those that were ordered by whoever asks")
        return row


_ANSWERING: Final[Mapping[str, Callable[[Desk, Message, Asker], Body]]] = {
    **dict.fromkeys(("p10cr", "ir", "cr"), Desk.order),
    "kur": Desk.update,
    "pollreq": Desk.poll,
    "certconf": Desk.confirm,
    "rr": Desk.revoke,
    "genm": Desk.tell,
    "error": Desk.close,
}
