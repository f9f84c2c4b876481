"""Signing apart from building: what is to be signed is known, and can be stored, before any key is touched."""

from collections.abc import Callable
from typing import Any, Final, NoReturn, Protocol

from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256, SHA384

CaPublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey
_SEQUENCE: Final = b"\x30"
_BIT_STRING: Final = b"\x03"
_LONG: Final = 0x80  # lengths from here on tell first how many bytes they have
_STAYS = "the key stays where it is"


class SignerDown(Exception):  # noqa: N818 - it says what happened
    """The key cannot be reached now; nothing was signed as far as anybody will ever see."""


class Signer(Protocol):
    """An authority's private key, wherever it is kept."""

    @property
    def public_key(self) -> CaPublicKey:
        """The public half."""
        ...

    def sign(self, data: bytes) -> bytes:
        """A signature over the data (RSA PKCS #1 v1.5 or ECDSA in DER); raises SignerDown."""
        ...


def ca_public_key(key: object) -> CaPublicKey:
    """The key, if it is of a kind an authority may have."""
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        raise TypeError("an authority of this kind has an RSA or an elliptic curve key")
    return key


def digest_for(key: CaPublicKey) -> SHA256 | SHA384:
    """The digest that fits the key's strength."""
    large_curve = isinstance(key, ec.EllipticCurvePublicKey) and key.curve.key_size > 256  # noqa: PLR2004
    return SHA384() if large_curve else SHA256()


class _Distant:
    """What a builder may ask of a key that is elsewhere."""

    def __init__(self, public: Any, sign: Callable[[bytes], bytes]) -> None:
        self._public = public
        self._sign = sign

    @property
    def key_size(self) -> int:
        return int(self._public.key_size)

    def public_key(self) -> Any:
        return self._public

    def sign(self, data: bytes, *_: object) -> bytes:
        return self._sign(bytes(data))

    def __copy__(self) -> "_Distant":
        return self

    def __deepcopy__(self, memo: object) -> "_Distant":
        return self

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError(_STAYS)

    private_bytes = private_numbers = decrypt = exchange = _refuse


class _DistantRsa(_Distant, rsa.RSAPrivateKey):  # type: ignore[misc]
    """An RSA key that is elsewhere."""


class _DistantEc(_Distant, ec.EllipticCurvePrivateKey):  # type: ignore[misc]
    """An elliptic curve key that is elsewhere."""

    @property
    def curve(self) -> ec.EllipticCurve:
        return self._public.curve  # type: ignore[no-any-return]


def builder_key(public: CaPublicKey, sign: Callable[[bytes], bytes]) -> rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey:
    """A key object for builders of certificates, lists and answers that signs by calling ``sign``."""
    return (_DistantRsa if isinstance(public, rsa.RSAPublicKey) else _DistantEc)(public, sign)


def to_be_signed(builder: x509.CertificateBuilder, issuer: CaPublicKey) -> bytes:
    """The exact bytes the issuer will sign for this certificate."""
    seen: list[bytes] = []

    def look(data: bytes) -> bytes:
        seen.append(data)
        return b"\0"

    builder.sign(builder_key(issuer, look), digest_for(issuer))
    return seen[0]


def signed_certificate(tbs: bytes, signer: Signer) -> bytes:
    """The certificate over exactly these bytes, checked before anybody gets it."""
    algorithm = asn1.TbsCertificate.load(tbs)["signature"].dump()
    whole = _tagged(_SEQUENCE, tbs + algorithm + _tagged(_BIT_STRING, b"\0" + signer.sign(tbs)))
    made = x509.load_der_x509_certificate(whole)
    if made.tbs_certificate_bytes != tbs:
        raise SignerDown("what was signed is not what was written down")
    _verify(made, signer.public_key)
    return whole


def _tagged(tag: bytes, content: bytes) -> bytes:
    """A value in DER: putting three parts together takes a library ten times as long as finding them."""
    length = len(content)
    if length < _LONG:
        return tag + bytes((length,)) + content
    size = (length.bit_length() + 7) // 8
    return tag + bytes((_LONG | size,)) + length.to_bytes(size, "big") + content


def _verify(made: x509.Certificate, issuer: CaPublicKey) -> None:
    try:
        if isinstance(issuer, rsa.RSAPublicKey):
            issuer.verify(made.signature, made.tbs_certificate_bytes, padding.PKCS1v15(), digest_for(issuer))
        else:
            issuer.verify(made.signature, made.tbs_certificate_bytes, ec.ECDSA(digest_for(issuer)))
    except Exception as error:
        raise SignerDown("the signature does not verify with the authority's certificate") from error
