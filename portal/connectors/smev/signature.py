"""XML signatures as СМЭВ wants them: made beside the signed element, and checked against the element they must be over.

A check never looks an element up by its ``Id``: the caller names the element by its place, and the reference must fit.
"""

import base64
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from lxml import etree

from portal.connectors.smev.canonical import EXCLUSIVE, canonical
from portal.connectors.smev.safe_xml import BadXml, Element, children, elements, qualified
from portal.connectors.smev.transform import ALGORITHM, NotTransformable, has_greater, transformed
from portal.ports.exchange import SignatureState
from portal.ports.signer import Signer, Strength, Trust, Verifier

DS: Final = "http://www.w3.org/2000/09/xmldsig#"
_URNS: Final = "urn:ietf:params:xml:ns:cpxmlsec:algorithms:"
SIGNATURE_METHODS: Final = {
    Strength.GOST_256: f"{_URNS}gostr34102012-gostr34112012-256",
    Strength.GOST_512: f"{_URNS}gostr34102012-gostr34112012-512",
}
DIGEST_METHODS: Final = {
    Strength.GOST_256: f"{_URNS}gostr34112012-256",
    Strength.GOST_512: f"{_URNS}gostr34112012-512",
}
_TRANSFORMS: Final = [EXCLUSIVE, ALGORITHM]
_DISTRUST: Final = {
    Trust.EXPIRED: SignatureState.EXPIRED,
    Trust.UNKNOWN: SignatureState.UNTRUSTED,
    Trust.NOT_ASKED: SignatureState.UNTRUSTED,
    Trust.UNREADABLE: SignatureState.MALFORMED,
}
#: Canonical already: what is signed is this text, and the signing process lets nothing else through.
_SIGNED_INFO: Final = (
    f'<ds:SignedInfo xmlns:ds="{DS}">'
    f'<ds:CanonicalizationMethod Algorithm="{EXCLUSIVE}"></ds:CanonicalizationMethod>'
    '<ds:SignatureMethod Algorithm="{method}"></ds:SignatureMethod>'
    '<ds:Reference URI="#{target}"><ds:Transforms>'
    f'<ds:Transform Algorithm="{EXCLUSIVE}"></ds:Transform><ds:Transform Algorithm="{ALGORITHM}"></ds:Transform>'
    '</ds:Transforms><ds:DigestMethod Algorithm="{digest_method}"></ds:DigestMethod>'
    "<ds:DigestValue>{digest}</ds:DigestValue></ds:Reference></ds:SignedInfo>"
)


class BadSignature(ValueError):  # noqa: N818 - named after what it is
    """What stands in a signature's place does not hold."""

    def __init__(self, state: SignatureState, detail: str = "") -> None:
        super().__init__(detail or state.value)
        self.state = state


@dataclass(frozen=True, slots=True)
class SignatureParts:
    """What a well-formed signature says."""

    signed_info: bytes
    strength: Strength
    target: str
    digest: bytes
    value: bytes
    certificate: bytes


# ── making ────────────────────────────────────────────────────────────────────


def signed_info(target_id: str, digest: bytes, strength: Strength) -> bytes:
    """The canonical octets that are signed."""
    return _SIGNED_INFO.format(
        method=SIGNATURE_METHODS[strength],
        target=target_id,
        digest_method=DIGEST_METHODS[strength],
        digest=base64.b64encode(digest).decode(),
    ).encode()


def signature_over(target: Element, signer: Signer) -> Element:
    """A ``ds:Signature`` over the element, which must carry an ``Id``."""
    octets = signed_info(target.get("Id", ""), signer.digest(transformed(target), signer.strength), signer.strength)
    value = base64.b64encode(signer.sign(octets)).decode()
    certificate = base64.b64encode(signer.certificate()).decode()
    return etree.fromstring(
        f'<ds:Signature xmlns:ds="{DS}">{octets.decode()}<ds:SignatureValue>{value}</ds:SignatureValue>'
        f"<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
        "</ds:Signature>"
    )


# ── checking ──────────────────────────────────────────────────────────────────


