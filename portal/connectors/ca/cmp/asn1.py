"""The messages of CMP as they stand in appendix F of RFC 4210: what a client and a server of certificates need."""

# ruff: noqa: RUF012 - the library is told fields in lists
from asn1crypto import core, crl, csr, x509

from portal.connectors.ca.crmf import Algorithm, CertId, CertReqMessages, CertTemplate


class FreeText(core.SequenceOf):  # type: ignore[misc]
    """What people may read."""

    _child_spec = core.UTF8String


class Info(core.Sequence):  # type: ignore[misc]
    """Something said by its kind."""

    _fields = [("type", core.ObjectIdentifier), ("value", core.Any, {"optional": True})]


class Infos(core.SequenceOf):  # type: ignore[misc]
    """Several of them."""

    _child_spec = Info


class Certificates(core.SequenceOf):  # type: ignore[misc]
    """Certificates in any order."""

    _child_spec = x509.Certificate


class PkiHeader(core.Sequence):  # type: ignore[misc]
    """Who speaks to whom, in which transaction, protected how."""

    _fields = [
        ("pvno", core.Integer),
        ("sender", x509.GeneralName),
        ("recipient", x509.GeneralName),
        ("message_time", core.GeneralizedTime, {"explicit": 0, "optional": True}),
        ("protection_alg", Algorithm, {"explicit": 1, "optional": True}),
        ("sender_kid", core.OctetString, {"explicit": 2, "optional": True}),
        ("recip_kid", core.OctetString, {"explicit": 3, "optional": True}),
        ("transaction_id", core.OctetString, {"explicit": 4, "optional": True}),
        ("sender_nonce", core.OctetString, {"explicit": 5, "optional": True}),
        ("recip_nonce", core.OctetString, {"explicit": 6, "optional": True}),
        ("free_text", FreeText, {"explicit": 7, "optional": True}),
        ("general_info", Infos, {"explicit": 8, "optional": True}),
    ]


class StatusInfo(core.Sequence):  # type: ignore[misc]
    """How something stands."""

    _fields = [
        ("status", core.Integer),
        ("status_string", FreeText, {"optional": True}),
        ("fail_info", core.BitString, {"optional": True}),
    ]


class CertOrEncrypted(core.Choice):  # type: ignore[misc]
    """We take certificates in the clear: they are public."""

    _alternatives = [("certificate", x509.Certificate, {"explicit": 0}), ("encrypted", core.Sequence, {"explicit": 1})]


class CertifiedKeyPair(core.Sequence):  # type: ignore[misc]
    """A certificate, and things we neither send nor take."""

    _fields = [
        ("certificate", CertOrEncrypted),
        ("private_key", core.Sequence, {"explicit": 0, "optional": True}),
        ("publication", core.Sequence, {"explicit": 1, "optional": True}),
    ]


class CertResponse(core.Sequence):  # type: ignore[misc]
    """What became of one request."""

    _fields = [
        ("cert_req_id", core.Integer),
        ("status", StatusInfo),
        ("pair", CertifiedKeyPair, {"optional": True}),
        ("rsp_info", core.OctetString, {"optional": True}),
    ]


class CertResponses(core.SequenceOf):  # type: ignore[misc]
    """Of each request one."""

    _child_spec = CertResponse


class CertRepMessage(core.Sequence):  # type: ignore[misc]
    """ip, cp and kup."""

    _fields = [("ca_pubs", Certificates, {"explicit": 1, "optional": True}), ("response", CertResponses)]


class RevDetails(core.Sequence):  # type: ignore[misc]
    """Which certificate, and why."""

    _fields = [("details", CertTemplate), ("entry", crl.CRLEntryExtensions, {"optional": True})]


class RevRequests(core.SequenceOf):  # type: ignore[misc]
    """rr; we know one at a time."""

    _child_spec = RevDetails


class Statuses(core.SequenceOf):  # type: ignore[misc]
    """How each stands."""

    _child_spec = StatusInfo


class CertIds(core.SequenceOf):  # type: ignore[misc]
    """Certificates by number."""

    _child_spec = CertId


class RevReply(core.Sequence):  # type: ignore[misc]
    """rp."""

    _fields = [
        ("status", Statuses),
        ("certificates", CertIds, {"explicit": 0, "optional": True}),
        ("lists", core.Sequence, {"explicit": 1, "optional": True}),
    ]


class CertStatus(core.Sequence):  # type: ignore[misc]
    """Whether a certificate was taken."""

    _fields = [
        ("cert_hash", core.OctetString),
        ("cert_req_id", core.Integer),
        ("status", StatusInfo, {"optional": True}),
    ]


class Confirmations(core.SequenceOf):  # type: ignore[misc]
    """certConf."""

    _child_spec = CertStatus


class Poll(core.Sequence):  # type: ignore[misc]
    """Which request is asked about."""

    _fields = [("cert_req_id", core.Integer)]


class Polls(core.SequenceOf):  # type: ignore[misc]
    """pollReq."""

    _child_spec = Poll


class PollAnswer(core.Sequence):  # type: ignore[misc]
    """When to ask again."""

    _fields = [
        ("cert_req_id", core.Integer),
        ("check_after", core.Integer),
        ("reason", FreeText, {"optional": True}),
    ]


class PollAnswers(core.SequenceOf):  # type: ignore[misc]
    """pollRep."""

    _child_spec = PollAnswer


class ErrorMessage(core.Sequence):  # type: ignore[misc]
    """Nothing came of it."""

    _fields = [
        ("status", StatusInfo),
        ("code", core.Integer, {"optional": True}),
        ("details", FreeText, {"optional": True}),
    ]


class PkiBody(core.Choice):  # type: ignore[misc]
    """What is said; kinds that are not here are refused."""

    _alternatives = [
        ("ir", CertReqMessages, {"explicit": 0}),
        ("ip", CertRepMessage, {"explicit": 1}),
        ("cr", CertReqMessages, {"explicit": 2}),
        ("cp", CertRepMessage, {"explicit": 3}),
        ("p10cr", csr.CertificationRequest, {"explicit": 4}),
        ("kur", CertReqMessages, {"explicit": 7}),
        ("kup", CertRepMessage, {"explicit": 8}),
        ("rr", RevRequests, {"explicit": 11}),
        ("rp", RevReply, {"explicit": 12}),
        ("pkiconf", core.Null, {"explicit": 19}),
        ("genm", Infos, {"explicit": 21}),
        ("genp", Infos, {"explicit": 22}),
        ("error", ErrorMessage, {"explicit": 23}),
        ("certconf", Confirmations, {"explicit": 24}),
        ("pollreq", Polls, {"explicit": 25}),
        ("pollrep", PollAnswers, {"explicit": 26}),
    ]


class PkiMessage(core.Sequence):  # type: ignore[misc]
    """One message."""

    _fields = [
        ("header", PkiHeader),
        ("body", PkiBody),
        ("protection", core.OctetBitString, {"explicit": 0, "optional": True}),
        ("extra_certs", Certificates, {"explicit": 1, "optional": True}),
    ]


class ProtectedPart(core.Sequence):  # type: ignore[misc]
    """What the protection of a message is over."""

    _fields = [("header", PkiHeader), ("body", PkiBody)]


class PbmParameter(core.Sequence):  # type: ignore[misc]
    """How a key is made of a secret (4.4 of RFC 4211)."""

    _fields = [
        ("salt", core.OctetString),
        ("owf", Algorithm),
        ("iterations", core.Integer),
        ("mac", Algorithm),
    ]
