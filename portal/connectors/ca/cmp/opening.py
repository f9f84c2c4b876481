"""From what was typed to an authority behind CMP."""

from dataclasses import replace
from secrets import token_bytes
from typing import Final

from asn1crypto import core
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from portal.connectors.ca.believing import NotBelieved, believed, key_hash_of, trusted
from portal.connectors.ca.cmp.asn1 import Certificates
from portal.connectors.ca.cmp.authority import CmpAuthority
from portal.connectors.ca.cmp.envelope import Head, Message
from portal.connectors.ca.cmp.protection import Protection, Shared, Signing
from portal.connectors.ca.cmp.suspending import SuspendingCmp
from portal.connectors.ca.cmp.talk import Talk
from portal.connectors.ca.listed import Listed
from portal.connectors.ca.tracing import met, traced
from portal.connectors.http import Server
from portal.domain.connectors.cmp import CmpSettings, cmp_settings
from portal.domain.errors import InvalidInput
from portal.ports.clock import Clock
from portal.ports.connectors import ConnectorValues, Trace, TraceStep

_CHECK_WITHIN: Final = 4.0
_CA_CERTIFICATES: Final = "1.3.6.1.5.5.7.4.17"


def opened(values: ConnectorValues, clock: Clock) -> CmpAuthority:
    """Nothing is asked before the first order; raises InvalidInput or ValueError."""
    settings = cmp_settings(values.all)
    anchors = trusted(settings.trusted)
    lists = Server(settings.revocations, trust=settings.server_trusted) if settings.revocations else None
    listed = Listed(lists, anchors, clock, settings.poll)
    server = Server(
        settings.address, trust=settings.server_trusted, answer_within=settings.answer_within.total_seconds()
    )
    signers = trusted(settings.signers) if settings.signers else ()
    talk = Talk(server, _protection(settings), anchors, signers, clock)
    return (SuspendingCmp if settings.holds else CmpAuthority)(talk, listed, settings)


def checked(values: ConnectorValues, clock: Clock) -> Trace:
    """Whether it is there, lets us in, and is the authority we trust; nothing is ordered."""
    authority = opened(values, clock)
    talk, settings = authority.talk, authority.settings
    server = replace(talk.server, connect_within=_CHECK_WITHIN, answer_within=_CHECK_WITHIN)
    talk = replace(talk, server=server)
    heard = list[Message]()

    def let_in() -> str:
        heard.append(_asked(talk, settings.path(settings.any_profile)))
        return settings.reference

    def own() -> str:
        sent = _certificates(heard[0])
        if sent:
            believed(key_hash_of(sent[0]), sent, talk.anchors, clock.now())
        return str(len(sent))

    return traced((met(server), (TraceStep.SIGN_IN, let_in), (TraceStep.CERTIFICATES, own)))


def _asked(talk: Talk, path: str) -> Message:
    """For its certificates; one that does not tell them says so under the same protection."""
    head = Head(token_bytes(16), recipient=talk.anchors[0].subject.public_bytes())
    answer = talk.ask(path, "genm", [{"type": _CA_CERTIFICATES}], head)
    if answer.kind not in {"genp", "error"}:
        raise NotBelieved("unreadable")
    return answer


def _certificates(answer: Message) -> tuple[bytes, ...]:
    told = answer.content if answer.kind == "genp" else ()
    values = [one["value"] for one in told if one["type"].dotted == _CA_CERTIFICATES]
    return tuple(
        one.dump() for value in values if not isinstance(value, core.Void) for one in Certificates.load(value.dump())
    )


def _protection(settings: CmpSettings) -> Protection:
    if settings.reference:
        return Shared(settings.reference.encode(), settings.secret.encode())
    shown, *chain = trusted(settings.certificate)
    try:
        key = load_pem_private_key(settings.key.encode(), None)
    except (ValueError, TypeError) as error:
        raise InvalidInput({"key": "bad_private_key"}) from error
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return Signing(shown, lambda data: key.sign(data, ec.ECDSA(SHA256())), SHA256(), _ders(chain))
    if isinstance(key, rsa.RSAPrivateKey):
        return Signing(shown, lambda data: key.sign(data, padding.PKCS1v15(), SHA256()), SHA256(), _ders(chain))
    raise InvalidInput({"key": "bad_private_key"})


def _ders(certificates: list[x509.Certificate]) -> tuple[bytes, ...]:
    return tuple(one.public_bytes(Encoding.DER) for one in certificates)