def state_of(holder: Element | None, target: Element | None, verifier: Verifier, at: datetime) -> SignatureState:
    """How the signature held by ``holder`` stands to the element it must be over; raises OutsideUnavailable."""
    if holder is None or target is None:
        return SignatureState.ABSENT
    try:
        parts = parts_of(holder)
        demand_target(parts, target)
        if not digest_holds(parts, target, verifier):
            return SignatureState.CHANGED
    except BadSignature as error:
        return error.state
    if not value_holds(parts, verifier):
        return SignatureState.FORGED
    return _DISTRUST.get(verifier.trust(parts.certificate, at), SignatureState.VALID)


def parts_of(holder: Element) -> SignatureParts:
    """Read the only signature of its holder; raises BadSignature for whatever is not of the one known form."""
    inside = list(elements(holder))
    if not inside:
        raise BadSignature(SignatureState.ABSENT)
    if len(inside) != 1 or qualified(inside[0]) != (DS, "Signature"):
        raise _malformed("more than a signature")
    signature = inside[0]
    if any(not isinstance(node.tag, str) for node in signature.iter()):
        raise _malformed("a comment or an instruction")
    info = _only(signature, "SignedInfo")
    strength = _strength(_only(info, "SignatureMethod"))
    reference = _reference(info, strength)
    return SignatureParts(
        signed_info=_canonical(info),
        strength=strength,
        target=reference.get("URI", ""),
        digest=_base64(_only(reference, "DigestValue")),
        value=_base64(_only(signature, "SignatureValue")),
        certificate=_base64(_only(_only(_only(signature, "KeyInfo"), "X509Data"), "X509Certificate")),
    )


def demand_target(parts: SignatureParts, target: Element) -> None:
    """The reference must name the element in its place, and nothing else may bear that name; raises BadSignature."""
    name = target.get("Id", "")
    if not name or parts.target != f"#{name}":
        raise BadSignature(SignatureState.MISPLACED)
    bearers = [
        node
        for node in target.getroottree().iter(etree.Element)
        if name in {node.get(key) for key in ("Id", "ID", "id")}
    ]
    if len(bearers) != 1:
        raise BadSignature(SignatureState.MISPLACED, "the name is borne twice")


def digest_holds(parts: SignatureParts, target: Element, verifier: Verifier) -> bool:
    """Whether the element is the one that was signed."""
    ways = (False, True) if has_greater(target) else (False,)
    try:
        return any(
            verifier.digest(transformed(target, escape_greater=way), parts.strength) == parts.digest for way in ways
        )
    except NotTransformable as error:
        raise _malformed(str(error)) from error


def value_holds(parts: SignatureParts, verifier: Verifier) -> bool:
    """Whether the certificate's key signed this SignedInfo."""
    return verifier.verify(
        parts.signed_info, signature=parts.value, certificate=parts.certificate, strength=parts.strength
    )


def _reference(info: Element, strength: Strength) -> Element:
    _demand_algorithm(_only(info, "CanonicalizationMethod"), EXCLUSIVE)
    reference = _only(info, "Reference")
    _demand_algorithm(_only(reference, "DigestMethod"), DIGEST_METHODS[strength])
    transforms = children(_only(reference, "Transforms"), "Transform", DS)
    if [transform.get("Algorithm") for transform in transforms] != _TRANSFORMS or any(map(len, transforms)):
        raise _malformed("other transforms")
    return reference


def _strength(method: Element) -> Strength:
    for strength, algorithm in SIGNATURE_METHODS.items():
        if method.get("Algorithm") == algorithm:
            return strength
    raise _malformed("another algorithm")


def _demand_algorithm(element: Element, algorithm: str) -> None:
    if element.get("Algorithm") != algorithm or len(element):
        raise _malformed(f"another {qualified(element)[1]}")


def _only(parent: Element, local: str) -> Element:
    found = children(parent, local, DS)
    if len(found) != 1:
        raise _malformed(f"{len(found)} of {local}")
    return found[0]


def _canonical(info: Element) -> bytes:
    try:
        return canonical(info)
    except BadXml as error:
        raise _malformed(str(error)) from error


def _base64(element: Element) -> bytes:
    try:
        return base64.b64decode("".join((element.text or "").split()), validate=True)
    except ValueError as error:
        raise _malformed("not base64") from error


def _malformed(detail: str) -> BadSignature:
    return BadSignature(SignatureState.MALFORMED, detail)
