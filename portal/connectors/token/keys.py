"""Key pairs made on the token, and their halves as keys that `cryptography` understands."""

from typing import Any, Final, NoReturn, Self, cast

from asn1crypto.algos import DigestInfo
from asn1crypto.core import OctetString
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa, utils
from cryptography.hazmat.primitives.asymmetric.padding import AsymmetricPadding, PKCS1v15
from cryptography.utils import Buffer
from pkcs11 import Attribute, KeyType, Mechanism, Object, PrivateKey, Session, SignMixin
from pkcs11 import PublicKey as PublicHalf
from pkcs11.constants import DEFAULT
from pkcs11.util.ec import encode_named_curve_parameters

from portal.connectors.token.objects import Template, with_id
from portal.connectors.token.translation import RefusalError
from portal.domain.certificate import KeyAlgorithm
from portal.domain.troubles import Trouble, why

PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey

_RSA_BITS: Final = {
    KeyAlgorithm.RSA_2048: 2048,
    KeyAlgorithm.RSA_3072: 3072,
    KeyAlgorithm.RSA_4096: 4096,
}
_CURVES: Final[dict[KeyAlgorithm, ec.EllipticCurve]] = {
    KeyAlgorithm.EC_P256: ec.SECP256R1(),
    KeyAlgorithm.EC_P384: ec.SECP384R1(),
}
_CURVE_OF: Final = {encode_named_curve_parameters(curve.name): curve for curve in _CURVES.values()}
# modules disagree on which capability may be named and which value it may have: the token's own default is
# accepted by all, so nothing is said but what matters
_SILENT: Final = dict.fromkeys(
    (
        *(Attribute.ENCRYPT, Attribute.DECRYPT, Attribute.WRAP, Attribute.UNWRAP),
        *(Attribute.SIGN, Attribute.VERIFY, Attribute.DERIVE),
    ),
    DEFAULT,
)
# some tokens make extractable keys unless told not to
PRIVATE: Final[Template] = {Attribute.SIGN: True, Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False}


def generate(session: Session, key_id: str, label: str, algorithm: KeyAlgorithm) -> tuple[Object, Object]:
    """Make a pair on the token; answers its private and its public half."""
    options: dict[str, Any] = {
        "id": bytes.fromhex(key_id),
        "label": label,
        "store": True,
        "capabilities": 0,
        "public_template": _SILENT,
        "private_template": _SILENT | PRIVATE,
    }
    if algorithm in _RSA_BITS:
        public, private = session.generate_keypair(KeyType.RSA, key_length=_RSA_BITS[algorithm], **options)
        return private, public
    curve = {Attribute.EC_PARAMS: encode_named_curve_parameters(_CURVES[algorithm].name)}
    public, private = session.create_domain_parameters(KeyType.EC, curve, local=True).generate_keypair(**options)
    return private, public


def halves(session: Session, key_id: str) -> tuple[list[Object], list[Object]]:
    """The private and the public key objects with this CKA_ID, in one search for all that has it."""
    return halves_of(with_id(session, key_id))


def halves_of(found: list[Object]) -> tuple[list[Object], list[Object]]:
    """The private and the public key objects among these."""
    private: list[Object] = [one for one in found if isinstance(one, PrivateKey)]
    public: list[Object] = [one for one in found if isinstance(one, PublicHalf)]
    return private, public


def load_public(obj: Object) -> PublicKey:
    """The public half as a key of `cryptography`."""
    if obj[Attribute.KEY_TYPE] == KeyType.RSA:
        got = obj.get_attributes([Attribute.MODULUS, Attribute.PUBLIC_EXPONENT])
        numbers = (int.from_bytes(got[name], "big") for name in (Attribute.PUBLIC_EXPONENT, Attribute.MODULUS))
        return rsa.RSAPublicNumbers(*numbers).public_key()
    got = obj.get_attributes([Attribute.EC_PARAMS, Attribute.EC_POINT])
    curve = _CURVE_OF.get(got[Attribute.EC_PARAMS])
    if curve is None:
        raise RefusalError(why(Trouble.TOKEN_UNSUITABLE, "curve"), permanent=True)
    return ec.EllipticCurvePublicKey.from_encoded_point(curve, _point(got[Attribute.EC_POINT], curve))


