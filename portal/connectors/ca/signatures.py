"""Signatures of other people's programs, by the object identifier of their algorithm."""

from typing import Any, Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm

_HASHES: Final[dict[str, tuple[str, HashAlgorithm]]] = {
    "1.2.840.10045.4.3.2": ("ec", SHA256()),
    "1.2.840.10045.4.3.3": ("ec", SHA384()),
    "1.2.840.10045.4.3.4": ("ec", SHA512()),
    "1.2.840.113549.1.1.11": ("rsa", SHA256()),
    "1.2.840.113549.1.1.12": ("rsa", SHA384()),
    "1.2.840.113549.1.1.13": ("rsa", SHA512()),
}


def verify(key: Any, algorithm: str, signature: bytes, data: bytes) -> None:
    """Raises InvalidSignature, and UnsupportedAlgorithm for keys and algorithms we do not take."""
    kind, digest = _HASHES.get(algorithm, ("", SHA256()))
    if kind == "ec" and isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signature, data, ec.ECDSA(digest))
    elif kind == "rsa" and isinstance(key, rsa.RSAPublicKey):
        key.verify(signature, data, padding.PKCS1v15(), digest)
    else:
        raise UnsupportedAlgorithm(algorithm)


def digest_of(algorithm: str) -> HashAlgorithm:
    """The digest an algorithm of signatures uses; SHA-256 for those we do not know."""
    return _HASHES.get(algorithm, ("", SHA256()))[1]


def identifier(key: Any, digest: HashAlgorithm) -> str:
    """The algorithm a key signs by with this digest."""
    kind = "rsa" if isinstance(key, rsa.RSAPublicKey | rsa.RSAPrivateKey) else "ec"
    return next(oid for oid, (of, one) in _HASHES.items() if of == kind and one.name == digest.name)
