"""Bodies of answers of CMP, and what stands in those of questions."""

from typing import Any, Final

from asn1crypto import core
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256, Hash

from portal.connectors.ca.cmp.status import REASONS, Failure, Status, said
from portal.connectors.ca.crmf import CertId
from portal.domain.outcomes import Done, Outcome, Refused, Waiting
from portal.ports.certificate_authority import IssuedCertificate

CA_CERTIFICATES: Final = "1.3.6.1.5.5.7.4.17"
Body = tuple[str, Any]
_FAILURES: Final = {
    "unknown_template": Failure.BAD_TEMPLATE,
    "alternative_missing": Failure.BAD_TEMPLATE,
    "bad_name": Failure.BAD_TEMPLATE,
    "bad_key": Failure.BAD_TEMPLATE,
    "no_proof_of_possession": Failure.BAD_PROOF,
    "order_differs": Failure.TRANSACTION_IN_USE,
    "declined": Failure.NOT_AUTHORIZED,
    "unknown_serial": Failure.BAD_CERTIFICATE_ID,
    "revoked_for_good": Failure.CERTIFICATE_REVOKED,
}


class Denied(Exception):  # noqa: N818 - it says what happened
    """Nothing is done; ``failure`` and the text say why."""

    def __init__(self, failure: Failure, text: str) -> None:
        super().__init__(text)
        self.failure = failure


def failure_of(detail: str) -> Failure:
    """What the authority's own codes are called in CMP."""
    return _FAILURES.get(detail, Failure.BAD_REQUEST)


def only(several: Any) -> Any:
    """The one there is; raises Denied."""
    if len(several) != 1:
        raise Denied(Failure.BAD_REQUEST, "one at a time")
    return several[0]


def given(value: Any) -> bool:
    """Whether something that may be left out was not."""
    return not isinstance(value, core.Void)


def certificate_id(der: bytes) -> tuple[int, Any]:
    """Number and issuer of the certificate that is meant; raises Denied."""
    try:
        named = CertId.load(der, strict=True)
        return int(named["serial_number"].native), named["issuer"].chosen
    except (ValueError, TypeError) as error:
        raise Denied(Failure.BAD_DATA, "which certificate is to be updated?") from error


def reply_of(kind: str, number: int, outcome: Outcome[IssuedCertificate], authority: bytes) -> Body:
    """ip, cp or kup."""
    response: dict[str, Any] = {"cert_req_id": number}
    match outcome:
        case Done(reply=issued):
            response["status"] = said(Status.ACCEPTED)
            response["pair"] = {"certificate": ("certificate", asn1.Certificate.load(issued.certificate))}
        case Waiting():
            response["status"] = said(Status.WAITING, text="an approver decides")
        case Refused(why=reason, permanent=True):
            response["status"] = said(Status.REJECTION, failure_of(reason.detail), _words(reason))
        case Refused():
            response["status"] = said(Status.REJECTION, Failure.UNAVAILABLE, "come again later")
    content: dict[str, Any] = {"response": [response]}
    if kind == "ip":  # whoever comes first may not know us yet (5.3.4)
        content["ca_pubs"] = [asn1.Certificate.load(authority)]
    return kind, content


def revoked_reply(outcome: Outcome[Any]) -> Body:
    """What came of a revocation: rp."""
    if isinstance(outcome, Refused):
        failure = failure_of(outcome.why.detail) if outcome.permanent else Failure.UNAVAILABLE
        return "rp", {"status": [said(Status.REJECTION, failure, outcome.why.detail)]}
    return "rp", {"status": [said(Status.ACCEPTED)]}


def wanted_reason(entry: Any) -> str:
    """Why a certificate is to be revoked; raises Denied."""
    extensions = entry if given(entry) else ()
    found = [int(one["extn_value"].parsed) for one in extensions if one["extn_id"].native == "crl_reason"]
    reason = REASONS.get(found[0] if found else 0)
    if reason is None:
        raise Denied(Failure.BAD_DATA, "no such reason")
    return reason


def is_of(certificate: bytes, fingerprint: bytes) -> bool:
    """Whether it is this certificate's, by the digest it was signed with (5.3.18)."""
    digest = Hash(x509.load_der_x509_certificate(certificate).signature_hash_algorithm or SHA256())
    digest.update(certificate)
    return digest.finalize() == fingerprint


def _words(reason: Any) -> str:
    return f"{reason.detail}: {reason.get('about')}".rstrip(": ")