def of_same_type(handle: Object, public: PublicKey) -> bool:
    """Whether a private key object could belong to this public key at all."""
    wanted = KeyType.RSA if isinstance(public, rsa.RSAPublicKey) else KeyType.EC
    return bool(handle[Attribute.KEY_TYPE] == wanted)


def spki(public: PublicKey) -> bytes:
    """SubjectPublicKeyInfo in DER."""
    return public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def _point(raw: bytes, curve: ec.EllipticCurve) -> bytes:
    bare = 1 + 2 * ((curve.key_size + 7) // 8)  # some tokens leave out the OCTET STRING around the point
    return raw if len(raw) == bare else bytes(OctetString.load(raw))


class _StaysOnToken:
    """What private keys on a token have in common: refusing every method that would take them off."""

    def __init__(self, handle: SignMixin, public: PublicKey) -> None:
        self._handle = handle
        self._public = public

    @property
    def key_size(self) -> int:
        return self._public.key_size

    def decrypt(self, *_: object, **__: object) -> NoReturn:
        self._refuse()

    def exchange(self, *_: object, **__: object) -> NoReturn:
        self._refuse()

    def private_numbers(self) -> NoReturn:
        self._refuse()

    def private_bytes(self, *_: object, **__: object) -> NoReturn:
        self._refuse()

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def _refuse(self) -> NoReturn:
        raise TypeError("this key is on a token: it signs, and does nothing else")


class RSAKeyOnToken(_StaysOnToken, rsa.RSAPrivateKey):
    """Signs PKCS#1 v1.5 with CKM_RSA_PKCS, the one mechanism every token has; the host makes the digest."""

    def public_key(self) -> rsa.RSAPublicKey:
        return cast("rsa.RSAPublicKey", self._public)

    def sign(
        self,
        data: Buffer,
        padding: AsymmetricPadding,
        algorithm: utils.Prehashed | hashes.HashAlgorithm | utils.NoDigestInfo,
    ) -> bytes:
        if not isinstance(padding, PKCS1v15) or not isinstance(algorithm, hashes.HashAlgorithm):
            self._refuse()
        info = DigestInfo({"digest_algorithm": {"algorithm": algorithm.name}, "digest": _digest(data, algorithm)})
        return self._handle.sign(info.dump(), mechanism=Mechanism.RSA_PKCS)


class ECKeyOnToken(_StaysOnToken, ec.EllipticCurvePrivateKey):
    """Signs with CKM_ECDSA over a digest made by the host."""

    def public_key(self) -> ec.EllipticCurvePublicKey:
        return cast("ec.EllipticCurvePublicKey", self._public)

    @property
    def curve(self) -> ec.EllipticCurve:
        return self.public_key().curve

    def sign(self, data: Buffer, signature_algorithm: ec.EllipticCurveSignatureAlgorithm) -> bytes:
        algorithm = signature_algorithm.algorithm
        if not isinstance(algorithm, hashes.HashAlgorithm):
            self._refuse()
        raw = self._handle.sign(_digest(data, algorithm), mechanism=Mechanism.ECDSA)
        middle = len(raw) // 2
        return utils.encode_dss_signature(int.from_bytes(raw[:middle], "big"), int.from_bytes(raw[middle:], "big"))


def key_on_token(handle: Object, public: PublicKey) -> RSAKeyOnToken | ECKeyOnToken:
    """A private key object with the public key that belongs to it, as a key that signs."""
    if not isinstance(handle, SignMixin):
        raise RefusalError(why(Trouble.TOKEN_UNSUITABLE, "CKA_SIGN"), permanent=True)
    return RSAKeyOnToken(handle, public) if isinstance(public, rsa.RSAPublicKey) else ECKeyOnToken(handle, public)


def digest_for(public: PublicKey) -> hashes.SHA256 | hashes.SHA384:
    """The digest that fits the key's strength."""
    wide = isinstance(public, ec.EllipticCurvePublicKey) and public.curve.key_size > 256  # noqa: PLR2004
    return hashes.SHA384() if wide else hashes.SHA256()


def _digest(data: Buffer, algorithm: hashes.HashAlgorithm) -> bytes:
    state = hashes.Hash(algorithm)
    state.update(bytes(data))
    return state.finalize()
