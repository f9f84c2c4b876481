"""Signatures: what comes is checked against the element in its place, what goes out is signed."""

import base64
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from lxml import etree

from portal.sidecar.libcrypto import LibcryptoBackend
from portal.stands.smev.keys import GostIdentity
from portal.stands.smev.markup import DS, Element, inside, name_of, plain, put
from portal.stands.smev.transform import ALGORITHM, EXCLUSIVE, transformed

_FAMILY: Final = "urn:ietf:params:xml:ns:cpxmlsec:algorithms:"
_SHAPE: Final = ("SignedInfo", "SignatureValue", "KeyInfo")
_INFO: Final = ("CanonicalizationMethod", "SignatureMethod", "Reference")
_REFERENCE: Final = ("Transforms", "DigestMethod", "DigestValue")


class NotSigned(ValueError):  # noqa: N818 - named after what is wrong
    """The signature does not hold; the argument is the code by which the exchange says so."""


@dataclass(slots=True)
class Pen:
    """One who signs."""

    identity: GostIdentity
    _backend: LibcryptoBackend | None = field(default=None, init=False)
    _certificate: bytes = field(default=b"", init=False)

    @property
    def backend(self) -> LibcryptoBackend:
        if self._backend is None:
            self._backend = LibcryptoBackend(self.identity.key.read_bytes())
        return self._backend

    @property
    def certificate(self) -> bytes:
        """DER."""
        if not self._certificate:
            self._certificate = der_of(self.identity.certificate)
        return self._certificate

    def sign(self, target: Element, holder: Element) -> None:
        """Put a signature over the target, which bears an ``Id``, into its holder."""
        bits = self.backend.key_bits()
        signature = put(holder, DS, "Signature")
        info = _signed_info(signature, target, self.backend.digest(transformed(target), bits), bits)
        put(signature, DS, "SignatureValue", _base64(self.backend.sign(plain(info), bits)))
        put(put(put(signature, DS, "KeyInfo"), DS, "X509Data"), DS, "X509Certificate", _base64(self.certificate))


@dataclass(frozen=True, slots=True)
class Notary:
    """Checks what others signed: ``known`` are those who take part, by certificate; ``trust`` vouches for them."""

    pen: Pen
    trust: Path
    known: dict[bytes, str]

    def signer_of(self, target: Element, holder: Element | None) -> str:
        """Who signed this element; raises NotSigned."""
        signature = _only_signature(holder)
        info, value, key = _parts(signature, _SHAPE)
        bits = _digest_held(info, target, self.pen.backend)
        certificate = _certificate(key)
        if not self.pen.backend.verify(plain(info), signature=_octets(value), certificate=certificate, bits=bits):
            raise NotSigned("SignatureIsInvalid")
        return self._known(certificate)

    def _known(self, certificate: bytes) -> str:
        trusted = self.pen.backend.trusted(certificate, trust=self.trust, at=int(time.time()))
        if trusted == "expired":
            raise NotSigned("CertificateIsExpired")
        if trusted != "trusted" or certificate not in self.known:
            raise NotSigned("CertificateIsNotFound")
        return self.known[certificate]


def der_of(certificate: Path) -> bytes:
    lines = certificate.read_text().split("-----BEGIN CERTIFICATE-----")[1].split("-----END")[0]
    return base64.b64decode(lines)


def _signed_info(signature: Element, target: Element, digest: bytes, bits: int) -> Element:
    info = put(signature, DS, "SignedInfo")
    put(info, DS, "CanonicalizationMethod", Algorithm=EXCLUSIVE)
    put(info, DS, "SignatureMethod", Algorithm=f"{_FAMILY}gostr34102012-gostr34112012-{bits}")
    reference = put(info, DS, "Reference", URI=f"#{target.get('Id')}")
    transforms = put(reference, DS, "Transforms")
    for algorithm in (EXCLUSIVE, ALGORITHM):
        put(transforms, DS, "Transform", Algorithm=algorithm)
    put(reference, DS, "DigestMethod", Algorithm=f"{_FAMILY}gostr34112012-{bits}")
    put(reference, DS, "DigestValue", _base64(digest))
    return info


def _only_signature(holder: Element | None) -> Element:
    signatures = [] if holder is None else list(inside(holder))
    if len(signatures) != 1 or name_of(signatures[0]) != (DS, "Signature"):
        raise NotSigned("NoSignatureFound")
    return signatures[0]


def _digest_held(info: Element, target: Element, backend: LibcryptoBackend) -> int:
    """The size of the digest, once it has been found to be the one of the target in its place."""
    method, signing, reference = _parts(info, _INFO)
    transforms, digesting, digest = _parts(reference, _REFERENCE)
    named = [node for node in target.getroottree().iter(etree.Element) if node.get("Id") == target.get("Id", "")]
    if reference.get("URI") != f"#{target.get('Id')}" or named != [target]:
        raise NotSigned("IncorrectSignatureTarget")
    bits = 512 if (signing.get("Algorithm") or "").endswith("-512") else 256
    expected = [
        EXCLUSIVE,
        f"{_FAMILY}gostr34102012-gostr34112012-{bits}",
        f"{_FAMILY}gostr34112012-{bits}",
        *(EXCLUSIVE, ALGORITHM),
    ]
    used = [node.get("Algorithm") for node in (method, signing, digesting, *inside(transforms))]
    if used != expected or backend.digest(transformed(target), bits) != _octets(digest):
        raise NotSigned("SignatureIsInvalid")
    return bits


def _parts(parent: Element, names: tuple[str, ...]) -> list[Element]:
    parts = list(inside(parent))
    if [name_of(part) for part in parts] != [(DS, name) for name in names]:
        raise NotSigned("SignatureIsInvalid")
    return parts


def _certificate(key: Element) -> bytes:
    (data,) = _parts(key, ("X509Data",))
    (certificate,) = _parts(data, ("X509Certificate",))
    return _octets(certificate)


def _octets(element: Element) -> bytes:
    try:
        return base64.b64decode("".join((element.text or "").split()), validate=True)
    except ValueError as error:
        raise NotSigned("SignatureIsInvalid") from error


def _base64(octets: bytes) -> str:
    return base64.b64encode(octets).decode()
